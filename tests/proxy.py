"""A way to a server that the test can cut, to see what happens when PostgreSQL or Redis is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


class Proxy:
    """Passes bytes on from a socket in `folder`; `cut` and `mend` take the server away and bring it back."""

    def __init__(self, path: Path, target: Path) -> None:
        self._path, self._target = path, target
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._frozen = asyncio.Event()

    async def mend(self) -> None:
        """Let clients through."""
        self._server = await asyncio.start_unix_server(self._connected, str(self._path))

    async def cut(self) -> None:
        """Break every connection and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
            self._path.unlink(missing_ok=True)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        there, back = await asyncio.open_unix_connection(str(self._target))
        both = [asyncio.ensure_future(_pump(reader, back)), asyncio.ensure_future(_pump(there, writer))]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in both:
                pump.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            for end in (writer, back):
                end.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()


@asynccontextmanager
async def proxy(path: Path, target: Path) -> AsyncIterator[Proxy]:
    """Run a proxy that listens at `path` for the server at `target`."""
    found = Proxy(path, target)
    await found.mend()
    try:
        yield found
    finally:
        await found.cut()
