"""One migrated database for each process of a test run, put back to its beginning before every test.

Copying the template takes a hundred milliseconds and a thousand files; deleting the few rows of a test takes five, on a
connection that is kept, since a new one has to learn every table anew. A database that a test has bent (dropped
something, filled it with a great deal) is thrown away for a new copy.
"""

from typing import Any

import asyncpg

from tests.databases import TEMPLATE, address_of, connect, create_database, drop_database, fresh_name
from tests.snapshots import Snapshot
from tests.warm import SHELF

LARGE = 2 * 2**20  # bytes of a table, from which on a copy is cheaper than the rubbish

# What a test may not have changed: how many columns there are, when the last one was changed, and the names of tables.
FACTS = """
    SELECT count(*) AS columns, max(attribute.xmin::text::bigint) AS newest, sum(hashtext(relname)::bigint) AS names
    FROM pg_attribute attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relkind = 'r' AND relnamespace IN ('public'::regnamespace, 'pieloop'::regnamespace) AND attnum > 0
"""
LARGEST = "SELECT coalesce(max(pg_table_size(name::regclass)), 0) FROM unnest($1::text[]) name"

HANG_UP = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
    AND pid <> ALL ($1)
"""


class KeptDatabase:
    """The database of one process of the run.

    Parameters:
        superuser_url: the server.
    """

    def __init__(self, superuser_url: str) -> None:
        self._server = superuser_url
        self._name = ""
        self._connection: asyncpg.Connection[Any] | None = None
        self._facts: Any = None
        self._beginning: Snapshot | None = None

    async def clean(self) -> str:
        """Return its address, with nothing in it but what the migration made."""
        if not await self._put_back():
            await self.drop()
            await self._copy()
        return address_of(self._server, self._name)

    async def drop(self) -> None:
        """Throw it away."""
        SHELF.keep_those_to("")
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
        if self._name:
            await drop_database(self._server, self._name)
            self._name = ""

    async def _copy(self) -> None:
        self._name = fresh_name()
        await create_database(self._server, self._name, TEMPLATE)
        connection = self._connection = await connect(address_of(self._server, self._name))
        self._beginning = Snapshot(connection)
        await self._beginning.take()
        self._facts = await connection.fetchrow(FACTS)
        await connection.execute("SET lock_timeout = '5s'; SET jit = off")
        SHELF.keep_those_to(self._name)

    async def _put_back(self) -> bool:
        """Return whether it could be done."""
        connection, beginning = self._connection, self._beginning
        if connection is None or beginning is None:
            return False
        try:
            await connection.execute(HANG_UP, SHELF.pids())
            if await connection.fetchrow(FACTS) != self._facts:
                return False
            touched = await beginning.touched()
            if await connection.fetchval(LARGEST, touched) > LARGE:
                return False
            await beginning.put_back(touched)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return False
        return True
