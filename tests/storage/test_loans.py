"""Connections that SQLAlchemy and the driver use in turns: a transaction stays one, whoever sends what."""

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, bindparam, func, insert, select, text
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

from service.storage.transaction import ConnectionLost, Database, StorageError, WriteConflict


class Objects(DeclarativeBase):
    """A registry of our own."""


class Mark(Objects):
    """A class of objects, which SQLAlchemy writes."""

    __table__ = Table("mark", MetaData(), Column("id", Integer, primary_key=True, autoincrement=False))
    __allow_unmapped__ = True
    id: Any


mark = Mark.__table__
KNOWN = insert(mark).values(id=bindparam("one", type_=Integer))
KILL = select(func.pg_terminate_backend(bindparam("pid", type_=Integer))).where(
    bindparam("pid", type_=Integer) > 0
)


@pytest.fixture(autouse=True)
async def _table(database: Database) -> AsyncIterator[None]:
    async def create(session: AsyncSession) -> None:
        await session.execute(text("CREATE TABLE mark (id integer PRIMARY KEY)"))

    async def drop(session: AsyncSession) -> None:
        await session.execute(text("DROP TABLE mark"))

    await database.write(create)
    for number in (-1, -2, -3):
        await database.write(known, number)
    async with database.read() as db:
        for _ in range(3):
            await db.execute(KILL, {"pid": 0})
    yield
    await database.write(drop)


async def known(session: AsyncSession, number: int) -> None:
    await session.execute(KNOWN, {"one": number})


async def usual(session: AsyncSession, number: int) -> None:
    session.add(Mark(id=number))


async def marks(database: Database) -> list[int]:
    async with database.read() as db:
        return [*(await db.scalars(select(mark.c.id).where(mark.c.id > 0).order_by(mark.c.id)))]


WAYS = [(first, second) for first in (known, usual) for second in (known, usual)]


@pytest.mark.parametrize(("first", "second"), WAYS)
async def test_all_of_a_transaction_is_done_or_nothing(database: Database, first: Any, second: Any) -> None:
    async def both(session: AsyncSession, *, fail: bool) -> None:
        await first(session, 1)
        await second(session, 2)
        assert await session.scalar(select(func.count()).select_from(mark).where(mark.c.id > 0)) == 2
        await second(session, 3)
        if fail:
            raise KeyError

    with pytest.raises(KeyError):
        await database.write(both, fail=True)
    assert await marks(database) == []
    await database.write(both, fail=False)
    assert await marks(database) == [1, 2, 3]


@pytest.mark.parametrize(("first", "second"), WAYS)
async def test_what_a_savepoint_undoes_is_undone_whoever_sent_it(
    database: Database, first: Any, second: Any
) -> None:
    async def twice(session: AsyncSession) -> None:
        await first(session, 1)
        for number in (2, 3):
            with suppress(KeyError):
                async with session.begin_nested():
                    await second(session, number)
                    raise KeyError
        async with session.begin_nested():
            await second(session, 4)

    await database.write(twice)
    assert await marks(database) == [1, 4]


@pytest.mark.parametrize(("first", "second"), WAYS)
async def test_after_an_error_nothing_is_done_any_more(database: Database, first: Any, second: Any) -> None:
    async def go_on(session: AsyncSession) -> None:
        await first(session, 1)
        with suppress(Exception):
            await known(session, -1)  # is there already
        await second(session, 2)

    with pytest.raises(Exception, match="aborted"):
        await database.write(go_on)
    assert await marks(database) == []
    with pytest.raises(WriteConflict):
        await database.write(known, -1)


@pytest.mark.parametrize(("first", "second"), WAYS)
async def test_after_the_connection_was_lost_nothing_is_done_any_more(
    database: Database, first: Any, second: Any
) -> None:
    async def go_on(session: AsyncSession) -> None:
        await first(session, 1)
        with suppress(Exception):
            await session.execute(KILL, {"pid": await session.scalar(text("SELECT pg_backend_pid()"))})
        await second(session, 2)
        await session.flush()

    with pytest.raises((InvalidRequestError, StorageError)):
        await database.write(go_on)
    assert await marks(database) == []
    report = database.pool_report()
    assert (report.lent, report.invalidated["lost"]) == (0, 1)


async def test_nothing_is_written_early_where_that_is_not_wanted(database: Database) -> None:
    counting = select(func.count()).select_from(mark).where(mark.c.id > 0)
    async with database.read() as db:
        for _ in range(3):
            await db.execute(counting)

    async def look(session: AsyncSession) -> list[int | None]:
        await usual(session, 1)
        with session.no_autoflush:
            before = await session.scalar(counting)
        return [before, await session.scalar(counting)]

    assert await database.write(look) == [0, 1]


async def test_a_lost_connection_is_not_lent_again(database: Database) -> None:
    with pytest.raises(ConnectionLost):
        async with database.read() as db:
            await db.execute(KILL, {"pid": await db.scalar(text("SELECT pg_backend_pid()"))})
    report = database.pool_report()
    assert (report.lent, report.invalidated["lost"]) == (0, 1)
    assert await marks(database) == []
