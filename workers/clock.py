"""Mends what a clock that jumped has put off: the times of our regular jobs, and jobs that wait for a time far ahead.

Rows that are dated ahead need nothing of this: see `storage.outbox`.
"""

import asyncio
import time
from collections.abc import Iterable

import structlog
from arq.constants import default_queue_name
from arq.cron import CronJob
from redis.exceptions import RedisError

from service.lifecycle import Resources

log = structlog.get_logger()

LOOK_EVERY = 5.0  # seconds
JUMP = 30.0  # seconds
AHEAD = 60.0  # seconds: nothing of ours is put off, so what waits for longer was entered by a wrong clock


async def watch_clock(resources: Resources, regular: Iterable[CronJob]) -> None:
    """Look at the clock now and then, until cancelled.

    Parameters:
        regular: the jobs whose next time arq keeps in this process.
    """
    before = _offset()
    while True:
        await asyncio.sleep(LOOK_EVERY)
        now = _offset()
        if abs(now - before) > JUMP:
            log.warning("clock_jumped", seconds=round(now - before))
            forget_times(regular)
        before = now
        try:
            await bring_forward(resources)
        except (RedisError, OSError, TimeoutError) as error:
            log.info("queue_check_failed", error=error)


def forget_times(regular: Iterable[CronJob]) -> None:
    """Let the next time of each job be worked out anew."""
    for job in regular:
        job.next_run = None


async def bring_forward(resources: Resources) -> int:
    """Let the jobs be done now that wait for a time far ahead; return how many."""
    now = time.time()
    waiting = await resources.redis.zrangebyscore(default_queue_name, (now + AHEAD) * 1000, "+inf")
    if waiting:
        await resources.redis.zadd(default_queue_name, dict.fromkeys(waiting, now * 1000), xx=True)
        log.warning("jobs_rescheduled", count=len(waiting))
    return len(waiting)


def _offset() -> float:
    return time.time() - time.monotonic()
