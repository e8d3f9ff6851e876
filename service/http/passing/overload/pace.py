"""How many may work at once: as many as are configured, and fewer while the event loop is late.

What is at work shares the loop, and has a turn there for each thing that it waits for: with fifty at once everything
takes fifty times as long, and the gate's fair order says nothing about it. So that nobody waits behind the crowd that
is inside already, the crowd is kept small while there is more to do than the processor can. What waits for something
slow and leaves the loop alone does not make it late, and takes no places from others.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.http.passing.overload.gate import Gate
from service.tasks import cancel

LOOK_EVERY = 0.05  # seconds
LATE = 0.01  # seconds: about ten answers' turns
LEAST = 4  # places: PostgreSQL answers some while the loop works for others
FEWER = 0.8  # of those that work, once the loop is late
MORE = 1  # places, each time that it is not


@asynccontextmanager
async def paced(gate: Gate) -> AsyncIterator[None]:
    """Keep the loop from being late while the body runs.

    Parameters:
        gate: which lets fewer in, and more again.
    """
    looking = asyncio.create_task(_look(gate), name="pace")
    try:
        yield
    finally:
        await cancel(looking)


async def _look(gate: Gate) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LOOK_EVERY
        await asyncio.sleep(LOOK_EVERY)
        gate.limit = limit_after(loop.time() - due, gate.limit, gate.working, gate.most)


def limit_after(late: float, limit: int, working: int, most: int) -> int:
    """Return how many may work from now on.

    Parameters:
        late: seconds by which the loop is late.
        limit: how many might work until now.
        working: how many do.
        most: how many may at best.
    """
    if late < LATE:
        return min(most, limit + MORE)
    return max(min(LEAST, most), int(min(limit, working) * FEWER))
