"""What is in a database at one moment: to bring it back to that moment, and to tell whether it has changed since."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")

PRISTINE = "pristine"

TABLES = """
    SELECT format('%I.%I', nspname, relname) AS name, relname AS bare, nspname AS schema,
           pg_total_relation_size(pg_class.oid) AS size,
           (SELECT string_agg(attname || ' ' || atttypid, ', ' ORDER BY attnum) FROM pg_attribute
            WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped) AS columns
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind = 'r' AND nspname IN ('public', 'pieloop') ORDER BY 1
"""
SEQUENCES = (
    "SELECT format('%I.%I', schemaname, sequencename) AS name, last_value FROM pg_sequences ORDER BY 1"
)


async def remember(connection: Any, tables: list[Any]) -> str:
    """Keep the rows of now aside; return the statements that bring them back and remove all others.

    Parameters:
        connection: to the database.
        tables: as `TABLES` finds them.
    """
    statements = ["SET session_replication_role = replica"]
    await connection.execute(f"CREATE SCHEMA {PRISTINE}")
    for table in tables:
        statements.append(f"DELETE FROM {table['name']}")
        if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table['name']})"):
            kept = f'{PRISTINE}."{table["schema"]}_{table["bare"]}"'
            await connection.execute(f"CREATE TABLE {kept} AS TABLE {table['name']}")
            statements.append(f"INSERT INTO {table['name']} OVERRIDING SYSTEM VALUE SELECT * FROM {kept}")
    for sequence in await connection.fetch(SEQUENCES):
        value, used = sequence["last_value"] or 1, str(sequence["last_value"] is not None).lower()
        statements.append(f"SELECT setval('{sequence['name']}', {value}, {used})")
    statements.append("SET session_replication_role = DEFAULT")
    return ";\n".join(statements)


class Snapshot:
    """A database as it was at one moment.

    Parameters:
        connection: of the snapshot's own.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._reset = self._look = ""
        self._seen: dict[str, str | None] = {}

    async def ask(self, question: Callable[[Any], Awaitable[T]]) -> T:
        """Ask something of the database."""
        return await question(self._connection)

    async def take(self) -> None:
        """Remember what is there now."""
        tables = await self.look()
        self._reset = await remember(self._connection, tables)
        self._seen = await self.digests()

    async def look(self) -> list[Any]:
        """Find the tables that there are, and return them."""
        tables: list[Any] = await self._connection.fetch(TABLES)
        digest = "SELECT '{0}' AS name, (SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {0} t)"
        self._look = " UNION ALL ".join(digest.format(table["name"]) for table in tables)
        return tables

    async def changed(self) -> list[str]:
        """Return the tables that have other rows now."""
        now = await self.digests()
        return sorted(name for name, digest in now.items() if digest != self._seen[name])

    async def put_back(self) -> None:
        """Make everything as it was."""
        await self._connection.execute(self._reset)

    async def digests(self) -> dict[str, str | None]:
        """Return what each table holds now, as a digest of its rows."""
        return dict(await self._connection.fetch(self._look))
