"""A streaming standby of the run's PostgreSQL, or of any other, for tests."""

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import make_url

from service.processes import postgres
from service.processes.logs import Log
from service.processes.postgres import Installation, Postgres, start_postgres
from service.processes.progress import silent
from tests.databases import address_of, connect


class Standby:
    """A server that replays what another one writes; it runs, or does not just now.

    Attributes:
        address: its superuser, in the database `postgres`.
    """

    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._runs = True
        self.sockets = server.sockets
        self.address = server.url("postgres", "postgres")

    def url(self, database_url: str) -> str:
        """Return where the copy of a database is."""
        return address_of(self.address, make_url(database_url).database or "")

    async def execute(self, statement: str) -> Any:
        """Have the superuser run a statement; return its one value."""
        connection = await connect(self.address)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    async def pause(self) -> None:
        """Let it replay no more."""
        await self.execute("SELECT pg_wal_replay_pause()")

    async def resume(self) -> None:
        """Let it replay on."""
        await self.execute("SELECT pg_wal_replay_resume()")

    async def catch_up(self, primary: str) -> None:
        """Wait until it has replayed all that the primary has written by now."""
        reached = f"SELECT pg_last_wal_replay_lsn() >= '{await flushed(primary)}'"
        while not await self.execute(reached):
            pass

    async def stop(self) -> None:
        """End it."""
        if self._runs:
            self._runs = False
            await self._server.stop()

    async def start(self) -> None:
        """Start it again; it serves on return."""
        self._server.child = await self._server.launch()
        self._runs = True


async def flushed(primary: str) -> str:
    """Have a server flush what it has written, which it does late without synchronous commits; return where."""
    connection: asyncpg.Connection[Any] = await connect(primary)
    try:
        await connection.execute("SET synchronous_commit = on")
        await connection.execute("SELECT pg_logical_emit_message(true, 'tests', 'here')")
        return str(await connection.fetchval("SELECT pg_current_wal_flush_lsn()::text"))
    finally:
        await connection.close()


@asynccontextmanager
async def standby_of(primary: str, max_connections: int) -> AsyncIterator[Standby]:
    """Run a standby; call it in the main thread.

    Parameters:
        primary: the address of its superuser.
        max_connections: the primary's, or more.
    """
    with tempfile.TemporaryDirectory(prefix="pl-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        home = folder / "postgres"
        home.mkdir(mode=0o711)
        (folder / "run").mkdir(mode=0o700)
        await _copy(primary, home)
        standby = Standby(
            await start_postgres(
                home, folder / "run", max_connections=max_connections, durable=False, report=silent
            )
        )
        try:
            yield standby
        finally:
            await standby.stop()


async def _copy(primary: str, home: Path) -> None:
    url, cluster = make_url(primary), home / "cluster"
    installation: Installation = await postgres._install(home, cluster)
    cluster.mkdir(mode=0o700)
    postgres._give(cluster, installation.account)
    host = url.query.get("host") or url.host
    command: list[str | Path] = [
        *(installation.binaries / "pg_basebackup", "--pgdata", cluster, "--write-recovery-conf"),
        *("--host", str(host), "--username", url.username or "", "--wal-method=stream"),
        *("--checkpoint=fast", "--no-sync"),
        *([] if url.port is None else ["--port", str(url.port)]),
    ]
    await postgres._run(command, installation, Log(home / "log"), b"", f"copied by {os.getpid()}")
