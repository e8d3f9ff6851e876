"""How long the loop is held: in processor time, as a share of what an idle machine does in 0.1 s.

Processor time, since a machine that runs tests is busy; a share, since it may be a slow one.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from tests.garbage import uncollected

TENTH_OF_A_SECOND = 8_000_000  # turns of an empty loop on the machine that the bounds were measured on


class Watch:
    """What the longest turn of the loop took while it was watched.

    Attributes:
        longest: seconds of processor time.
    """

    longest = 0.0

    @property
    def share(self) -> float:
        """The longest turn in tenths of a second of an idle machine."""
        return self.longest / tenth_of_a_second()


@cache
def tenth_of_a_second() -> float:
    """Return the processor time that this machine takes, now, for what takes 0.1 s on an idle one."""
    return min(_busy() for _ in range(2))


def _busy() -> float:
    begun = time.thread_time()
    for _ in range(TENTH_OF_A_SECOND):
        pass
    return time.thread_time() - begun


@asynccontextmanager
async def watched() -> AsyncIterator[Watch]:
    """Watch the running loop."""
    tenth_of_a_second()
    watch = Watch()
    with uncollected():
        watching = asyncio.create_task(_look(watch))
        try:
            yield watch
        finally:
            watching.cancel()


async def _look(watch: Watch) -> None:
    before = time.thread_time()
    while True:
        await asyncio.sleep(0)
        now = time.thread_time()
        watch.longest = max(watch.longest, now - before)
        before = now


def longest_step(work: Coroutine[Any, Any, Any]) -> float:
    """Run what waits for nothing but its next turn; return the longest turn's share, as `Watch.share`."""
    longest, ended = 0.0, False
    with uncollected():
        while not ended:
            begun = time.thread_time()
            try:
                work.send(None)
            except StopIteration:
                ended = True
            longest = max(longest, time.thread_time() - begun)
    return longest / tenth_of_a_second()
