"""Requests that nobody thought of, against the administrator's API as it describes itself: `make fuzz-admin`.

A site of its own, on databases of its own, and Schemathesis, which makes them up from the OpenAPI document. No answer
may be a 5xx, or one that the document does not name.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from service.config import Config
from service.storage.engine import create_engine
from service.storage.transaction import Database
from tests.databases import TEMPLATE, address_of, create_database, fresh_name
from tests.forum import making
from tests.http.people import token_of
from tests.private_registration.caller import HEADER, PREFIX, SECRET
from tests.servers import DATABASE_VARIABLE, REDIS_VARIABLE, TestServers, configuration
from tests.serving import hypercorn

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
MEMBERS = 20
PATIENT = 180.0  # seconds for the web process to start, on a machine that is busy
PLENTY = 1_000_000_000  # of every limit
LIMITS = ("rate", "lookup", "change", "bulk", "statistics", "monitoring", "refused")


def main() -> None:
    """Run it; the exit code is that of Schemathesis."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("rest", nargs="*", help="further arguments of schemathesis run")
    wanted = parser.parse_args()
    servers = TestServers()
    servers.start()
    try:
        with tempfile.TemporaryDirectory(prefix="pieloop-fuzz-") as place:
            sys.exit(_fuzz(Path(place), wanted.seconds, wanted.rest))
    finally:
        servers.stop()


def _fuzz(place: Path, seconds: int, rest: list[str]) -> int:
    config = asyncio.run(_new_site(place))
    settings: dict[str, object] = {
        "PIELOOP_LIMITS_ENABLED": "true",
        "PIELOOP_PRIVATE_REGISTRATION_ENABLED": "true",
        "PIELOOP_PRIVATE_REGISTRATION_SECRET": SECRET,
    }
    settings |= {f"PIELOOP_PRIVATE_REGISTRATION_{name.upper()}_LIMIT": PLENTY for name in LIMITS}
    token = asyncio.run(_fill(config))
    with hypercorn(config, place, None, PATIENT, **settings) as (server, port):
        done = subprocess.run(
            [
                *(Path(sys.executable).with_name("schemathesis"), "run"),
                f"http://127.0.0.1:{port}{PREFIX}/openapi.json",
                *("--header", f"{HEADER}: {SECRET}", "--header", f"Authorization: Bearer {token}"),
                *("--checks", ",".join(CHECKS), "--max-time", str(seconds), "--request-timeout", "30"),
                *("--workers", "2", "--continue-on-failure", "--suppress-health-check", "all", "--no-color"),
                *rest,
            ],
            cwd=place,
            check=False,
        )
        faults = [line for line in server.said().splitlines() if "request_failed" in line]
    print(f"{len(faults)} answers of 500", *(fault[:400] for fault in faults[:5]), sep="\n")
    return done.returncode or bool(faults)


async def _new_site(place: Path) -> Config:
    superuser = os.environ[DATABASE_VARIABLE]
    name = fresh_name()
    await create_database(superuser, name, TEMPLATE)
    config = configuration(address_of(superuser, name), os.environ[REDIS_VARIABLE], place)
    return msgspec.structs.replace(config, data_dir=place)


async def _fill(config: Config) -> str:
    """Make members, of whom one is an administrator; return that one's token."""
    engine = create_engine(config, "web")
    try:
        database = Database(engine)
        boss = await making.administrator(database)
        for number in range(MEMBERS):
            await making.member(database, f"member{number}", email=f"member{number}@mail.example")
        return token_of(boss)
    finally:
        await engine.dispose()


if __name__ == "__main__":
    main()
