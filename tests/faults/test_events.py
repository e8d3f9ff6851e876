"""Events of the outbox, whatever their kind: killed before the wake-up, in the middle of the work, poisoned, old."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import structlog
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.config import Config
from service.lifecycle import Resources
from service.processes.postgres import SOCKET_NAME
from service.storage import outbox
from service.storage.listen import listen
from service.storage.tables.own import OutboxEvent
from tests.databases import connect
from tests.faults.load import check_rows, check_told, everything_worked_off, load
from tests.forum import making
from tests.http.people import Place, place
from tests.locks import NOBODY_WRITES, held
from tests.proxy import proxy
from tests.serving import arq, free_port, hypercorn
from tests.workers.events import recorded, waiting
from tests.working import trust_the_clock
from workers.relay import relay
from workers.upkeep import forget_expired_sessions

QUICK: dict[str, object] = {"PIELOOP_WORKER_SWEEP_EVERY": 0.2, "PIELOOP_WORKER_JOB_TIMEOUT": 2}
SOON = 30

Report = Callable[[str, str], None]


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Report:
    return lambda name, words: record_property("drill", (name, words))


@pytest.fixture
async def author(resources: Resources) -> Place:
    await making.member(resources.database, "reader")
    return await place(resources.database, "author")


async def test_the_web_process_is_killed_after_the_commit(
    resources: Resources, config: Config, author: Place, tmp_path: Path, report: Report
) -> None:
    """Nobody heard the notification, Redis was never told, and two days pass before a worker looks."""
    db = await connect(config.database.url)
    with hypercorn(config, tmp_path) as (web, port):
        async with load(port, author) as clients:
            assert await clients.publish(f"{clients.name} written")
            os.kill(web.pid, signal.SIGKILL)
    assert await resources.redis.zcard("arq:queue") == 0
    await db.execute(
        "UPDATE pieloop.outbox SET created_at = created_at - interval '2 days',"
        " available_at = available_at - interval '2 days'"
    )
    assert await waiting(resources.database) == 1
    with arq(config, tmp_path, **QUICK) as worker:
        await everything_worked_off(db, SOON)
        assert await asyncio.to_thread(worker.stop) == 0
    await check_rows(db, clients)
    await check_told(db, clients)
    await db.close()
    report("F1, F11 killed after the commit; two days old", "done once by the next worker")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["SIGKILL", "SIGTERM"])
async def test_the_worker_ends_in_the_middle_of_an_effect(
    resources: Resources,
    config: Config,
    author: Place,
    tmp_path: Path,
    report: Report,
    number: signal.Signals,
) -> None:
    db = await connect(config.database.url)
    with hypercorn(config, tmp_path) as (_, port):
        async with load(port, author) as clients:
            assert await clients.publish(f"{clients.name} written")
    async with held(config.database.url, "notification", NOBODY_WRITES) as lock:
        with arq(config, tmp_path, **QUICK) as worker:
            await lock.waiters()
            worker.process.send_signal(number)
            if number == signal.SIGTERM:
                await lock.release()
                assert await asyncio.to_thread(worker.ended) == 0, worker.said()
            else:
                await asyncio.to_thread(worker.ended)
    if number == signal.SIGKILL:
        assert await waiting(resources.database) == 1
    with arq(config, tmp_path, **QUICK) as worker:
        await everything_worked_off(db, SOON)
        assert await asyncio.to_thread(worker.stop) == 0
    await check_told(db, clients)
    await db.close()
    report(f"F5, F6 {number.name} for the worker in the middle of an effect", "done once")


async def test_an_event_that_always_raises_blocks_no_other(
    resources: Resources, config: Config, author: Place, tmp_path: Path, report: Report
) -> None:
    async def poison(session: AsyncSession) -> None:
        session.add(OutboxEvent(topic="notify", kind="PostPublished", payload={"none": "of the fields"}))
        session.add(OutboxEvent(topic="of another version", kind="Unheard", payload={}))

    await resources.database.write(poison)
    await recorded(resources.database)
    db = await connect(config.database.url)
    with arq(config, tmp_path, **QUICK) as worker:
        async with asyncio.timeout(SOON):
            while await db.fetchval("SELECT count(*) FROM pieloop.outbox WHERE parked_at IS NULL"):
                await db.execute("UPDATE pieloop.outbox SET available_at = created_at")
                await asyncio.sleep(0.02)
        await recorded(resources.database)
        async with asyncio.timeout(SOON):
            while await waiting(resources.database) > 2:
                await asyncio.sleep(0.02)
        assert await asyncio.to_thread(worker.stop) == 0
    rows = await db.fetch("SELECT attempts, last_error FROM pieloop.outbox ORDER BY id")
    await db.close()
    assert [row["attempts"] for row in rows] == [outbox.PARK_AFTER] * 2
    assert all(row["last_error"] for row in rows)
    report(
        "F15 an event that always raises", f"parked after {outbox.PARK_AFTER} attempts; the next ones done"
    )


async def test_the_relay_survives_an_error_that_nobody_foresaw(
    resources: Resources, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker whose relay has ended would live on and do nothing."""
    monkeypatch.setattr("workers.relay.log", structlog.get_logger())
    db = await connect(config.database.url)
    await db.execute("ALTER TABLE pieloop.outbox RENAME TO elsewhere")
    relaying = asyncio.create_task(relay(resources))
    try:
        with structlog.testing.capture_logs() as said:
            async with asyncio.timeout(SOON):
                while not any(one["event"] in {"relay_interrupted", "relay_failed"} for one in said):
                    await asyncio.sleep(0.02)
        await db.execute("ALTER TABLE pieloop.elsewhere RENAME TO outbox")
        await recorded(resources.database)
        async with asyncio.timeout(SOON):
            while not await resources.redis.zcard("arq:queue"):
                await asyncio.sleep(0.02)
    finally:
        relaying.cancel()
        await asyncio.wait([relaying])
        await db.close()


async def test_the_connection_that_listens_falls_into_a_black_hole(
    config: Config, monkeypatch: pytest.MonkeyPatch, report: Report
) -> None:
    """Nobody tells that it is dead: it has to be asked."""
    monkeypatch.setattr("service.storage.listen.ASK_EVERY", 0.2)
    socket = Path(str(make_url(config.database.url).query["host"])) / SOCKET_NAME
    port = free_port()
    direct = f"postgresql+asyncpg://pieloop@127.0.0.1:{port}/{make_url(config.database.url).database}"
    database = msgspec.structs.replace(config.database, direct_url=direct, statement_timeout=0.2)
    proxied = msgspec.structs.replace(config, database=database)
    async with proxy(port, socket) as hole, listen(proxied, outbox.CHANNEL, lambda: None) as lost:
        await asyncio.sleep(1)
        assert not lost.is_set()
        begun = time.monotonic()
        hole.forget()
        await asyncio.wait_for(lost.wait(), 60)
    report("L42 the relay's connection in a black hole", f"given up after {time.monotonic() - begun:.1f} s")


async def test_a_scheduled_job_runs_in_two_processes_at_once(resources: Resources, author: Place) -> None:
    async def sessions(session: AsyncSession) -> None:
        await session.execute(
            text(
                "INSERT INTO pieloop.session (token_hash, user_id, expires_at)"
                " SELECT sha256(n::text::bytea), :member,"
                " timezone('utc', now()) + (n - 50.5) * interval '1 hour' FROM generate_series(1, 100) n"
            ),
            {"member": author.member.id},
        )

    await resources.database.write(sessions)
    await trust_the_clock(resources)
    counts = await asyncio.gather(*(forget_expired_sessions({"resources": resources}) for _ in range(4)))
    assert sum(counts) == 50
    async with resources.database.read() as db:
        assert (await db.execute(text("SELECT count(*) FROM pieloop.session"))).scalar_one() == 50
