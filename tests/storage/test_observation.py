"""What a process knows of its own pool, and that a connection out of step is noticed and never lent again."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
import structlog
from sqlalchemy import make_url, text
from sqlalchemy.exc import ResourceClosedError
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.typing import EventDict

from service.config import Config
from service.storage import observation
from service.storage.engine import create_engine
from service.storage.fork_guard import InheritedByFork
from service.storage.observation import PoolReport
from service.storage.symptoms import SYMPTOMS, symptom_of
from service.storage.transaction import Busy, Database, OutcomeUnknown, Unavailable
from tests.lifecycle.test_doctor import changed
from tests.locks import held

Meddle = Callable[[bytes], bytes]


@asynccontextmanager
async def opened(config: Config, **values: object) -> AsyncIterator[Database]:
    engine = create_engine(changed(config, "database", **values), "web")
    try:
        yield Database(engine)
    finally:
        await engine.dispose()


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.005)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EventDict]]:
    """What is logged of pools, by a logger that no earlier test has bound to another configuration."""
    monkeypatch.setattr(observation, "log", structlog.get_logger())
    with structlog.testing.capture_logs() as said:
        yield said


def unharmed(report: PoolReport) -> bool:
    return not sum(report.symptoms.values()) and not report.invalidated["out_of_step"]


# What is counted


async def test_a_loan_is_counted_while_it_lasts_and_afterwards(database: Database) -> None:
    async with database.read() as db:
        await db.execute(text("SELECT pg_sleep(0.06)"))
        now = database.pool_report()
        assert (now.size, now.limit, now.open, now.lent, now.waiting) == (8, 8, 1, 1, 0)
        assert 0.06 <= now.longest < 5
    after = database.pool_report()
    assert (after.open, after.lent, after.longest, after.opened) == (1, 0, 0.0, 1)
    assert sum(after.loans.counts) == sum(after.waits.counts) == 1
    assert after.loans.total >= 0.06
    assert not sum(after.loans.counts[: observation.BOUNDS.index(0.05) + 1])
    assert unharmed(after)


async def test_who_waits_and_who_gives_up(config: Config) -> None:
    async with opened(config, pool_size=1, pool_timeout=0.3) as database:
        async with database.read():
            waiting = [asyncio.create_task(database.ping()) for _ in range(3)]
            await until(lambda: database.pool_report().waiting == 3)
            waiting[0].cancel()
            results = await asyncio.gather(*waiting, return_exceptions=True)
            assert [type(one) for one in results] == [asyncio.CancelledError, Busy, Busy]
            now = database.pool_report()
            assert (now.timeouts, now.cancelled, now.waiting) == (2, 1, 0)
        await database.ping()
        assert database.pool_report().lent == 0


async def test_a_write_that_waits_for_leave_is_counted_like_one_that_waits_for_a_connection(
    config: Config,
) -> None:
    may_end = asyncio.Event()

    async def work(session: AsyncSession) -> None:
        await session.execute(text("SELECT 1"))
        await may_end.wait()

    async with opened(config, pool_size=4, pool_timeout=0.3) as database:
        writes = [asyncio.create_task(database.write(work)) for _ in range(5)]
        await until(lambda: database.pool_report().waiting == 2 and database.pool_report().lent == 3)
        writes[-1].cancel()
        await until(lambda: database.pool_report().timeouts == 1)
        may_end.set()
        results = await asyncio.gather(*writes, return_exceptions=True)
        assert [type(one) for one in results] == [type(None)] * 3 + [Busy, asyncio.CancelledError]
        now = database.pool_report()
        assert (now.timeouts, now.cancelled, now.waiting, now.lent) == (1, 1, 0, 0)


async def test_overflow_is_what_is_open_beyond_the_size(config: Config) -> None:
    async with opened(config, pool_size=1, max_overflow=2) as database:
        async with database.read(), database.read():
            now = database.pool_report()
            assert (now.size, now.limit, now.lent, now.overflow) == (1, 3, 2, 1)
        assert database.pool_report().overflow == 0


async def test_behind_pgbouncer_there_are_loans_but_no_limit(config: Config) -> None:
    async with opened(config, pool="null") as database:
        async with database.read():
            now = database.pool_report()
            assert (now.kind, now.size, now.limit, now.open, now.lent, now.overflow) == (
                "null",
                0,
                0,
                1,
                1,
                0,
            )
        assert database.pool_report().lent == 0
        assert database.pool_report().opened == 1


async def test_connections_are_thrown_away_for_a_reason(config: Config, database: Database) -> None:
    async def cancelled() -> None:
        async with database.read() as db:
            await db.execute(text("SELECT count(*) FROM post"))

    async with held(config.database.url) as lock:
        task = asyncio.create_task(cancelled())
        await lock.waiters()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert database.pool_report().invalidated == {"cancelled": 1, "lost": 0, "out_of_step": 0}
    with pytest.raises(Unavailable):
        async with database.read() as db:
            await db.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert database.pool_report().invalidated == {"cancelled": 1, "lost": 1, "out_of_step": 0}
    assert unharmed(database.pool_report())


async def test_counting_goes_on_when_the_engine_makes_a_new_pool(database: Database) -> None:
    await database.ping()
    await database.engine.dispose()
    await database.ping()
    assert database.pool_report().opened == 2


async def test_a_long_loan_is_said_while_it_lasts_and_at_its_end(
    database: Database, said: list[EventDict], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observation, "LONG", 0.05)
    async with database.read():
        database.watch.warn_of_long_loans()
        assert not said
        await asyncio.sleep(0.06)
        for _ in range(2):
            database.watch.warn_of_long_loans()
    assert [one["event"] for one in said] == ["connection_still_held", "connection_held_long"]
    assert all(one["log_level"] == "warning" and one["seconds"] >= 0.05 for one in said)
    assert database.pool_report().held_long == 1


async def test_a_migration_may_take_its_time(
    config: Config, said: list[EventDict], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observation, "LONG", 0.0)
    engine = create_engine(config, "migrate")
    async with engine.connect():
        observation.watch_of(engine).warn_of_long_loans()
    await engine.dispose()
    assert not said


# Out of step: a server that says something else than it was asked


class Meddler:
    """Stands between us and PostgreSQL and changes what the server says, while `meddle` is set."""

    def __init__(self) -> None:
        self.meddle: Meddle | None = None
        self.tasks: set[asyncio.Task[None]] = set()

    async def connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: str
    ) -> None:
        task = asyncio.current_task()
        assert task
        self.tasks.add(task)
        there, back = await asyncio.open_unix_connection(target)
        ends = [
            asyncio.create_task(self.pump(reader, back, False)),
            asyncio.create_task(self.pump(there, writer, True)),
        ]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
            for one in (writer, back):
                one.transport.abort()

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answers: bool) -> None:
        while data := await reader.read(65_536):
            writer.write(self.meddle(data) if answers and self.meddle else data)
            await writer.drain()


@pytest.fixture
async def meddled(
    config: Config, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Database, Meddler]]:
    """A database behind a meddler, with one connection that has been used."""
    url = make_url(config.database.url)
    folder = tmp_path_factory.mktemp("m")
    target = Path(str(url.query["host"])) / f".s.PGSQL.{url.port or 5432}"
    meddler = Meddler()
    server = await asyncio.start_unix_server(
        lambda reader, writer: meddler.connected(reader, writer, str(target)), str(folder / target.name)
    )
    address = url.update_query_dict({"host": str(folder)}).render_as_string(hide_password=False)
    async with opened(config, url=address, pool_size=1, pool_pre_ping=False) as database:
        assert await answer(database) == 7
        yield database, meddler
    server.close()
    for task in meddler.tasks:
        task.cancel()
    await asyncio.gather(*meddler.tasks, return_exceptions=True)


async def answer(database: Database) -> int:
    async with database.read() as db:
        found: int = (await db.execute(text("SELECT 7 AS seven"))).scalar_one()
        return found


def messages(data: bytes) -> Iterator[bytes]:
    while data:
        length = 1 + int.from_bytes(data[1:5], "big")
        yield data[:length]
        data = data[length:]


def one_column_more(data: bytes) -> bytes:
    """Answer with a row of two columns where one was described: another's answer."""
    return b"".join(row_of_two() if one[:1] == b"D" else one for one in messages(data))


def row_of_two() -> bytes:
    columns = b"\0\0\0\4\0\0\0\7" * 2
    return b"D" + (4 + 2 + len(columns)).to_bytes(4, "big") + b"\0\2" + columns


def too_short(data: bytes) -> bytes:
    """Answer with a row whose column says that it is longer than the message."""
    short = b"D" + (4 + 2 + 4 + 2).to_bytes(4, "big") + b"\0\1" + b"\0\0\0\4" + b"\0\7"
    return b"".join(short if one[:1] == b"D" else one for one in messages(data))


@pytest.mark.parametrize(
    ("meddle", "symptom"),
    [(one_column_more, "malformed_message"), (too_short, "malformed_message")],
)
async def test_an_answer_to_something_else_is_noticed_and_its_connection_never_lent_again(
    meddled: tuple[Database, Meddler], meddle: Meddle, symptom: str, said: list[EventDict]
) -> None:
    database, meddler = meddled
    meddler.meddle = meddle
    with pytest.raises(Exception) as caught:
        await answer(database)
    assert symptom_of(caught.value) == symptom, repr(caught.value)
    now = database.pool_report()
    assert {name: count for name, count in now.symptoms.items() if count} == {symptom: 1}
    assert (now.invalidated["out_of_step"], now.lent) == (1, 0)
    assert [one["symptom"] for one in said if one["event"] == "connection_protocol_error"] == [symptom]
    meddler.meddle = None
    assert await answer(database) == 7
    assert database.pool_report().opened == 2


async def test_a_statement_that_the_server_does_not_know_any_more(database: Database) -> None:
    async with database.read() as db:
        backend = (await db.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        await db.execute(text("DEALLOCATE ALL"))
    with pytest.raises(Unavailable):
        async with database.read() as db:
            await db.execute(text("SELECT pg_backend_pid()"))
    assert database.pool_report().symptoms["prepared_statement"] == 1
    async with database.read() as db:
        assert (await db.execute(text("SELECT pg_backend_pid()"))).scalar_one() != backend


async def test_a_write_out_of_step_is_undone_and_its_connection_closed(database: Database) -> None:
    async def work(session: AsyncSession) -> None:
        await session.execute(text("CREATE TABLE never (a int)"))
        (await session.execute(text("SET search_path = public"))).all()

    with pytest.raises(ResourceClosedError):
        await database.write(work)
    now = database.pool_report()
    assert (now.symptoms["result_closed"], now.invalidated["out_of_step"], now.lent) == (1, 1, 0)
    async with database.read() as db:
        assert (await db.execute(text("SELECT to_regclass('never')"))).scalar_one() is None


async def test_out_of_step_during_commit_is_unknown(meddled: tuple[Database, Meddler]) -> None:
    database, meddler = meddled

    async def work(session: AsyncSession) -> None:
        await session.execute(text("SELECT 1"))
        meddler.meddle = without_the_word_for_what_was_done

    with pytest.raises(OutcomeUnknown):
        await database.write(work)
    assert database.pool_report().lent == 0


def without_the_word_for_what_was_done(data: bytes) -> bytes:
    return b"".join(b"C\0\0\0\4" if one[:1] == b"C" else one for one in messages(data))


def violation(where: str | None, words: str) -> asyncpg.PostgresError:
    """A violation of the protocol; PostgreSQL says where in its source it was, PgBouncer does not."""
    error = asyncpg.exceptions.ProtocolViolationError(words)
    error.server_source_function = where
    return error


def test_what_is_no_symptom() -> None:
    for error in (
        IndexError("ours"),
        asyncpg.UniqueViolationError("lost synchronization with server"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.exceptions.OutdatedSchemaCacheError("changed"),
        violation(None, "server conn crashed?"),  # as PgBouncer says it
        ConnectionResetError(),
    ):
        assert symptom_of(error) is None, error


def test_the_other_symptoms() -> None:
    for error, symptom in (
        (asyncpg.InternalClientError("got result for unknown protocol state 3"), "unexpected_message"),
        (violation("pq_copymsgbytes", "insufficient data left in message"), "malformed_message"),
        (asyncpg.InterfaceError("cannot perform operation: another operation is in progress"), "interleaved"),
        (InheritedByFork(f"Process {os.getpid()} inherited"), "inherited"),
    ):
        assert symptom_of(error) == symptom, error
        assert symptom in SYMPTOMS


def test_the_driver_stumbles_over_an_answer() -> None:
    """Raised inside asyncpg, it counts; the same error of ours does not."""
    code = compile("def stumble():\n    return [][1]\n", "asyncpg/protocol.py", "exec")
    names: dict[str, Callable[[], None]] = {}
    exec(code, scope := {"__name__": "asyncpg.protocol.protocol"}, names)
    assert scope
    with pytest.raises(IndexError) as caught:
        names["stumble"]()
    assert symptom_of(caught.value) == "driver_fault"
