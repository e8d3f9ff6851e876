"""All that an operation does to a database, in words: every table is compared before and after, and nothing stays."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.storage.tables import Base
from service.storage.transaction import Database
from tests.forum.taken_back import taken_back

Row = dict[str, Any]
Rows = dict[tuple[Any, ...], Row]

TABLES = sorted(Base.metadata.tables.values(), key=lambda table: table.fullname)
ALL_ROWS = text(
    " UNION ALL ".join(
        f'SELECT {number}, to_jsonb(t) FROM {table.schema or "public"}."{table.name}" t'
        for number, table in enumerate(TABLES)
    )
)


Operation = Callable[[AsyncSession], Awaitable[Any]]


class Others(Protocol):
    """Whoever looks on a connection of their own."""

    async def finds(self, before: list[Rows], now: list[Rows]) -> set[str]:
        """Return more lines."""


async def effects(
    database: Database,
    operation: Operation,
    *,
    after: Operation | None = None,
    beginning: list[Rows] | None = None,
    others: Others | None = None,
    counts: Callable[[list[Rows]], set[str]] | None = None,
) -> set[str]:
    """Carry an operation out, and take it back.

    Parameters:
        after: what is done before that, and taken back with it.
        beginning: what `all_rows` found, if it was asked: nothing has changed since.
        others: look before the operation ends, if nothing was done before it.
        counts: says what is wrong with all that there is; what was so before is none of the operation's.

    Returns:
        a line for each row that came (`+ post_vote`) or went (`- post_vote`), and for each value that is another:
        `post.score +1` of a whole number, `post.deleted true` of what is true now, `post.ranking` of anything else.
        Rows of `user` are told apart by name, those of the outbox by topic and kind, those of logs by what was done.
    """

    async def attempt(session: AsyncSession) -> set[str]:
        if after is not None:
            await after(session)
            await session.flush()
        before = await all_rows(session) if after or not beginning else beginning
        await operation(session)
        await session.flush()
        now = await all_rows(session)
        found = changes(before, now)
        if counts:
            found |= counts(now) - counts(before)
        if others and after is None:
            found |= await others.finds(before, now)
        return found

    return await taken_back(database, attempt)


async def all_rows(session: AsyncSession) -> list[Rows]:
    """All that there is, by table."""
    return as_rows(await session.execute(ALL_ROWS))


def as_rows(found: Iterable[Any]) -> list[Rows]:
    """Return by table and key what was found: the table's number, and the row."""
    rows: list[Rows] = [{} for _ in TABLES]
    for number, row in found:
        rows[number][tuple(str(row[column.name]) for column in _key(number))] = row
    return rows


def _key(number: int) -> Any:
    return TABLES[number].primary_key.columns or TABLES[number].columns


def changes(before: list[Rows], now: list[Rows]) -> set[str]:
    """Return what is another in all tables, a line each: see `effects`."""
    return {
        line
        for table, old, new in zip(TABLES, before, now, strict=True)
        for line in differences(table.fullname, old, new)
    }


def differences(table: str, before: Rows, after: Rows) -> set[str]:
    lines = {f"+ {named(table, after[key])}" for key in after.keys() - before.keys()}
    lines |= {f"- {named(table, before[key])}" for key in before.keys() - after.keys()}
    for key in before.keys() & after.keys():
        lines |= {
            f"{named(table, before[key])}.{column}{_by(old, after[key][column])}"
            for column, old in before[key].items()
            if old != after[key][column]
        }
    return lines


def named(table: str, row: Row) -> str:
    """Return what a row is called in these lines."""
    match table:
        case "user":
            return str(row["user_name"])
        case "pieloop.outbox":
            return f"outbox {row['topic']} {row['kind']}"
        case "mod_log" | "pieloop.audit_log":
            return f"{table.removeprefix('pieloop.')} {row['action']}"
    return table


def _by(old: Any, new: Any) -> str:
    if isinstance(new, bool):
        return f" {new}".lower()
    whole = all(isinstance(value, int) and not isinstance(value, bool) for value in (old, new))
    return f" {new - old:+d}" if whole else ""
