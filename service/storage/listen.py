"""LISTEN on a connection of its own: a notification must not wait for a pool, and a pooler cannot carry it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg

from service.config import Config
from service.storage.engine import connect_beside, database_address
from service.storage.transaction import Unavailable
from service.tasks import cancel

ASK_EVERY = 10.0  # seconds


class Connection:
    """A connection beside the pool, which nobody else uses; made by `connected`.

    Attributes:
        lost: set when the connection is.
    """

    def __init__(self, connection: "asyncpg.Connection[Any]") -> None:
        self._connection = connection
        self._turn = asyncio.Lock()
        self.lost = asyncio.Event()
        connection.add_termination_listener(lambda _: self.lost.set())

    async def listen(self, channel: str, heard: Callable[[], None]) -> None:
        """Call `heard()` at each notification on a channel, in the event loop; it must not block.

        Raises:
            Unavailable: the connection is lost.
        """
        with _unavailable():
            await self._connection.add_listener(channel, lambda *_: heard())

    async def fetchval(self, query: str, *args: Any) -> Any:
        """Return the one value of a statement's one row.

        Raises:
            Unavailable: the connection is lost.
        """
        with _unavailable():
            async with self._turn:
                return await self._connection.fetchval(query, *args)

    async def ask_for_life(self) -> None:
        """Ask the server for a sign of life now and then, until there is none."""
        try:
            while True:
                await asyncio.sleep(ASK_EVERY)
                await self.fetchval("SELECT 1")
        except (OSError, Unavailable):
            self.lost.set()


@asynccontextmanager
async def connected(config: Config) -> AsyncIterator[Connection]:
    """Lend a connection beside the pool.

    A network that swallows everything ends no connection, so the server is asked for a sign of life now and then.

    Parameters:
        config: the whole configuration; `database.direct_url` is used where it is set.

    Raises:
        Unavailable: the database cannot be reached.
    """
    with _unavailable():
        # An idle connection is in no transaction, so the limits of statements are all that applies to it.
        raw = await connect_beside(config, database_address(config, direct=True), "relay", direct=True)
    connection = Connection(raw)
    asking = asyncio.create_task(connection.ask_for_life())
    try:
        yield connection
    finally:
        await cancel(asking)
        await _hang_up(raw)


@asynccontextmanager
async def listen(
    config: Config, channels: str | Sequence[str], heard: Callable[[], None]
) -> AsyncIterator[asyncio.Event]:
    """Call `heard()` at each notification; the event that it yields is set when the connection is lost.

    Parameters:
        config: as for connected.
        channels: the name of one, or several.
        heard: called in the event loop; must not block.

    Raises:
        Unavailable: the database cannot be reached.
    """
    async with connected(config) as connection:
        for channel in [channels] if isinstance(channels, str) else channels:
            await connection.listen(channel, heard)
        yield connection.lost


@contextmanager
def _unavailable() -> Iterator[None]:
    try:
        yield
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unavailable("The database cannot be reached.") from error


async def _hang_up(connection: "asyncpg.Connection[Any]") -> None:
    try:
        await connection.close(timeout=2)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection.terminate()
