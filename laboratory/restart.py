"""A restart of PostgreSQL under load: who waits how long, what is answered meanwhile, and does it recover by itself?"""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncGenerator
from pathlib import Path

import asyncpg

from laboratory.experiment import Experiment, Laboratory, Trial
from laboratory.load import BUSY, OK, Clients, clients
from laboratory.pictures import Point
from laboratory.programs import connect, web, with_http
from laboratory.tagged import in_words
from service.config import Config

PROCESSES, CONCURRENCY = 2, 8
PATH = "/laboratory/hold?seconds=0.002"
BETWEEN = 0.02  # seconds between two requests of a client
LONGEST, RECOVERY = 5.0, 5.0
BACK_WITHIN = 30.0


async def trials(laboratory: Laboratory) -> AsyncGenerator[Trial, None]:
    """Restart the server while clients and a bare connection ask without end."""
    config, sizes = with_http(laboratory.config, processes=PROCESSES), laboratory.sizes
    bare: Counter[str] = Counter()
    done = asyncio.Event()
    async with (
        web(laboratory.place / "logs", config, PROCESSES),
        clients(config) as callers,
        asyncio.TaskGroup() as group,
    ):
        group.create_task(_ask(callers, done))
        group.create_task(_ask_bare(config, bare, done))
        await asyncio.sleep(sizes.before)
        laboratory.down = callers.seconds()
        _stop_postgres(config.data_dir)
        laboratory.up = await _back(config, callers)
        await asyncio.sleep(sizes.after)
        done.set()
    laboratory.points = [Point(*answer) for answer in callers.load.answers]
    yield judged(laboratory.points, laboratory.down, laboratory.up)
    after = bare["answers after the restart"]
    yield Trial(
        "one connection that is kept for ever",
        "no answer after the restart",
        in_words(bare),
        after == 0,
        control=True,
    )


def judged(points: list[Point], down: float, up: float) -> Trial:
    """Judge the answers: only 200 and 503 (with Retry-After), none late, and all of them 200 again soon.

    Parameters:
        points: all requests.
        down: the second at which the server was told to stop.
        up: the second at which it took connections again.
    """
    counts = Counter(point.status for point in points)
    longest = max(point.took for point in points)
    last_trouble = max((point.at + point.took for point in points if point.status != OK), default=down)
    recovered = any(point.at > max(up, last_trouble) and point.status == OK for point in points)
    recovery = max(0.0, last_trouble - up)
    found = (
        f"{in_words(counts)}; away for {up - down:.1f} s, the longest answer took {longest:.2f} s, "
        f"the last 503 came {recovery:.1f} s after the return"
    )
    holds = counts.keys() <= {OK, BUSY} and longest <= LONGEST and recovered and recovery <= RECOVERY
    expected = f"only 200, or 503 with Retry-After; none after {LONGEST:.0f} s; 200 again by itself"
    return Trial(f"{PROCESSES} web processes, PostgreSQL restarted under load", expected, found, holds)


async def _ask(callers: Clients, done: asyncio.Event) -> None:
    async def client() -> None:
        while not done.is_set():
            await callers.get(PATH)
            await asyncio.sleep(BETWEEN)

    await asyncio.gather(*(client() for _ in range(CONCURRENCY)))


async def _ask_bare(config: Config, counts: Counter[str], done: asyncio.Event) -> None:
    """Ask on one connection and never make another."""
    connection = await connect(config)
    when = "before"
    while not done.is_set():
        try:
            await connection.fetchval("SELECT 1")
            counts[f"answers {when} the restart"] += 1
        except Exception:  # noqa: BLE001 - the driver has many ways to say it
            when = "after"
            counts["errors"] += 1
        await asyncio.sleep(0.05)


def _stop_postgres(data_dir: Path) -> None:
    """Have the server shut down fast; whoever looks after it starts it again."""
    postmaster = data_dir / "postgres" / "cluster" / "postmaster.pid"
    os.kill(int(postmaster.read_text(encoding="utf-8").split()[0]), signal.SIGINT)


async def _back(config: Config, callers: Clients) -> float:
    """Wait until the server has gone and takes connections again; return the second."""
    gone = False
    async with asyncio.timeout(BACK_WITHIN):
        while True:
            try:
                connection = await connect(config)
                connection.terminate()
                if gone:
                    return callers.seconds()
            except (asyncpg.PostgresError, OSError):
                gone = True
            await asyncio.sleep(0.02)


EXPERIMENT = Experiment(
    "restart",
    "While PostgreSQL restarts, requests are answered with 503 and a time to come back, none of them waits for long, "
    "and the site is back without a hand as soon as the database is.",
    trials,
)
