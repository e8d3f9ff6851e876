"""The demo's way to the database: what is there already, ids, rows loaded by COPY, and what follows from them."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any

import asyncpg
from sqlalchemy import bindparam, func, select, text, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from service.demo.bar import Bar
from service.demo.needs import MAIL_HOST, Load
from service.errors import StartupError
from service.storage.tables import Base, Community, Domain, Feed, Language, Site, User

Bars = Callable[[str, int], AbstractContextManager[Bar]]

# How an account's attitude follows from its latest votes: as forum.votes works it out at each vote.
ATTITUDES = text("""
    UPDATE "user" SET attitude = judged.attitude FROM (
        SELECT person.id, sum(sign(vote.effect)) / count(*) AS attitude
        FROM "user" person CROSS JOIN LATERAL (
            (SELECT effect FROM post_vote WHERE user_id = person.id ORDER BY id DESC LIMIT 50)
            UNION ALL
            (SELECT effect FROM post_reply_vote WHERE user_id = person.id ORDER BY id DESC LIMIT 50)
        ) vote
        WHERE person.id = ANY(:ids) GROUP BY person.id HAVING count(*) >= 10
    ) judged WHERE "user".id = judged.id
""")
LOADED = (
    "user",
    "community",
    "community_member",
    "file",
    "post",
    "post_reply",
    "post_vote",
    "post_reply_vote",
)


async def demo_members(db: AsyncConnection) -> int:
    """Return how many demo accounts there are."""
    return await db.scalar(select(func.count()).where(User.email.endswith(f"@{MAIL_HOST}"))) or 0


async def taken_names(db: AsyncConnection) -> frozenset[str]:
    """Return the names, in lower case, that no new account, community or website may have."""
    names = union_all(
        select(func.lower(User.user_name)).where(User.is_local),
        select(func.lower(Community.name)).where(Community.is_local),
        select(func.lower(Feed.name)),
        select(func.lower(Domain.name)),
    )
    return frozenset(name for (name,) in await db.execute(names) if name)


async def languages(db: AsyncConnection) -> tuple[list[int], int | None]:
    """Return the ids of English and "undetermined", and of the site's own language."""
    written = select(Language.id).where(Language.code.in_(("en", "und"))).order_by(Language.id)
    return list(await db.scalars(written)), await db.scalar(
        select(Site.language_id).order_by(Site.id).limit(1)
    )


async def take_ids(db: AsyncConnection, table: type[Base], count: int) -> list[int]:
    """Take ids from a table's sequence, in ascending order; nobody else will get them."""
    numbers = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)")
    return sorted(await db.scalars(numbers, {"table": f'public."{table.__tablename__}"', "count": count}))


async def fill(db: AsyncConnection, loads: Iterable[Load], bars: Bars) -> None:
    """Load rows by COPY; the caller commits.

    Triggers (the search vectors) and foreign keys work as for any insert.

    Raises:
        StartupError: somebody took one of the names meanwhile, or the database refuses.
    """
    driver = (await db.get_raw_connection()).driver_connection
    assert isinstance(driver, asyncpg.Connection)  # noqa: S101 - storage.engine knows no other driver
    try:
        for load in loads:
            with bars(load.what, load.count) as bar:
                await driver.copy_records_to_table(
                    load.table.name,
                    schema_name=load.table.schema or "public",
                    columns=load.columns,
                    records=bar.over(load.rows),
                )
    except asyncpg.UniqueViolationError as error:
        raise StartupError(
            f"Someone took one of the names in the meantime. Nothing was added. Try again ({error})."
        ) from error


async def correct(db: AsyncConnection, mapped: type[Base], rows: list[dict[str, Any]]) -> None:
    """Give rows of a table, by their `id`, the other values; all have the same columns."""
    if rows:
        statement = update(mapped).where(mapped.__table__.c.id == bindparam("the_id"))
        await db.execute(statement, [{"the_id": row.pop("id"), **row} for row in rows])


async def judge(db: AsyncConnection, people: list[int]) -> None:
    """Work out the attitudes of people, by their ids, from their votes."""
    await db.execute(ATTITUDES, {"ids": people})


async def tidy(engine: AsyncEngine) -> AsyncIterator[str]:
    """Let PostgreSQL learn what the tables hold now, so that its plans are right at once; yield each table's name."""
    async with engine.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for table in LOADED:
            await plain.execute(text(f'VACUUM (ANALYZE) public."{table}"'))
            yield table
