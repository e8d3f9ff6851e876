"""What lives as long as its worker goes on whatever happens; and how long a job has its event for itself."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest
from arq.cron import cron
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.lifecycle import Resources
from service.storage import outbox
from service.storage.clock import utcnow
from service.storage.tables import Site
from service.storage.tables.own import OutboxEvent
from service.storage.transaction import Unavailable
from service.tasks import cancel
from tests.workers.events import recorded, waiting
from workers import clock, receive, relay, speak, upkeep
from workers.events import CLAIM_MARGIN, CONSUMERS, run_event

# A resident: what it does again and again, and the pause after it failed.
RESIDENTS: dict[str, tuple[Any, str, str, Callable[[Resources], Coroutine[Any, Any, None]]]] = {
    "relay": (relay, "sweep", "RECONNECT_AFTER", relay.relay),
    "receive": (receive, "_listen_and_work", "RECONNECT_AFTER", lambda r: receive.receive(r, None)),  # type: ignore[arg-type]
    "speak": (speak, "say_what_waits", "COME_BACK_AFTER", lambda r: speak.speak(r, lambda _: True)),
}


@pytest.mark.parametrize("name", RESIDENTS)
async def test_a_resident_goes_on_whatever_happens(
    resources: Resources, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    module, step, pause, live = RESIDENTS[name]
    troubles = [Unavailable("away"), OSError("reset"), ZeroDivisionError("a surprise")]
    went_on = asyncio.Event()

    async def fail(*_: Any) -> int:
        if troubles:
            raise troubles.pop()
        went_on.set()
        await asyncio.Event().wait()
        return 0

    monkeypatch.setattr(module, step, fail)
    monkeypatch.setattr(module, pause, 0)
    living = asyncio.create_task(live(resources))
    try:
        async with asyncio.timeout(60):
            await asyncio.wait(
                {living, waited := asyncio.create_task(went_on.wait())}, return_when="FIRST_COMPLETED"
            )
        assert waited.done(), living.exception()
    finally:
        await cancel(living)


@pytest.mark.parametrize(("jump", "noticed"), [(-31, True), (31, True), (29, False), (-29, False)])
async def test_a_clock_that_jumps_either_way_is_noticed(
    resources: Resources, monkeypatch: pytest.MonkeyPatch, jump: float, noticed: bool
) -> None:
    offsets, looked = [0.0, float(jump)], asyncio.Event()

    async def look(_: Resources) -> int:
        if offsets:
            raise OSError("Redis is away")  # once, which is waited for
        looked.set()
        return 0

    monkeypatch.setattr(clock, "LOOK_EVERY", 0)
    monkeypatch.setattr(clock, "_offset", lambda: offsets.pop(0) if offsets else float(jump))
    monkeypatch.setattr(clock, "bring_forward", look)
    job = cron(upkeep.sweep_store, hour=4)
    job.calculate_next(utcnow())
    watching = asyncio.create_task(clock.watch_clock(resources, [job]))
    try:
        await asyncio.wait_for(looked.wait(), 60)
    finally:
        await cancel(watching)
    assert (job.next_run is None) is noticed


async def test_a_claim_outlasts_its_job(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else another worker would begin with it before this one has written down that its time was over."""
    ends: list[timedelta | None] = []

    async def look(_: Resources, __: outbox.Claimed) -> None:
        async with resources.database.read() as db:
            ends.append(await db.scalar(select(OutboxEvent.claimed_until - begun)))

    monkeypatch.setitem(CONSUMERS, "media", look)
    event_id = await recorded(resources.database)
    async with resources.database.read() as db:
        begun = await db.scalar(text("SELECT timezone('utc', now())"))
    await run_event({"resources": resources}, event_id)
    assert ends[0]
    assert ends[0] >= timedelta(seconds=resources.config.worker.job_timeout + CLAIM_MARGIN)
    assert await waiting(resources.database) == 0


async def test_what_another_worker_has_done_meanwhile_is_not_done_again(
    resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def rename(session: AsyncSession) -> None:
        await session.execute(update(Site).values(name="Done twice"))

    async def overtaken(_: Resources, claimed: outbox.Claimed) -> Any:
        await resources.database.write(outbox.done, claimed.id)
        return rename

    monkeypatch.setitem(CONSUMERS, "media", overtaken)
    await run_event({"resources": resources}, await recorded(resources.database))
    async with resources.database.read() as db:
        assert await db.scalar(select(Site.name)) != "Done twice"
