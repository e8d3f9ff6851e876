"""What is in a database at one moment: to bring it back to that moment, and to tell whether it has changed since.

A table whose number of rows is the same, and whose rows nobody has written since, is as it was. So hardly any table has
to be read or written to see that nothing happened to it: most tests touch a dozen of more than a hundred.
"""

from collections.abc import Awaitable, Callable, Iterable
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
PUT_BACK = "put_back_sequences"
WATCH = f"""
    CREATE UNLOGGED TABLE {PRISTINE}.written (name text);
    CREATE FUNCTION {PRISTINE}.note() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (SELECT FROM {PRISTINE}.written WHERE name = TG_ARGV[0]) THEN
            INSERT INTO {PRISTINE}.written VALUES (TG_ARGV[0]);
        END IF;
        RETURN NULL;
    END $$
"""


class Snapshot:
    """A database as it was at one moment.

    Parameters:
        connection: of the snapshot's own.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._names: list[str] = []
        self._marks: dict[str, str] = {}
        self._seen: dict[str, str | None] = {}
        self._kept: dict[str, str] = {}

    async def ask(self, question: Callable[[Any], Awaitable[T]]) -> T:
        """Ask something of the database."""
        return await question(self._connection)

    async def take(self) -> None:
        """Remember what is there now."""
        tables = await self.look()
        await self._connection.execute(f"CREATE SCHEMA {PRISTINE}")
        self._marks = await self.marks()
        self._seen = await self.digests()
        for table in tables:
            if self._seen[table["name"]] is not None:
                kept = self._kept[table["name"]] = f'{PRISTINE}."{table["schema"]}_{table["bare"]}"'
                await self._connection.execute(f"CREATE TABLE {kept} AS TABLE {table['name']}")
        await self._remember_sequences()

    async def look(self) -> list[Any]:
        """Find the tables that there are, and return them."""
        tables: list[Any] = await self._connection.fetch(TABLES)
        self._names = [table["name"] for table in tables]
        return tables

    async def changed(self) -> list[str]:
        """Return the tables that have other rows now."""
        now = await self.digests(await self.touched())
        return sorted(name for name, digest in now.items() if digest != self._seen[name])

    async def touched(self) -> list[str]:
        """Return the tables that were written to, whatever came of it."""
        now = await self.marks()
        return [name for name in self._names if now[name] != self._marks[name]]

    async def put_back(self, touched: list[str] | None = None) -> None:
        """Make everything as it was.

        Parameters:
            touched: what the method of this name has just found, if it was asked.
        """
        touched = await self.touched() if touched is None else touched
        statements = [f"SELECT {PRISTINE}.{PUT_BACK}()"]
        if touched:
            statements.append("SET session_replication_role = replica")
            for name in touched:
                statements.append(f"DELETE FROM {name}")
                if kept := self._kept.get(name):
                    statements.append(f"INSERT INTO {name} OVERRIDING SYSTEM VALUE SELECT * FROM {kept}")
            statements.append("SET session_replication_role = DEFAULT")
        await self._connection.execute(";".join(statements))
        await self._forget(touched)

    async def _forget(self, touched: list[str]) -> None:
        """Have nothing count as touched."""
        self._marks |= await self.marks([name for name in touched if name in self._kept])

    async def digests(self, names: Iterable[str] | None = None) -> dict[str, str | None]:
        """Return what each table holds now, or some, as a digest of its rows; None for one without rows."""
        names = self._names if names is None else names
        digest = "SELECT '{0}', (SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {0} t)"
        look = " UNION ALL ".join(digest.format(name) for name in names)
        return dict(await self._connection.fetch(look)) if look else {}

    async def marks(self, names: list[str] | None = None) -> dict[str, str]:
        """Return of each table, or of some, what is another after whatever was written to it."""
        names = self._names if names is None else names
        mark = "(SELECT count(*) || ' ' || coalesce(max(xmin::text::bigint), 0) FROM {0})"
        look = f"SELECT ARRAY[{', '.join(mark.format(name) for name in names)}]"
        return dict(zip(names, await self._connection.fetchval(look), strict=True)) if names else {}

    async def _remember_sequences(self) -> None:
        """Make a function of what puts them back: what it does is planned once."""
        steps = []
        for sequence in await self._connection.fetch(SEQUENCES):
            value, used = sequence["last_value"] or 1, str(sequence["last_value"] is not None).lower()
            steps.append(f"PERFORM setval('{sequence['name']}', {value}, {used});")
        await self._connection.execute(
            f"CREATE FUNCTION {PRISTINE}.{PUT_BACK}() RETURNS void LANGUAGE plpgsql AS "
            f"$$ BEGIN {' '.join(steps)} END $$"
        )


class WatchedSnapshot(Snapshot):
    """A snapshot whose database writes down which tables are written to: for one that is put back a thousand times.

    There, what was written and deleted before makes it dear to look through all tables.
    """

    async def take(self) -> None:
        """Remember what is there now, and watch it."""
        await super().take()
        await self._connection.execute(WATCH)
        for name in self._names:
            await self._connection.execute(
                f"CREATE TRIGGER {PRISTINE} AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {name} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {PRISTINE}.note('{name}')"
            )

    async def touched(self) -> list[str]:
        """Return the tables that were written to, whatever came of it."""
        written = await self._connection.fetch(f"SELECT DISTINCT name FROM {PRISTINE}.written ORDER BY 1")
        return [row["name"] for row in written]

    async def _forget(self, touched: list[str]) -> None:
        if touched:
            await self._connection.execute(f"DELETE FROM {PRISTINE}.written")
