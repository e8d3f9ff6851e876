"""read() and write(): retries, named errors, and connections that always come back."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextvars import Context
from typing import Any

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.config import Config
from service.storage.engine import create_engine
from service.storage.patience import together
from service.storage.reading import WriteInRead
from service.storage.transaction import (
    Busy,
    Database,
    OutcomeUnknown,
    Unavailable,
    WriteConflict,
)
from tests.locks import NOBODY_WRITES, held


async def terminate_own_backend(session: AsyncSession) -> None:
    await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


@pytest.fixture
async def table(database: Database) -> AsyncIterator[str]:
    async def create(session: AsyncSession) -> None:
        await session.execute(text("CREATE TABLE note (id int PRIMARY KEY, said text)"))
        await session.execute(text("INSERT INTO note VALUES (1, 'first'), (2, 'second')"))

    async def drop(session: AsyncSession) -> None:
        await session.execute(text("DROP TABLE note"))

    await database.write(create)
    yield "note"
    await database.write(drop)  # so that the database need not be made anew


@pytest.fixture
async def narrow(config: Config) -> AsyncIterator[Database]:
    """A pool of one connection that nobody waits for long, on a server that waits for no lock."""
    settings = msgspec.structs.replace(config.database, pool_size=1, pool_timeout=0.1, lock_timeout=0.2)
    engine = create_engine(msgspec.structs.replace(config, database=settings), "web")
    yield Database(engine)
    await engine.dispose()


async def count(database: Database) -> int:
    async with database.read() as db:
        return int((await db.execute(text("SELECT count(*) FROM note"))).scalar_one())


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM note",
        "INSERT INTO note VALUES (3, 'third')",
        "update note set said = 'mine'",
        "UPDATE public.note AS n SET said = 'mine'",
        "WITH gone AS (DELETE FROM note RETURNING id) SELECT count(*) FROM gone",
        "TRUNCATE note",
        "SELECT id FROM note FOR UPDATE",
        "SELECT id FROM note FOR NO KEY UPDATE SKIP LOCKED",
    ],
)
@pytest.mark.usefixtures("table")
async def test_a_read_cannot_write(database: Database, statement: str) -> None:
    with pytest.raises(WriteInRead):
        async with database.read() as db:
            await db.execute(text(statement))
    assert await count(database) == 2


@pytest.mark.usefixtures("table")
async def test_a_read_is_its_statements_and_nothing_else(database: Database) -> None:
    asked: list[str] = []
    async with database.read() as db:
        driver: Any = (await db.get_raw_connection()).driver_connection
        with driver.query_logger(lambda record: asked.append(record.query)):
            await db.execute(text("SELECT said FROM note"))
            await db.execute(text("SELECT id FROM note"))
            await asyncio.sleep(0)  # the driver tells its listeners in the loop's next turn
    assert asked == []  # which is where BEGIN would stand; of prepared statements it is told nothing
    assert not driver.is_in_transaction()


async def test_a_server_that_only_reads_takes_no_write(database: Database, table: str) -> None:
    async def change(session: AsyncSession) -> None:
        await session.execute(text("SET TRANSACTION READ ONLY"))
        await session.execute(text(f"DELETE FROM {table}"))

    with pytest.raises(Unavailable):  # 25006, as from a server that became a standby
        await database.write(change)
    assert await count(database) == 2


@pytest.mark.usefixtures("table")
async def test_an_exhausted_pool_is_busy(narrow: Database) -> None:
    async with narrow.read():
        with pytest.raises(Busy):
            await count(narrow)
    assert await count(narrow) == 2


async def test_a_lock_that_is_held_is_busy(narrow: Database, database: Database, table: str) -> None:
    async def change(session: AsyncSession) -> None:
        await session.execute(text(f"UPDATE {table} SET said = 'mine' WHERE id = 1"))

    async def change_and_wait(session: AsyncSession) -> None:
        await change(session)
        with pytest.raises(Busy):
            await asyncio.create_task(narrow.write(change), context=Context())

    await database.write(change_and_wait)


async def test_a_deadlock_is_solved_by_running_one_again(database: Database, table: str) -> None:
    both_hold = asyncio.Barrier(2)
    runs = 0

    async def change(session: AsyncSession, first: int, second: int) -> None:
        nonlocal runs
        runs += 1
        await session.execute(text(f"UPDATE {table} SET said = 'x' WHERE id = {first}"))
        if runs <= 2:
            await both_hold.wait()
        await session.execute(text(f"UPDATE {table} SET said = 'y' WHERE id = {second}"))

    await asyncio.gather(database.write(change, 1, 2), database.write(change, 2, 1))
    assert runs == 3


async def test_a_connection_lost_before_commit_runs_again(database: Database, table: str) -> None:
    runs = 0

    async def insert(session: AsyncSession) -> None:
        nonlocal runs
        runs += 1
        await session.execute(text(f"INSERT INTO {table} VALUES (3, 'third')"))
        if runs == 1:
            await terminate_own_backend(session)

    await database.write(insert)
    assert (runs, await count(database)) == (2, 3)


async def test_a_conflict_is_tried_twice(database: Database, table: str) -> None:
    runs = 0

    async def insert(session: AsyncSession) -> None:
        nonlocal runs
        runs += 1
        await session.execute(text(f"INSERT INTO {table} VALUES (1, 'again')"))

    with pytest.raises(WriteConflict):
        await database.write(insert)
    assert runs == 2


async def test_a_cancelled_statement_gives_its_connection_back(database: Database) -> None:
    async def sleep() -> None:
        async with database.read() as db:
            await db.execute(text("SELECT pg_sleep(60)"))

    tasks = [asyncio.create_task(sleep()) for _ in range(20)]
    for _ in range(5):
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    state = database.pool_state()
    assert state
    assert state.lent == 0


async def test_a_server_that_is_not_there_is_unavailable(config: Config) -> None:
    settings = msgspec.structs.replace(config.database, url="postgresql+asyncpg://nobody@127.0.0.1:1/none")
    engine = create_engine(msgspec.structs.replace(config, database=settings), "web")
    with pytest.raises(Unavailable):
        await Database(engine).ping()
    await engine.dispose()


async def test_all_that_one_request_waits_for_has_one_deadline(config: Config) -> None:
    engine = create_engine(config, "web")
    patient = Database(engine, deadline=1.5)

    async def sleep(session: AsyncSession, seconds: float) -> None:
        await session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})

    try:
        await patient.write(sleep, 1.2)
        await patient.write(sleep, 1.2)
        begun = time.monotonic()
        with together():
            await patient.write(sleep, 1.2)
            with pytest.raises(Unavailable, match="in time"):
                await patient.write(sleep, 3)
            with pytest.raises(Unavailable):
                async with patient.read() as db:
                    await db.execute(text("SELECT pg_sleep(3)"))
        assert time.monotonic() - begun < 1.2 + 2 * 1.0 + 2.5
        state = patient.pool_state()
        assert state is not None
        assert state.lent == 0
    finally:
        await engine.dispose()


async def test_a_commit_that_is_not_answered_in_time_is_unknown(
    config: Config, database: Database, table: str
) -> None:
    async def make_commit_slow(session: AsyncSession) -> None:
        for statement in (
            """
            CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql
            AS 'BEGIN PERFORM pg_sleep(5); RETURN NULL; END'
            """,
            """
            CREATE CONSTRAINT TRIGGER slowly AFTER INSERT ON note DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION slowly()
            """,
        ):
            await session.execute(text(statement))

    async def undo(session: AsyncSession) -> None:
        await session.execute(text("DROP FUNCTION slowly CASCADE"))

    async def change(session: AsyncSession) -> None:
        await session.execute(text("INSERT INTO note VALUES (3, 'third')"))

    await database.write(make_commit_slow)
    engine = create_engine(config, "web")
    try:
        with pytest.raises(OutcomeUnknown):
            await Database(engine, deadline=1).write(change)
    finally:
        await engine.dispose()
        await database.write(undo)


async def test_writes_that_wait_for_each_other_leave_connections_for_reading(
    config: Config, table: str
) -> None:
    settings = msgspec.structs.replace(config.database, pool_size=4, pool_timeout=2)
    engine = create_engine(msgspec.structs.replace(config, database=settings), "web")
    database = Database(engine)

    async def write(session: AsyncSession, number: int) -> None:
        await session.execute(text(f"UPDATE {table} SET said = :said WHERE id = 1"), {"said": f"{number}"})

    try:
        async with held(config.database.url, table, NOBODY_WRITES) as lock:
            writing = [asyncio.create_task(database.write(write, number)) for number in range(4)]
            await lock.waiters(3)
            assert await count(database) == 2
            assert not any(one.done() for one in writing)
            await lock.release()
            ended = await asyncio.gather(*writing, return_exceptions=True)
        assert [type(one) for one in ended if one is not None] in ([], [Busy])  # the fourth had no place
    finally:
        await engine.dispose()
