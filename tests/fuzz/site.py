"""A site to send strange requests to, and Schemathesis, which makes them up from what the site says of itself."""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import NoReturn, TypeVar

import msgspec

from service.config import Config
from service.storage.engine import create_engine
from service.storage.transaction import Database
from tests.databases import TEMPLATE, address_of, create_database, fresh_name
from tests.servers import DATABASE_VARIABLE, REDIS_VARIABLE, TestServers, configuration
from tests.serving import Program

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
PATIENT = 180.0  # seconds for the web process to start, on a machine that is busy
SHOWN = 5

Made = TypeVar("Made")


def run(work: Callable[[Path, int, list[str]], bool | int], seconds: int) -> NoReturn:
    """Run it as a command; the exit code tells whether something was found.

    Parameters:
        work: of a folder, the seconds and further arguments of `schemathesis run`.
        seconds: unless the command line says otherwise.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=seconds)
    parser.add_argument("rest", nargs="*", help="further arguments of schemathesis run")
    wanted = parser.parse_args()
    servers = TestServers()
    servers.start()
    try:
        with tempfile.TemporaryDirectory(prefix="pieloop-fuzz-") as place:
            sys.exit(work(Path(place), wanted.seconds, wanted.rest))
    finally:
        servers.stop()


def new_site(place: Path, fill: Callable[[Database], Awaitable[Made]]) -> tuple[Config, Made]:
    """Make a site of its own, and fill it; return its configuration and what `fill` returned.

    Parameters:
        place: a folder for its files.
        fill: makes people and what they write.
    """
    return asyncio.run(_new_site(place, fill))


async def _new_site(place: Path, fill: Callable[[Database], Awaitable[Made]]) -> tuple[Config, Made]:
    superuser = os.environ[DATABASE_VARIABLE]
    name = fresh_name()
    await create_database(superuser, name, TEMPLATE)
    config = configuration(address_of(superuser, name), os.environ[REDIS_VARIABLE], place)
    config = msgspec.structs.replace(config, data_dir=place)
    engine = create_engine(config, "web")
    try:
        return config, await fill(Database(engine))
    finally:
        await engine.dispose()


def fuzz(document: str, headers: Mapping[str, str], place: Path, seconds: int, *rest: str) -> int:
    """Send what the document allows, and what it does not; return the exit code of Schemathesis.

    Parameters:
        document: the address of an OpenAPI document.
        headers: sent with each request.
        place: a folder for its files.
        seconds: how long.
        rest: further arguments of `schemathesis run`.
    """
    sent = [part for name, value in headers.items() for part in ("--header", f"{name}: {value}")]
    program = str(Path(sys.executable).with_name("schemathesis"))
    done = subprocess.run(
        [
            *(program, "run", document, *sent),
            *("--checks", ",".join(CHECKS), "--max-time", str(seconds), "--request-timeout", "30"),
            *("--workers", "2", "--continue-on-failure", "--suppress-health-check", "all", "--no-color"),
            *rest,
        ],
        cwd=place,
        env=os.environ | {"SCHEMATHESIS_HOOKS": "tests.fuzz.near_ids", "PYTHONPATH": str(Path.cwd())},
        check=False,
    )
    return done.returncode


def say_faults(server: Program) -> bool:
    """Print the answers of 500 that the server has written down; return whether there were any."""
    faults = [line for line in server.said().splitlines() if "request_failed" in line]
    print(f"{len(faults)} answers of 500", *(fault[:400] for fault in faults[:SHOWN]), sep="\n")
    return bool(faults)
