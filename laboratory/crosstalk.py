"""Cross-talk: does anybody ever get an answer that was meant for somebody else?"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator

from arq.connections import ArqRedis

from laboratory import doors
from laboratory.disease import one_round, wrong
from laboratory.experiment import Experiment, Laboratory, Trial, some_of
from laboratory.load import clients, keep_queue
from laboratory.pictures import bands_of
from laboratory.programs import web, work
from laboratory.tagged import ANSWERS, MISMATCHES, in_words
from laboratory.watching import watching
from service.config import Config
from service.lifecycle import open_redis

PAUSE = 0.001  # seconds at most, before each answer
AT_ONCE = 100  # answers of one request or job
LEAVING, HURRY = 0.1, 0.1
CLIENTS_EACH = 8
QUEUED_EACH = 16


async def trials(laboratory: Laboratory) -> AsyncGenerator[Trial, None]:
    """Send tagged statements from all web processes and workers; then the same from an inherited pool."""
    sizes, config = laboratory.sizes, laboratory.config
    logs = laboratory.place / "logs"
    what = f"{sizes.web} web processes and {sizes.workers} workers, cancelled and hung up on at random"
    async with (
        web(logs, config, sizes.web),
        work(logs, config, sizes.workers),
        watching(config, 0.5) as watch,
    ):
        seen = await _send_until(config, sizes.answers, sizes.web, sizes.workers)
    laboratory.bands = bands_of(watch.looks)
    yield judged(what, seen, sizes.answers, sizes.web + sizes.workers)
    counts: Counter[str] = Counter()
    rounds = 0
    while not wrong(counts) and rounds < sizes.most_rounds:
        counts += await one_round(laboratory, "psycopg2")
        rounds += 1
    yield some_of(
        f"psycopg2's pool, inherited by 4 children, {rounds} rounds", wrong(counts), in_words(counts)
    )


def judged(what: str, seen: dict[int, Counter[str]], wanted: int, processes: int) -> Trial:
    """Judge what every process has seen: enough answers, from all processes, none of them wrong, no errors.

    Parameters:
        seen: the tally of each process.
        wanted: answers.
        processes: how many must have had a part in it.
    """
    total = sum(seen.values(), Counter())
    harmless = {ANSWERS, "cancelled", "told to come back"}
    holds = (
        total[ANSWERS] >= wanted
        and total[MISMATCHES] == 0
        and total.keys() <= harmless | {MISMATCHES}
        and sum(counts[ANSWERS] > 0 for counts in seen.values()) == processes
    )
    expected = f"{wanted:,} answers, 0 mismatches, no errors"
    return Trial(what, expected, f"{in_words(total)}; {total[MISMATCHES]} mismatches", holds)


async def _send_until(config: Config, answers: int, web: int, workers: int) -> dict[int, Counter[str]]:
    """Keep everybody busy until there are enough answers; return what each process has seen."""
    enough = asyncio.Event()
    path = f"/laboratory/echo?answers={AT_ONCE}&pause={PAUSE}&hurry={HURRY}"
    async with open_redis(config) as redis:
        await redis.delete(doors.TALLY)
        async with clients(config) as callers, asyncio.TaskGroup() as group:
            group.create_task(callers.until(enough, path, CLIENTS_EACH * web, LEAVING))
            group.create_task(
                keep_queue(redis, enough, QUEUED_EACH * workers, [("echo", AT_ONCE, PAUSE, HURRY)])
            )
            while not await _complete(redis, answers, web + workers):
                await asyncio.sleep(0.2)
            enough.set()
        return await _seen(redis)


async def _complete(redis: ArqRedis, answers: int, processes: int) -> bool:
    seen = await _seen(redis)
    return len(seen) >= processes and sum(seen.values(), Counter())[ANSWERS] >= answers


async def _seen(redis: ArqRedis) -> dict[int, Counter[str]]:
    return {pid: Counter(counts) for pid, counts in (await doors.tallies(redis)).items()}


EXPERIMENT = Experiment(
    "cross-talk",
    "Every statement asks the server to give back a token of its own. No process ever gets an answer that was meant "
    "for another statement, however many are cancelled half-way; a pool inherited by fork does give such answers.",
    trials,
)
