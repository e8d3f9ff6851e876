"""Statements that are kept and sent again: the driver gets them at once, and nobody notices anything else."""

import asyncio
import gc
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any, cast

import msgspec
import pytest
from sqlalchemy import (
    ARRAY,
    JSON,
    Column,
    Date,
    Integer,
    MetaData,
    Numeric,
    Select,
    String,
    Table,
    bindparam,
    column,
    func,
    insert,
    select,
    text,
    true,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

from service.config import Config
from service.storage.engine import create_engine
from service.storage.reading import WriteInRead
from service.storage.repeated import RepeatedStatements
from service.storage.statements import literal_limit
from service.storage.transaction import (
    OVERTAKEN,
    Busy,
    ConnectionLost,
    Database,
    Overtaken,
    WriteConflict,
)
from tests.statements import counted

note = Table(
    "note",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("said", String),
    Column("worth", Numeric(10, 2)),
    Column("about", JSONB),
    Column("parts", ARRAY(Integer)),
    Column("day", Date),
)
with_default = Table(
    "with_default", MetaData(), Column("id", Integer), Column("made_of", Integer, default=lambda: 1)
)
ROWS = [
    (1, "first", Decimal("1.50"), {"a": [1]}, [1, 2], date(2024, 2, 29)),
    (2, "second", None, None, [], None),
    (3, None, Decimal(3), "x", None, date(2025, 1, 1)),
]


@pytest.fixture(autouse=True)
async def _table(database: Database) -> AsyncIterator[None]:
    async def create(session: AsyncSession) -> None:
        await (await session.connection()).run_sync(note.create)
        names = [one.name for one in note.columns]
        await session.execute(note.insert(), [dict(zip(names, row, strict=True)) for row in ROWS])

    async def drop(session: AsyncSession) -> None:
        await (await session.connection()).run_sync(note.drop)

    await database.write(create)
    yield
    await database.write(drop)  # so that the database need not be made anew


@pytest.fixture
async def hasty(config: Config) -> AsyncIterator[Database]:
    """No statement may take long."""
    settings = msgspec.structs.replace(config.database, statement_timeout=0.1)
    engine = create_engine(msgspec.structs.replace(config, database=settings), "web")
    yield Database(engine)
    await engine.dispose()


async def thrice(database: Database, statement: Any, **parameters: Any) -> list[Any]:
    """What comes of a statement: as SQLAlchemy sends it, and twice as it is sent when it is known."""
    async with database.read() as db:
        return [(await db.execute(statement, parameters)).all() for _ in range(3)]


STATEMENTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "columns of every type": (select(note).order_by(note.c.id), {}),
    "a parameter": (select(note).where(note.c.id == bindparam("one", type_=Integer())), {"one": 2}),
    "a parameter twice": (
        select(note.c.id, bindparam("one", type_=Integer())).where(note.c.id > bindparam("one")),
        {"one": 1},
    ),
    "a value of its own": (select(note.c.said).where(note.c.said == "second"), {}),
    "a value of its own that is replaced": (
        select(note.c.id).where(note.c.id == bindparam("one", 1)),
        {"one": 3},
    ),
    "an array": (
        select(note.c.id).where(note.c.id == func.any(bindparam("some", type_=ARRAY(Integer)))),
        {"some": [1, 3]},
    ),
    "JSON": (select(note.c.id).where(note.c.about == bindparam("about", type_=JSONB)), {"about": {"a": [1]}}),
    "JSON that is made": (select(func.json_build_array(note.c.id, note.c.said, type_=JSON)), {}),
    "a literal limit": (select(note.c.id).order_by(note.c.id.desc()).limit(literal_limit(2)), {}),
    "a list that is expanded": (select(note.c.id).where(note.c.id.in_([1, 2])), {}),
    "columns of one name": (select(note.c.id, func.length(note.c.said).label("id")), {}),
    "nothing": (select(note).where(~true()), {}),
}


@pytest.mark.parametrize("name", STATEMENTS)
async def test_a_known_statement_gives_what_it_gave_at_first(database: Database, name: str) -> None:
    statement, parameters = STATEMENTS[name]
    at_first, then, again = await thrice(database, statement, **parameters)
    assert at_first == then == again
    assert [row._mapping.keys() for row in at_first] == [row._mapping.keys() for row in then]


async def test_what_is_known_goes_to_the_driver_at_once(database: Database) -> None:
    statement = select(note.c.said).where(note.c.id == bindparam("one", type_=Integer()))
    asked: list[str] = []
    async with database.read() as db:
        driver: Any = (await db.get_raw_connection()).driver_connection
        with driver.query_logger(lambda record: asked.append(record.query)):
            said = [await db.scalar(statement, {"one": number}) for number in (1, 2, 1)]
            await asyncio.sleep(0)  # the driver tells its listeners in the loop's next turn
    assert said == ["first", "second", "first"]
    assert len(asked) == 2  # of what SQLAlchemy sends the driver says nothing


async def test_literal_numbers_are_those_of_each_call(database: Database) -> None:
    number = bindparam("most", type_=Integer(), literal_execute=True)
    statement = select(note.c.id).order_by(note.c.id).limit(number)
    async with database.read() as db:
        found = [(await db.scalars(statement, {"most": most})).all() for most in (1, 2, 3, 1, 2)]
    assert found == [[1], [1, 2], [1, 2, 3], [1], [1, 2]]


async def test_who_watches_sees_every_statement(database: Database) -> None:
    statement = select(note.c.id)
    with counted(database) as sent:
        await thrice(database, statement)
    assert len(sent) == 3
    assert sent[0] == sent[1] == sent[2]


async def test_a_known_statement_cannot_write_either(database: Database) -> None:
    changing = select(note.c.id).with_for_update()
    async with database.read() as db:
        for _ in range(3):
            with pytest.raises(WriteInRead):
                await db.execute(changing)


async def test_a_change_of_the_schema_is_no_hindrance(database: Database) -> None:
    statement = select(note.c.said, func.length(note.c.said)).order_by(note.c.id)
    before = await thrice(database, statement)

    async def widen(session: AsyncSession) -> None:
        await session.execute(text("ALTER TABLE note ALTER COLUMN said TYPE varchar(99)"))

    await database.write(widen)
    assert await thrice(database, statement) == before


async def test_a_known_statement_that_takes_too_long_is_busy(hasty: Database) -> None:
    statement = select(func.pg_sleep(bindparam("seconds", type_=Numeric())))
    for seconds in (0, 0):
        async with hasty.read() as db:
            await db.execute(statement, {"seconds": seconds})
    with pytest.raises(Busy):
        async with hasty.read() as db:
            await db.execute(statement, {"seconds": 5})
    async with hasty.read() as db:  # on the same connection
        await db.execute(statement, {"seconds": 0})
    assert hasty.pool_report().opened == 1


async def test_a_lost_connection_is_said_to_be_lost_and_never_lent_again(database: Database) -> None:
    killing = select(func.pg_terminate_backend(bindparam("pid", type_=Integer()))).where(
        bindparam("pid", type_=Integer()) > 0
    )
    for _ in range(2):
        async with database.read() as db:
            await db.execute(killing, {"pid": 0})

    async def end_itself() -> None:
        async with database.read() as db:
            own = await db.scalar(select(func.pg_backend_pid()))
            await db.execute(killing, {"pid": own})

    with pytest.raises(ConnectionLost):
        await end_itself()
    assert database.pool_report().invalidated["lost"] == 1
    assert (await thrice(database, select(note.c.id)))[2]


async def test_a_cancelled_read_takes_its_connection_with_it(database: Database) -> None:
    statement = select(func.pg_sleep(bindparam("seconds", type_=Numeric())))
    begun = asyncio.Event()

    async def sleep(seconds: float) -> None:
        async with database.read() as db:
            begun.set()
            await db.execute(statement, {"seconds": seconds})

    await sleep(0)
    await sleep(0)
    begun.clear()
    sleeping = asyncio.create_task(sleep(30))
    await begun.wait()
    await asyncio.sleep(0.05)  # until it is with the server
    sleeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeping
    report = database.pool_report()
    assert (report.lent, report.invalidated["cancelled"]) == (0, 1)
    assert (await thrice(database, select(note.c.id)))[2]


def test_what_is_made_for_one_request_is_not_kept(database: Database) -> None:
    known = RepeatedStatements(database.engine.dialect)

    def made() -> Select[Any]:
        return select(note.c.id).where(note.c.id == 1)

    kept = made()
    assert [known.known(statement) is None for statement in (kept, made(), kept, kept)] == [
        True,
        True,
        False,
        False,
    ]
    gc.collect()
    assert len(known._came) == len(known._known) == 1


class Objects(DeclarativeBase):
    """A registry of our own."""


class Thing(Objects):
    """A class of objects, which are SQLAlchemy's affair."""

    __table__ = note
    __allow_unmapped__ = True
    id: Any


def test_what_is_known(database: Database) -> None:
    known = RepeatedStatements(database.engine.dialect)
    one = bindparam("one", type_=Integer)
    for statement, is_known in (
        (text("SELECT 1"), True),
        (note.insert().values(id=one), True),
        (note.update().where(note.c.id == one).values(worth=1), True),
        (note.delete().where(note.c.id == one), True),
        (select(Thing.id), True),
        (values(column("x", Integer)).data([(1,)]), False),
        (select(Thing), False),
        (insert(Thing).values(id=one), False),
        (update(Thing).where(Thing.id == one).values(worth=1), False),
        (with_default.insert().values(id=one), False),
    ):
        assert known.known(statement) is None
        assert (known.known(statement) is not None) == is_known, statement


async def test_a_write_gives_what_sqlalchemy_gives(database: Database) -> None:
    one: Any = bindparam("one", type_=Integer)
    about = text("UPDATE note SET about = about WHERE id >= :one RETURNING id, about").bindparams(one)
    changing = text("UPDATE note SET said = said WHERE id >= :one").bindparams(one)
    typed = note.update().where(note.c.id == one).values(worth=5).returning(note.c.worth, note.c.parts)

    async def work(session: AsyncSession) -> list[Any]:
        seen = []
        for _ in range(3):
            rows = sorted(map(tuple, await session.execute(about, {"one": 1})))
            count = cast("Any", await session.execute(changing, {"one": 2})).rowcount
            seen.append((rows, count, (await session.execute(typed, {"one": 1})).one()))
        return seen

    first, *others = await database.write(work)
    assert first == ([(1, {"a": [1]}), (2, None), (3, "x")], 2, (Decimal(5), [1, 2]))
    assert others == [first, first]


async def test_what_was_changed_before_is_written_first_and_all_is_undone_together(
    database: Database,
) -> None:
    counting = select(func.count()).select_from(note)

    async def work(session: AsyncSession, fails: bool) -> list[Any]:
        seen = []
        for number in (10, 11, 12):
            session.add(Thing(id=number))
            seen.append(await session.scalar(counting))
        if fails:
            raise ValueError
        return seen

    with pytest.raises(ValueError):
        await database.write(work, True)
    assert await database.write(work, False) == [4, 5, 6]


async def test_a_conflict_is_tried_once_more(database: Database) -> None:
    adding = note.insert().values(id=bindparam("one", type_=Integer))
    tried = []

    async def work(session: AsyncSession, number: int) -> None:
        tried.append(number)
        await session.execute(adding, {"one": number})

    for number in (20, 21, 22):
        await database.write(work, number)
    with pytest.raises(WriteConflict):
        await database.write(work, 22)
    assert tried == [20, 21, 22, 22, 22]


async def test_who_is_overtaken_begins_anew_and_gives_up_in_the_end(database: Database) -> None:
    begun = 0

    async def work(session: AsyncSession, until: int) -> int:
        nonlocal begun
        begun += 1
        await session.execute(text("SELECT 1"))
        if begun < until:
            raise Overtaken
        return begun

    assert await database.write(work, 3) == 3
    with pytest.raises(WriteConflict):
        await database.write(work, 1000)
    assert begun == 3 + OVERTAKEN
