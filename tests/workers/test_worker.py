"""The worker as a process: it wakes, sweeps, gives up its work when told to stop, and takes over a dead one's."""

import asyncio
import os
import signal
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from arq import Worker, func
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.config import Config
from service.lifecycle import Resources
from service.storage.clock import utcnow
from service.storage.tables.own import OutboxEvent
from tests.http.people import Place, place
from tests.outbound.servers import Asked, replies, response, serve
from tests.serving import arq, program, settings_of
from tests.workers.events import NO_POST, recorded, waiting, worked_off
from tests.workers.test_preview import link, picture_of
from workers.events import run_event
from workers.jobs import encoded
from workers.relay import relay, sweep

NEVER = "3600"  # seconds between sweeps: only NOTIFY wakes
LOCAL = {"PIELOOP_OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8"}


@pytest.fixture
async def here(resources: Resources) -> Place:
    return await place(resources.database)


async def queued(resources: Resources) -> int:
    """Count the jobs that wait in Redis."""
    found: int = await resources.redis.zcard("arq:queue")
    return found


async def until_queued(resources: Resources, count: int) -> None:
    async with asyncio.timeout(60):
        while await queued(resources) != count:
            await asyncio.sleep(0.01)


async def test_no_job_may_take_longer_than_the_others(config: Config, tmp_path: Path) -> None:
    # arq hides what a killed worker had at hand for as long as its longest job may take.
    asked = "from workers.settings import WorkerSettings as W; print([j.name for j in W.cron_jobs if j.timeout_s])"
    with program("-c", asked, environ=settings_of(config), cwd=tmp_path) as process:
        assert await asyncio.to_thread(process.ended) == 0, process.said()
        assert process.said().split() == ["[]"]


async def test_a_job_that_a_dead_worker_left_is_given_up_in_words(
    resources: Resources, caplog: pytest.LogCaptureFixture
) -> None:
    """One whose body Redis has forgotten, and one that killed its worker each time."""

    async def deadly(ctx: dict[str, Any]) -> None:
        raise AssertionError("tried once too often")

    await resources.redis.zadd("arq:queue", {"forgotten": 1})
    await resources.redis.set("arq:retry:deadly", 5)
    worker = Worker(
        [func(deadly, name="deadly", max_tries=5)],
        redis_pool=resources.redis,
        burst=True,
        poll_delay=0.01,
        job_serializer=encoded,
        job_deserializer=msgspec.json.decode,
        handle_signals=False,
    )
    await resources.redis.enqueue_job("deadly", _job_id="deadly")
    await worker.main()
    assert worker.jobs_failed == 2
    assert await queued(resources) == 0
    assert [line for line in caplog.messages if "serializing" in line] == []


# The relay


async def test_what_is_committed_wakes_a_job_at_once(resources: Resources) -> None:
    seldom = msgspec.structs.replace(resources.config.worker, sweep_every=3600)
    config = msgspec.structs.replace(resources.config, worker=seldom)
    relaying = asyncio.create_task(relay(replace(resources, config=config)))
    try:
        await recorded(resources.database)
        await until_queued(resources, 1)
        # It listens by now. What comes next is heard, since no sweep would find it.
        await recorded(resources.database)
        await until_queued(resources, 2)
    finally:
        relaying.cancel()
        await asyncio.wait([relaying])


async def test_what_is_rolled_back_wakes_nobody(resources: Resources) -> None:
    async def change_of_mind(session: AsyncSession) -> None:
        session.add(OutboxEvent(topic="media", kind="PreviewRequested", payload={"post_id": NO_POST}))
        await session.flush()
        raise ValueError("changed")

    with pytest.raises(ValueError, match="changed"):
        await resources.database.write(change_of_mind)
    assert await sweep(resources) == 0


async def test_a_flushed_redis_loses_nothing(resources: Resources) -> None:
    event_id = await recorded(resources.database)
    assert await sweep(resources) == 1
    assert await sweep(resources) == 1
    assert await queued(resources) == 1, "woken twice, queued once"
    await resources.redis.flushall()
    assert await queued(resources) == 0
    assert await sweep(resources) == 1
    assert await queued(resources) == 1
    assert event_id


@pytest.mark.parametrize(
    ("former", "topic", "payload"),
    [
        ("PreviewWanted", "media", {"post_id": NO_POST}),
        ("LetterWanted", "mail", {"occasion": "banned", "account_id": NO_POST, "address": "", "reason": ""}),
        ("ContentUnwanted", "moderate", {"account_id": NO_POST, "by_id": NO_POST, "reason": ""}),
    ],
)
async def test_what_an_earlier_version_recorded_is_worked_on(
    resources: Resources, former: str, topic: str, payload: dict[str, Any]
) -> None:
    async def record(session: AsyncSession) -> int:
        row = OutboxEvent(topic=topic, kind=former, payload=payload)
        session.add(row)
        await session.flush()
        return row.id

    await run_event({"resources": resources}, await resources.database.write(record))
    assert await waiting(resources.database) == 0


# The process


async def test_a_worker_finishes_its_job_before_it_ends(
    resources: Resources, config: Config, here: Place, tmp_path: Path
) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await go_on.wait()
        writer.write(response(b"<title>Late</title>"))

    async with serve(answer) as server:
        await link(resources, here, server.url("/story"))
        with arq(config, tmp_path, PIELOOP_WORKER_SWEEP_EVERY=NEVER, **LOCAL) as worker:
            await asyncio.wait_for(asked.wait(), 60)
            worker.process.send_signal(signal.SIGTERM)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(asyncio.to_thread(worker.ended)), 0.5)
            go_on.set()
            assert await asyncio.to_thread(worker.ended) == 0, worker.said()
    assert await waiting(resources.database) == 0
    assert '"level": "error"' not in worker.said()


async def test_a_job_that_takes_too_long_to_end_is_given_back_untouched(
    resources: Resources, config: Config, here: Place, tmp_path: Path
) -> None:
    asked = asyncio.Event()

    async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await asyncio.sleep(1000)

    async with serve(answer) as server:
        await link(resources, here, server.url("/story"))
        settings = {"PIELOOP_WORKER_COMPLETION_WAIT": "1", "PIELOOP_OUTBOUND_DEADLINE": "60", **LOCAL}
        with arq(config, tmp_path, **settings) as worker:
            await asyncio.wait_for(asked.wait(), 60)
            begun = time.perf_counter()
            assert await asyncio.to_thread(worker.stop) == 0, worker.said()
            assert time.perf_counter() - begun < 30
    async with resources.database.read() as db:
        rows = (await db.execute(select(OutboxEvent.attempts, OutboxEvent.claimed_until))).all()
    assert [tuple(row) for row in rows] == [(0, None)]


async def test_the_job_of_a_killed_worker_is_done_by_the_next(
    resources: Resources, config: Config, here: Place, tmp_path: Path
) -> None:
    asked = asyncio.Event()

    async def stuck(_: Asked, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await asyncio.sleep(1000)

    settings = {"PIELOOP_WORKER_JOB_TIMEOUT": "1.5", "PIELOOP_OUTBOUND_DEADLINE": "60", **LOCAL}
    async with serve(stuck) as server:
        post_id = await link(resources, here, server.url("/story"))
        with arq(config, tmp_path, **settings) as worker:
            await asyncio.wait_for(asked.wait(), 60)
            os.kill(worker.pid, signal.SIGKILL)
            await asyncio.to_thread(worker.ended)
        port = server.port
    async with resources.database.read() as db:
        claimed = (
            await db.execute(select(OutboxEvent.attempts).where(OutboxEvent.topic == "media"))
        ).scalar_one()
        assert claimed == 1
    async with serve(replies(b"<title>Now</title>"), port=port) as server:
        # Its claim runs out with its time limit; the next worker sweeps it up.
        with arq(config, tmp_path, PIELOOP_WORKER_SWEEP_EVERY="0.2", **settings):
            await worked_off(resources.database)
        assert len(server.asked) == 1
    assert await picture_of(resources, post_id) is None


async def test_a_job_that_runs_out_of_time_is_put_off_and_holds_up_nobody(
    resources: Resources, config: Config, here: Place, tmp_path: Path
) -> None:
    async def stuck(_: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1000)

    settings = {"PIELOOP_WORKER_JOB_TIMEOUT": "1", "PIELOOP_OUTBOUND_DEADLINE": "60", **LOCAL}
    async with serve(stuck) as server, asyncio.timeout(60):
        await link(resources, here, server.url("/story"))
        with arq(config, tmp_path, **settings) as worker:
            while not server.asked:
                await asyncio.sleep(0.02)
            await recorded(resources.database)
            while await waiting(resources.database) > 1:
                await asyncio.sleep(0.02)
            while not (row := await _failed(resources)):
                await asyncio.sleep(0.02)
            assert await asyncio.to_thread(worker.stop) == 0
    assert (row.attempts, row.claimed_until, row.last_error) == (1, None, "TimeoutError")
    assert row.available_at > utcnow() + timedelta(seconds=30)


async def _failed(resources: Resources) -> Any:
    async with resources.database.read() as db:
        statement = select(OutboxEvent.__table__).where(OutboxEvent.last_error.is_not(None))
        return (await db.execute(statement)).one_or_none()
