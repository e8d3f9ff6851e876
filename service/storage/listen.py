"""LISTEN on a connection of its own: a notification must not wait for a pool, and a pooler cannot carry it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from service.config import Config
from service.storage.engine import connect_arguments, database_address
from service.storage.transaction import Unavailable

ASK_EVERY = 10.0  # seconds


@asynccontextmanager
async def listen(
    config: Config, channels: str | Sequence[str], heard: Callable[[], None]
) -> AsyncIterator[asyncio.Event]:
    """Call `heard()` at each notification; the event that it yields is set when the connection is lost.

    A network that swallows everything ends no connection, so the server is asked for a sign of life now and then.

    Parameters:
        config: the whole configuration; `database.direct_url` is used where it is set.
        channels: the name of one, or several.
        heard: called in the event loop; must not block.

    Raises:
        Unavailable: the database cannot be reached.
    """
    lost = asyncio.Event()
    try:
        connection = await _connect(config)
        try:
            connection.add_termination_listener(lambda _: lost.set())
            for channel in [channels] if isinstance(channels, str) else channels:
                await connection.add_listener(channel, lambda *_: heard())
        except BaseException:
            connection.terminate()
            raise
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unavailable("The database cannot be reached.") from error
    asking = asyncio.create_task(_ask_for_life(connection, lost))
    try:
        yield lost
    finally:
        asking.cancel()
        await asyncio.wait([asking])
        await _hang_up(connection)


async def _ask_for_life(connection: "asyncpg.Connection[Any]", lost: asyncio.Event) -> None:
    try:
        while True:
            await asyncio.sleep(ASK_EVERY)
            await connection.execute("SELECT 1")
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        lost.set()


async def _connect(config: Config) -> "asyncpg.Connection[Any]":
    url = database_address(config, direct=True)
    arguments = connect_arguments(config, "relay", direct=True)
    # An idle LISTEN connection is in no transaction, so the statement limits are all that applies to it.
    query = {key: value for key, value in url.query.items() if key != "host"}
    return await asyncpg.connect(
        host=url.query.get("host") or url.host,
        port=url.port,
        user=url.username,
        password=url.password,
        database=url.database,
        **arguments,
        **query,
    )


async def _hang_up(connection: "asyncpg.Connection[Any]") -> None:
    try:
        await connection.close(timeout=2)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection.terminate()
