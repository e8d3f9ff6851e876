"""Outbox -> wake-ups: listens for what is recorded, and sweeps for what was missed.

Every worker runs one. Two that see the same row wake the same job id, and Redis keeps one of them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from redis.exceptions import RedisError

from service.lifecycle import Resources
from service.storage import outbox
from service.storage.listen import listen
from service.storage.transaction import StorageError
from workers.events import CLAIM_MARGIN, job_id, run_event
from workers.telemetry import LISTENING, WOKEN

log = structlog.get_logger()

BATCH = 500
RECONNECT_AFTER = 1.0  # seconds


async def relay(resources: Resources) -> None:
    """Wake a job for every due event, until cancelled; whatever goes wrong is waited for."""
    while True:
        try:
            await _listen_and_sweep(resources)
        except (StorageError, RedisError, OSError) as error:
            log.warning("relay_interrupted", error=error)
        except Exception:
            # A worker whose relay has ended would live on and do nothing.
            log.exception("relay_failed")
        await asyncio.sleep(RECONNECT_AFTER)


async def sweep(resources: Resources) -> int:
    """Wake a job for each event that is due; return how many were woken.

    Raises:
        StorageError, RedisError, OSError: the next sweep will find the same events.
    """
    async with resources.database.read() as db:
        events = await outbox.due(db, BATCH, resources.config.worker.job_timeout + CLAIM_MARGIN)
    for event in events:
        await resources.redis.enqueue_job(
            run_event.__name__, event.id, _job_id=job_id(event.id, event.attempts)
        )
    WOKEN.inc(len(events))
    return len(events)


async def _listen_and_sweep(resources: Resources) -> None:
    heard = asyncio.Event()
    async with listen(resources.config, outbox.CHANNEL, heard.set) as lost, _counted():
        while not lost.is_set():
            heard.clear()
            await sweep(resources)
            await first_of(heard, lost, seconds=resources.config.worker.sweep_every)


@asynccontextmanager
async def _counted() -> AsyncIterator[None]:
    LISTENING.set(1)
    try:
        yield
    finally:
        LISTENING.set(0)


async def first_of(*events: asyncio.Event, seconds: float) -> None:
    """Wait for the first of some events, and no longer than so many seconds."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
