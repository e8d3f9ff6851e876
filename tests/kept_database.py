"""One migrated database for each process of a test run, put back to its beginning before every test.

Copying the template takes a hundred milliseconds and a thousand files; deleting the few rows of a test takes ten.
A database that a test has bent (dropped something, filled it with a great deal) is thrown away for a new copy.
"""

from typing import Any

import asyncpg

from tests.databases import TEMPLATE, address_of, connect, create_database, drop_database, fresh_name
from tests.snapshots import TABLES, remember

LARGE = 4 * 2**20  # bytes of a table with its indexes, from which on a copy is cheaper than the rubbish

HANG_UP = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


class KeptDatabase:
    """The database of one process of the run.

    Parameters:
        superuser_url: the server.
    """

    def __init__(self, superuser_url: str) -> None:
        self._server = superuser_url
        self._name = ""
        self._tables: list[tuple[str, str]] = []
        self._reset = ""

    async def clean(self) -> str:
        """Return its address, with nothing in it but what the migration made."""
        if not await self._put_back():
            await self.drop()
            await self._copy()
        return address_of(self._server, self._name)

    async def drop(self) -> None:
        """Throw it away."""
        if self._name:
            await drop_database(self._server, self._name)
            self._name = ""

    async def _copy(self) -> None:
        self._name = fresh_name()
        await create_database(self._server, self._name, TEMPLATE)
        connection = await connect(address_of(self._server, self._name))
        try:
            tables = await connection.fetch(TABLES)
            self._tables = _facts(tables)
            self._reset = await remember(connection, tables)
        finally:
            await connection.close()

    async def _put_back(self) -> bool:
        """Return whether it could be done."""
        if not self._name:
            return False
        connection = await connect(address_of(self._server, self._name))
        try:
            await connection.execute("SET lock_timeout = '5s'")
            await connection.execute(HANG_UP)
            tables = await connection.fetch(TABLES)
            if _facts(tables) != self._tables or any(table["size"] > LARGE for table in tables):
                return False
            await connection.execute(self._reset)
        except asyncpg.PostgresError:
            return False
        finally:
            await connection.close()
        return True


def _facts(tables: list[Any]) -> list[tuple[str, str]]:
    """Return what a test may not have changed."""
    return [(table["name"], table["columns"]) for table in tables]
