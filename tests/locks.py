"""A table held by the test, so that whoever wants it waits for as long as the test likes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from tests.databases import connect

NOBODY_READS = "ACCESS EXCLUSIVE"
NOBODY_WRITES = "EXCLUSIVE"

WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


class Held:
    """A lock; it ends with the context or with `release`."""

    def __init__(self, connection: "asyncpg.Connection[Any]") -> None:
        self._connection = connection

    async def waiters(self, count: int = 1) -> None:
        """Wait until so many others wait for a lock."""
        async with asyncio.timeout(20):
            while await self._connection.fetchval(WAITING) < count:
                # Within a transaction the statistics are a snapshot.
                await self._connection.execute("SELECT pg_stat_clear_snapshot()")
                await asyncio.sleep(0.01)

    async def release(self) -> None:
        """Let the others go on."""
        await self._connection.execute("ROLLBACK")


@asynccontextmanager
async def held(database_url: str, table: str = "post", mode: str = NOBODY_READS) -> AsyncIterator[Held]:
    """Hold a table."""
    connection = await connect(database_url)
    try:
        await connection.execute(f"BEGIN; LOCK TABLE {table} IN {mode} MODE")
        yield Held(connection)
    finally:
        await connection.close()
