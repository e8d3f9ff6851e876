"""A PostgreSQL and a Valkey of a drill's own, which it may stop, and nobody brings them back but the drill."""

import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg

from service.processes.postgres import SOCKET_NAME, Postgres, start_postgres
from service.processes.progress import silent
from service.processes.server import Server
from service.processes.valkey import Valkey, start_valkey
from service.storage.migrate import migrate
from tests.databases import connect
from tests.servers import configuration


class Own:
    """A server that runs, or does not just now."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._runs = True

    async def stop(self) -> None:
        """End it as an administrator would: what is connected is cut off."""
        if self._runs:
            self._runs = False
            await self._server.stop()

    async def start(self) -> None:
        """Start it on the same data and address; it serves on return."""
        self._server.child = await self._server.launch()
        self._runs = True

    async def restart(self) -> None:
        """End it and start it."""
        await self.stop()
        await self.start()


class OwnPostgres(Own):
    """PostgreSQL with our schema in it."""

    def __init__(self, server: Postgres) -> None:
        super().__init__(server)
        self.socket = server.sockets / SOCKET_NAME
        (self._pid_file,) = server.sockets.parent.rglob("postmaster.pid")
        self.address = server.url()
        self.sockets = server.sockets
        self.superuser_address = server.url("postgres", "postgres")
        self._as_superuser = server.url("postgres")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let no process of it do anything while the body runs; its connections stay as they are."""
        first = int(self._pid_file.read_text(encoding="utf-8").split()[0])
        pids = (first, *children_of(first))
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def kill(self) -> None:
        """End all of it at once, as a machine does that loses its power."""
        first = int(self._pid_file.read_text(encoding="utf-8").split()[0])
        for pid in (first, *children_of(first)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._server.child.wait()
        self._runs = False

    async def superuser(self) -> "asyncpg.Connection[Any]":
        """Connect to our database in a place that is kept for superusers."""
        return await connect(self._as_superuser)

    async def execute(self, *statements: str) -> None:
        """Run statements as the superuser, each in a transaction of its own."""
        connection = await self.superuser()
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


class OwnValkey(Own):
    """Valkey, which keeps nothing when it is stopped."""

    def __init__(self, server: Valkey) -> None:
        super().__init__(server)
        self.address = server.url()


@asynccontextmanager
async def own_postgres(max_connections: int) -> AsyncIterator[OwnPostgres]:
    """Run a PostgreSQL; call it in the main thread."""
    with tempfile.TemporaryDirectory(prefix="pl-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "run").mkdir(mode=0o700)
        running = OwnPostgres(
            await start_postgres(
                folder / "postgres",
                folder / "run",
                max_connections=max_connections,
                durable=False,
                report=silent,
            )
        )
        try:
            await migrate(configuration(running.address, "", folder))
            yield running
        finally:
            await running.stop()


@asynccontextmanager
async def own_valkey() -> AsyncIterator[OwnValkey]:
    """Run a Valkey; call it in the main thread."""
    with tempfile.TemporaryDirectory(prefix="pl-") as name:
        folder = Path(name)
        running = OwnValkey(
            await start_valkey(folder / "valkey", folder / "socket", durable=False, report=silent)
        )
        try:
            yield running
        finally:
            await running.stop()


def children_of(parent: int) -> list[int]:
    """Return the processes that a process has begun and not ended."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                after_name = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                found += [int(entry.name)] if int(after_name[1]) == parent else []
    return found
