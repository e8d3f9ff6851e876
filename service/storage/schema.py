"""What state the database's schema is in: asked at start-up, by the migrations and by `pieloop doctor`.

Knows nothing of Alembic, so that the web process need not load it.
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.errors import StartupError
from service.storage.tables import Base
from service.storage.tables.own import SCHEMA

# Our own revisions in their order; a test compares them with the files.
REVISIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0014",
    "0015",
    "0016",
    "0017",
    "0018",
    "0019",
    "0020",
    "0021",
    "0022",
    "0023",
    "0024",
    "0025",
    "0026",
    "0027",
    "0028",
    "0029",
    "0030",
    "0031",
    "0032",
    "0033",
    "0034",
    "0035",
    "0036",
    "0037",
)
HEAD = REVISIONS[-1]

# Alembic's table has a name of our own: where the database's role is called as our schema, "$user" leads the
# search_path, and pyfedi's Alembic would take ours for its own.
VERSION_TABLE, FORMER_VERSION_TABLE = "schema_version", "alembic_version"

# Tables that no other program of this kind has under these names all at once.
UNMISTAKABLE = {"user", "community_member", "post_reply", "activity_pub_log"}

_UNMISTAKABLE = {"tables": sorted(UNMISTAKABLE)}

Kind = Literal["empty", "behind", "current", "ahead", "outdated", "foreign", "elsewhere"]

# Tables that extensions brought along are nobody's.
COLUMNS = text("""
    SELECT table_.relname, array_agg(column_.attname::text)
    FROM pg_class table_ JOIN pg_attribute column_ ON column_.attrelid = table_.oid
    WHERE table_.relnamespace = 'public'::regnamespace AND table_.relkind IN ('r', 'p')
      AND column_.attnum > 0 AND NOT column_.attisdropped
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = table_.oid AND deptype = 'e')
    GROUP BY table_.relname
""")


# Where a role has a schema of its own name, pyfedi's tables were made there.
ELSEWHERE = text("""
    SELECT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind IN ('r', 'p') AND relname = ANY (:tables) AND nspname <> 'public'
    GROUP BY nspname HAVING count(*) = cardinality(CAST(:tables AS text[]))
""")


@dataclass(frozen=True)
class SchemaState:
    """What was found in the database.

    Attributes:
        kind: `empty`: no tables; `behind`: migrations are to be run; `current`; `ahead`: a newer Pieloop has been
            here; `outdated`: pyfedi's tables, but of a version too old for us; `foreign`: another program's tables;
            `elsewhere`: pyfedi's tables, in another schema than `public`.
        revision: our revision, or None where our schema is missing.
        head: the revision that this program wants.
        missing: tables and columns (`table.column`) of pyfedi that are not there.
        place: the schema in which pyfedi's tables are, where that is another one.
    """

    kind: Kind
    revision: str | None = None
    head: str = HEAD
    missing: tuple[str, ...] = ()
    place: str = "public"

    @property
    def advice(self) -> str:
        """Say in one sentence what this means and what to do."""
        return {
            "empty": "The database is empty: run `pieloop migrate`.",
            "behind": f"The database's schema is at {self.revision or 'no Pieloop revision'}, but this version needs "
            f"{self.head}: run `pieloop migrate`.",
            "current": f"The database's schema is current ({self.revision}).",
            "ahead": f"The database's schema is at {self.revision}, which this version doesn't know (it knows up to "
            f"{self.head}): start the newer Pieloop that migrated it.",
            "outdated": f"This is a pyfedi database, but it's too old: {_shorten(self.missing)} missing; "
            "upgrade it first with pyfedi's own migrations (`flask db upgrade`, version 1.6.18 or newer).",
            "elsewhere": f'The tables of pyfedi are in the schema "{self.place}", and both programs meet in public: '
            "move them there first, as docs/deployment.md says.",
            "foreign": "The database contains another program's tables: use an empty database or a pyfedi database.",
        }[self.kind]


async def schema_state(connection: AsyncConnection) -> SchemaState:
    """Find out what state the schema is in.

    Parameters:
        connection: any connection to the database; two or three short statements are run on it.
    """
    return await connection.run_sync(read_state)


async def check_schema(connection: AsyncConnection) -> None:
    """Refuse to start on a schema that this program was not made for.

    Parameters:
        connection: any connection to the database.

    Raises:
        StartupError: the schema is not current, with what to do.
    """
    state = await schema_state(connection)
    if state.kind != "current":
        raise StartupError(state.advice)


def read_state(connection: Connection) -> SchemaState:
    """As schema_state, for a caller inside `run_sync`."""
    present = shared_columns(connection)
    revision = _our_revision(connection)
    if revision is not None and revision not in REVISIONS:
        return SchemaState("ahead", revision)
    if not present.keys() >= UNMISTAKABLE and (place := connection.scalar(ELSEWHERE, _UNMISTAKABLE)):
        return SchemaState("elsewhere", revision, place=place)
    if not present:
        return SchemaState("empty", revision)
    if not present.keys() >= UNMISTAKABLE:
        return SchemaState("foreign", revision)
    if missing := _missing(present):
        return SchemaState("outdated", revision, missing=missing)
    return SchemaState("current" if revision == HEAD else "behind", revision)


def has_shared_tables(connection: Connection) -> bool:
    """Say whether there are tables in the schema `public`."""
    return bool(shared_columns(connection))


def shared_columns(connection: Connection) -> dict[str, set[str]]:
    """Return the columns of every table in the schema `public`, by table."""
    return {table: set(columns) for table, columns in connection.execute(COLUMNS)}


def _our_revision(connection: Connection) -> str | None:
    for table in (VERSION_TABLE, FORMER_VERSION_TABLE):
        if connection.scalar(text("SELECT to_regclass(:name)"), {"name": f"{SCHEMA}.{table}"}) is not None:
            revision: str | None = connection.scalar(text(f"SELECT version_num FROM {SCHEMA}.{table}"))  # noqa: S608
            return revision
    return None


def _missing(present: dict[str, set[str]]) -> tuple[str, ...]:
    missing = []
    for table, columns in _wanted():
        if table not in present:
            missing.append(table)
        else:
            missing += [f"{table}.{column}" for column in sorted(columns - present[table])]
    return tuple(missing)


@cache
def _wanted() -> tuple[tuple[str, frozenset[str]], ...]:
    tables = [table for table in Base.metadata.sorted_tables if table.schema != SCHEMA]
    return tuple((table.name, frozenset(table.columns.keys())) for table in tables)


def _shorten(names: tuple[str, ...], limit: int = 5) -> str:
    shown = ", ".join(names[:limit])
    more = len(names) - limit
    return f"{shown} and {more} more are" if more > 0 else f"{shown} {'is' if len(names) == 1 else 'are'}"
