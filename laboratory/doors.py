"""What the laboratory adds to the product: echo, hold a connection, work on a picture; for requests and for jobs alike.

Everything goes the product's ways: the resources that its lifecycle opened, `read()`, its gate, its cancellations.
"""

import asyncio
import io
import os
import random
from collections.abc import Awaitable, Mapping
from typing import cast

import msgspec
from arq.connections import ArqRedis
from PIL import Image
from sqlalchemy import text

from laboratory.tagged import ECHO, Tally, new_token
from service.lifecycle import Resources
from service.storage.transaction import Busy

TALLY = "laboratory:tally"
HOLD = text("SELECT pg_sleep(CAST(:seconds AS double precision))")

tally = Tally()
_telling: set[asyncio.Task[None]] = set()
_in_order = asyncio.Lock()


async def echo(resources: Resources, answers: int, pause: float, hurry: float) -> bool:
    """Ask for tokens on one connection; return whether all answers came.

    Parameters:
        resources: of this process.
        answers: how many.
        pause: the longest that the server waits before each answer, in seconds.
        hurry: how likely it is that everything is cancelled at a random moment, 0 to 1.
    """
    within = random.uniform(0, answers * pause) if random.random() < hurry else None
    try:
        async with asyncio.timeout(within), resources.database.read() as db:
            for _ in range(answers):
                token = new_token()
                asked = {"token": token, "pause": random.uniform(0, pause)}
                tally.answer(token, (await db.execute(ECHO, asked)).scalar_one())
        return True
    except (asyncio.CancelledError, TimeoutError) as error:
        tally.note("cancelled")
        if isinstance(error, asyncio.CancelledError):
            raise
        return False
    except Busy:
        tally.note("told to come back")
        raise
    except Exception as error:
        tally.note(type(error).__name__)
        raise
    finally:
        _tell(resources.redis)


async def hold(resources: Resources, seconds: float) -> None:
    """Hold a connection for so long."""
    async with resources.database.read() as db:
        await db.execute(HOLD, {"seconds": seconds})


async def picture(resources: Resources) -> int:
    """Have a picture worked on by an image process; return its width."""
    drawn = io.BytesIO()
    Image.new("RGB", (800, 600), "orange").save(drawn, "PNG")
    return (await resources.media.process(drawn.getvalue())).width


async def tallies(redis: ArqRedis) -> Mapping[int, Mapping[str, int]]:
    """Read what all processes have seen, by their process ids."""
    kept = await cast("Awaitable[dict[bytes, bytes]]", redis.hgetall(TALLY))
    return {int(pid): msgspec.json.decode(counts, type=dict[str, int]) for pid, counts in kept.items()}


def _tell(redis: ArqRedis) -> None:
    """Write this process's tally down; a task of its own, which no cancelled request takes with it."""
    task = asyncio.create_task(_write_down(redis))
    _telling.add(task)
    task.add_done_callback(_telling.discard)


async def _write_down(redis: ArqRedis) -> None:
    async with _in_order:
        counts = msgspec.json.encode(tally.counts).decode()
        await cast("Awaitable[int]", redis.hset(TALLY, str(os.getpid()), counts))
