"""Three ways to have connections, under the same load: the queue pool, none (NullPool), none behind PgBouncer."""

import asyncio
import os
import shutil
import signal
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

import asyncpg
from sqlalchemy import make_url

from laboratory.experiment import Experiment, Laboratory, Trial
from laboratory.load import OK, Clients, Load, clients
from laboratory.programs import connect, free_port, web, with_database, with_http
from laboratory.tagged import in_words
from service.config import Config
from service.errors import StartupError
from service.processes.children import Account, start, stop
from service.processes.postgres import SOCKET_NAME

CONCURRENCY, CROWD, ROUNDS = 16, 100, 5
LEFT = 3  # connections: fewer than a process may use at once, however much it has to do
STRAIGHT = "NullPool, straight"
BEHIND = "NullPool, behind PgBouncer"
PATH = "/laboratory/echo?answers=5"
BOUNCER = "pgbouncer"
UNSUPPORTED = "unsupported startup parameter"
WITHIN = 10.0


async def trials(laboratory: Laboratory) -> AsyncGenerator[Trial, None]:
    """Measure the three in turns, and see what must not work: too many connections, a queue pool behind PgBouncer."""
    config = with_http(laboratory.config, processes=laboratory.sizes.contending)
    without = with_database(config, pool="null")
    contenders = {"queue pool": config, STRAIGHT: without}
    async with AsyncExitStack() as stack:
        if find_pgbouncer() is not None:
            address = await stack.enter_async_context(pgbouncer(laboratory.place / "pgbouncer", config))
            contenders[BEHIND] = with_database(without, url=address)
        for trial in await _compared(laboratory, contenders):
            yield trial
        if BEHIND in contenders:
            yield await _refused(laboratory, with_database(config, url=address))
        else:
            yield Trial(BEHIND, "0 errors", "skipped: PgBouncer is not installed", holds=True)


def find_pgbouncer() -> str | None:
    """Return the program, which Debian keeps where only root looks; None where it is not installed."""
    return shutil.which(BOUNCER, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


@asynccontextmanager
async def pgbouncer(place: Path, config: Config) -> AsyncIterator[str]:
    """Run PgBouncer in transaction mode before the server; lend its address.

    Raises:
        StartupError: it does not start.
    """
    server = Path(str(make_url(config.database.direct_url).query["host"]))
    # PgBouncer does not run as root either; the server's own user may use its socket.
    owner = server.stat()
    account = Account(owner.st_uid, owner.st_gid, override=False) if os.geteuid() == 0 else None
    place.mkdir()
    os.chown(place, owner.st_uid, owner.st_gid)
    settings = place / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\npieloop = host={server} dbname=pieloop user=pieloop\n"
        f"[pgbouncer]\nauth_type = any\npool_mode = transaction\n"
        f"default_pool_size = {CONCURRENCY}\nmax_client_conn = 400\n"
        f"unix_socket_dir = {place}\nlisten_port = 5432\nlogfile = {place / 'log'}\n",
        encoding="utf-8",
    )
    child = start([find_pgbouncer() or BOUNCER, "-q", settings], account=account)
    try:
        deadline = time.monotonic() + WITHIN
        while not (place / SOCKET_NAME).exists():
            if child.poll() is not None or time.monotonic() > deadline:
                raise StartupError(f"PgBouncer did not start: see {place / 'log'}.")
            await asyncio.sleep(0.05)
        yield f"postgresql+asyncpg://pieloop@/pieloop?host={quote(str(place), safe='/')}"
    finally:
        await stop(child, (signal.SIGINT, 10.0))


async def _compared(laboratory: Laboratory, contenders: dict[str, Config]) -> list[Trial]:
    """Put the same load on each, in turns, so that a slow moment of the machine meets all; then a crowd on one."""
    requests = laboratory.sizes.requests // ROUNDS
    async with AsyncExitStack() as stack:
        callers: dict[str, Clients] = {}
        took: dict[str, list[float]] = {name: [] for name in contenders}
        for name, config in contenders.items():
            own = with_http(config, bind=f"127.0.0.1:{free_port()}")
            await stack.enter_async_context(web(laboratory.place / "logs", own, own.http.processes))
            callers[name] = await stack.enter_async_context(clients(own))
            await callers[name].queue(PATH, requests, CONCURRENCY)
            callers[name].load.answers.clear()
        for name in [*contenders] * ROUNDS:
            begun = time.monotonic()
            await callers[name].queue(PATH, requests, CONCURRENCY)
            took[name].append((time.monotonic() - begun) / requests)
        first = median(took[next(iter(contenders))])
        costs = [_cost(name, callers[name].load, median(took[name]), first) for name in contenders]
        return [*costs, await _crowded(laboratory.config, callers[STRAIGHT])]


def _cost(name: str, load: Load, took: float, first: float) -> Trial:
    """Judge one contender: no errors; and say what it costs, beside the first.

    Parameters:
        took, first: seconds of the load for each request, its own and the first contender's.
    """
    total = load.counts.total()
    slowest = sorted(seconds for _, seconds, _ in load.answers)
    p99 = slowest[int(len(slowest) * 0.99)] * 1000
    found = (
        f"{total - load.counts[OK]} errors; {1 / took:,.0f} requests/s (median of {ROUNDS} rounds in turns), "
        f"99 % within {p99:.0f} ms, {took / first:.2f} x the queue pool's time"
    )
    return Trial(f"{name}, {total:,} requests of 5 statements", "0 errors", found, load.counts[OK] == total)


async def _crowded(config: Config, callers: Clients) -> Trial:
    """Have more requests at once than the server has connections, most of which others hold."""
    callers.load = Load()
    async with _few_left(config):
        await callers.crowd("/laboratory/hold?seconds=1", CROWD, 0.5)
    counts = callers.load.counts
    what = f"{STRAIGHT}, {CROWD} requests at once on {LEFT} connections"
    return Trial(what, "errors", f"answers: {in_words(counts)}", counts[OK] < CROWD, control=True)


@asynccontextmanager
async def _few_left(config: Config) -> AsyncIterator[None]:
    """Take all connections that the server has, but for some."""
    taken: list[asyncpg.Connection[Any]] = []
    try:
        with suppress(asyncpg.TooManyConnectionsError):
            while True:
                taken.append(await connect(config))
        for _ in range(LEFT):
            await taken.pop().close()
        yield
    finally:
        for connection in taken:
            await connection.close()


async def _refused(laboratory: Laboratory, config: Config) -> Trial:
    """Go through PgBouncer with what a connection of one's own may ask for."""
    refused, log = False, laboratory.place / "pgbouncer" / "log"
    try:
        async with web(laboratory.place / "logs", config, config.http.processes):
            pass
    except StartupError:
        refused = True
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    why = next((line.partition("WARNING ")[2] or line for line in lines if UNSUPPORTED in line), "")
    found = f"{'refused' if refused else 'it serves'}; PgBouncer says: {why or 'nothing of it'}"
    expected = "refused at start, for settings that PgBouncer does not pass on"
    return Trial("queue pool, behind PgBouncer", expected, found, refused and bool(why), control=True)


EXPERIMENT = Experiment(
    "pools",
    "The queue pool, no pool, and no pool behind PgBouncer in transaction mode answer the same load without an error; "
    "what they cost differs.",
    trials,
)
