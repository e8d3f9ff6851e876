"""`python -m bench.upkeep DIRECTORY`: what tidying up costs, and how long it holds rows at most, on the demo in there.

Each job of `workers.upkeep` is carried out once by itself, as a worker does by the clock. Its longest write is as long
as others may have to wait for a row that it changes.
"""

import inspect
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import click
import uvloop

from bench.processor import spent
from bench.site import PIELOOP, prepared
from service.demo.sizes import PRESETS
from service.lifecycle import open_resources
from service.processes.progress import to_stream
from service.storage.transaction import Database
from workers import upkeep

Job = Callable[[dict[str, Any]], Awaitable[int]]


class Cost(NamedTuple):
    """What a job did: how many things, in how many writes; seconds in all, of PostgreSQL, and of the longest write."""

    done: int
    writes: int
    seconds: float
    database: float
    longest: float


class Timed:
    """The writes of a database, timed.

    Parameters:
        database: whose `write` is replaced.
    """

    def __init__(self, database: Database) -> None:
        self.seconds: list[float] = []
        self._write = database.write
        database.write = self._timed  # type: ignore[method-assign]

    async def _timed(self, *work: Any, **more: Any) -> Any:
        begun = time.perf_counter()
        try:
            return await self._write(*work, **more)
        finally:
            self.seconds.append(time.perf_counter() - begun)


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--size", type=click.Choice(list(PRESETS)), default="full", show_default=True)
def main(directory: Path, size: str) -> None:
    """Carry out each job of upkeep on the demo in DIRECTORY, which is made if it is not there."""
    uvloop.run(_measure(directory.absolute(), size))


async def _measure(directory: Path, size: str) -> None:
    async with (
        prepared(directory, 1, PRESETS[size], to_stream()) as config,
        open_resources(config, "worker") as resources,
    ):
        timed = Timed(resources.database)
        print("\n| job | done | writes | seconds | of PostgreSQL's processor | longest write, s |")
        print("|---|---:|---:|---:|---:|---:|")
        for name, job in _jobs():
            cost = await _cost(job, {"resources": resources}, timed)
            print(
                f"| {name} | {cost.done:,} | {cost.writes:,} | {cost.seconds:.2f} | {cost.database:.2f} "
                f"| {cost.longest:.2f} |"
            )


def _jobs() -> list[tuple[str, Job]]:
    """The jobs, without asking first whether the clock is to be trusted: this one was set just now."""
    found = inspect.getmembers(upkeep, inspect.iscoroutinefunction)
    return [
        (name, inspect.unwrap(job))
        for name, job in found
        if job.__module__ == upkeep.__name__ and not name.startswith("_")
    ]


async def _cost(job: Job, ctx: dict[str, Any], timed: Timed) -> Cost:
    timed.seconds.clear()
    before, begun = spent(PIELOOP), time.perf_counter()
    done = await job(ctx)
    seconds = time.perf_counter() - begun
    return Cost(
        done,
        len(timed.seconds),
        seconds,
        spent(PIELOOP).database - before.database,
        max(timed.seconds, default=0.0),
    )


if __name__ == "__main__":
    main()
