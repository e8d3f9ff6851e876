"""Counts a web process's backends while a drill goes on, through restarts of the server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

BACKENDS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name LIKE 'pieloop.web.' || $1 || '@%'"
)
LOOKS = 20  # a second


class Watch:
    """How many backends there were, look by look."""

    def __init__(self) -> None:
        self._looks = [0]

    def note(self, count: int) -> None:
        """Write down a look."""
        self._looks.append(count)

    @property
    def most(self) -> int:
        """The most at one time: one whose connection was closed has a moment to end, and its successor is there."""
        return max(self._looks)

    @property
    def most_lasting(self) -> int:
        """The most that there were in every look of a second."""
        return max(min(self._looks[at : at + LOOKS]) for at in range(max(1, len(self._looks) - LOOKS)))


@asynccontextmanager
async def watching(
    connect: Callable[[], Awaitable["asyncpg.Connection[Any]"]], pid: int
) -> AsyncIterator[Watch]:
    """Look while the body runs."""
    watch = Watch()
    looking = asyncio.create_task(_look(connect, pid, watch))
    try:
        yield watch
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def _look(connect: Callable[[], Awaitable["asyncpg.Connection[Any]"]], pid: int, watch: Watch) -> None:
    while True:
        try:
            connection = await connect()
            try:
                while True:
                    watch.note(await connection.fetchval(BACKENDS, str(pid)))
                    await asyncio.sleep(1 / LOOKS)
            finally:
                connection.terminate()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await asyncio.sleep(0.05)
