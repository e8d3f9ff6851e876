"""A way to a server that the test can cut or freeze, to see what happens when PostgreSQL or Redis is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


class Proxy:
    """Passes bytes on to the socket `target`, from a socket's path or from a port of 127.0.0.1.

    `cut` and `mend` take the server away and bring it back. `freeze` and `thaw` make a black hole of the way there:
    connections stay, new ones are taken, and nothing arrives.
    """

    def __init__(self, place: Path | int, target: Path) -> None:
        self._place, self._target = place, target
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._gone = asyncio.Event()
        self._flowing = asyncio.Event()
        self._flowing.set()

    async def mend(self) -> None:
        """Let clients through."""
        self._gone = asyncio.Event()
        if isinstance(self._place, Path):
            self._server = await asyncio.start_unix_server(self._connected, str(self._place))
        else:
            self._server = await asyncio.start_server(self._connected, "127.0.0.1", self._place)

    async def cut(self) -> None:
        """Break every connection and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
            if isinstance(self._place, Path):
                self._place.unlink(missing_ok=True)
        self._gone.set()
        await asyncio.gather(*self._tasks)

    def freeze(self) -> None:
        """Pass nothing on any more."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Pass on again what came, and comes."""
        self._flowing.set()

    def forget(self) -> None:
        """Never again pass anything on for the connections that there are; those to come work."""
        frozen, self._flowing = self._flowing, asyncio.Event()
        frozen.clear()
        self._flowing.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        flowing = self._flowing
        there, back = await asyncio.open_unix_connection(str(self._target))
        # Not by cancelling this task: asyncio's streams take that for an error of their caller's.
        ends = [
            asyncio.ensure_future(_pump(reader, back, flowing)),
            asyncio.ensure_future(_pump(there, writer, flowing)),
            asyncio.ensure_future(self._gone.wait()),
        ]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
            for stream in (writer, back):
                stream.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flowing: asyncio.Event) -> None:
    while data := await reader.read(65_536):
        await flowing.wait()
        writer.write(data)
        await writer.drain()


@asynccontextmanager
async def proxy(place: Path | int, target: Path) -> AsyncIterator[Proxy]:
    """Run a proxy that listens at `place` for the server at `target`."""
    found = Proxy(place, target)
    await found.mend()
    try:
        yield found
    finally:
        await found.cut()
