"""The budget: pools that do not fit the server are refused at start, and those that do are never exceeded."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

from laboratory.experiment import Experiment, Laboratory, Trial
from laboratory.load import BUSY, OK, clients
from laboratory.programs import ROOT, environ, prepared, ready, running, web, with_database, with_http
from laboratory.tagged import in_words
from laboratory.watching import watching
from service.config import Config

POOL, OVERFLOW = 10, 30
ARRIVING, HOLD = 1.0, 1.0  # seconds: within which the crowd comes, and for which each holds its connection
# Without pools nobody waits for anybody: each holds until all have come, on a busy machine as well.
HOLD_WITHOUT_POOLS = 3.0


async def trials(laboratory: Laboratory) -> AsyncGenerator[Trial, None]:
    """Start on servers that are too small and on one that is not; then let a crowd come, with pools and without."""
    sizes, logs = laboratory.sizes, laboratory.place / "logs"
    for max_connections in (*sizes.too_small, sizes.enough):
        async with prepared(laboratory.place / "budget", max_connections) as server:
            config = _with_pools(server, sizes.budgeted)
            yield await _started(logs, config, max_connections, fits=max_connections == sizes.enough)
            if max_connections == sizes.enough:
                yield await _examined(config)
                yield await _crowded(laboratory, config, pools=True)
                yield await _crowded(laboratory, config, pools=False)


def _with_pools(config: Config, processes: int) -> Config:
    # Whoever waits for a connection gets it: what is measured is how many there are.
    config = with_database(config, pool_size=POOL, max_overflow=OVERFLOW, pool_timeout=15)
    return with_http(config, processes=processes)


def _arithmetic(config: Config) -> str:
    processes = config.http.processes
    return f"{processes} x ({POOL} + {OVERFLOW}) = {processes * (POOL + OVERFLOW)}"


async def _started(place: Path, config: Config, max_connections: int, *, fits: bool) -> Trial:
    """Run `pieloop serve` until it is ready or has refused."""
    command = ("-m", "service", "serve", "--processes", config.http.processes)
    async with running(*command, place=place, environ=environ(config)) as program:
        serving = asyncio.create_task(ready(program, config))
        await asyncio.wait([serving])
        refused = serving.exception() is not None
        said = program.said()
    words = next((line for line in said.splitlines() if "need more connections" in line), "")
    holds = not refused if fits else refused and _arithmetic(config) in words
    return Trial(
        f"pieloop serve, {config.http.processes} x ({POOL} + {OVERFLOW}) on max_connections = {max_connections}",
        "accepted" if fits else "refused, with the arithmetic",
        words if refused else "accepted: it serves",
        holds,
    )


async def _examined(config: Config) -> Trial:
    """Read what the doctor says of the budget."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service", "doctor", env=environ(config), cwd=ROOT, stdout=subprocess.PIPE
    )
    said, _ = await process.communicate()
    expected = _arithmetic(config)
    words = next((line.strip() for line in said.decode().splitlines() if expected in line), "not shown")
    return Trial("pieloop doctor", f"shows {expected}", words, expected in words)


async def _crowded(laboratory: Laboratory, config: Config, *, pools: bool) -> Trial:
    """Let a crowd come at once and look how many backends there are."""
    crowd, processes = laboratory.sizes.crowd, config.http.processes
    budget = processes * (POOL + OVERFLOW)
    config = config if pools else with_database(config, pool="null")
    logs = laboratory.place / "logs"
    async with web(logs, config, processes), watching(config, 0.02) as watch, clients(config) as callers:
        hold = HOLD if pools else HOLD_WITHOUT_POOLS
        await callers.crowd(f"/laboratory/hold?seconds={hold}", crowd, ARRIVING)
    counts, most, most_of_one = (
        callers.load.counts,
        watch.most("pieloop.web"),
        watch.most_of_one("pieloop.web"),
    )
    found = f"{most} backends at most, {most_of_one} of one process; answers: {in_words(counts)}"
    if not pools:
        what, expected = f"{crowd} requests at once, without pools", f"more than {budget} backends, or errors"
        return Trial(what, expected, found, most > budget or counts[OK] < crowd, control=True)
    return Trial(
        f"{crowd} requests at once, with the pools",
        f"many, but never more than {budget} backends, {POOL + OVERFLOW} of one process; each request 200 or 503",
        found,
        # Half the budget must have been used, or nothing was shown.
        budget / 2 < most <= budget and most_of_one <= POOL + OVERFLOW and counts.keys() <= {OK, BUSY},
    )


EXPERIMENT = Experiment(
    "budget",
    "Pools that could open more connections than PostgreSQL has are refused at start, with the arithmetic; pools that "
    "fit never open more than was budgeted.",
    trials,
)
