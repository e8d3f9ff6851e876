"""Standbys that take reads (`database.read_urls`): which of them hold, and which one the next read goes to.

A web process opens an engine for each in its start-up, as it does for the primary, and watches them: a few times a
second, on connections beside its pools, it asks the primary how far its log has come and each standby how far it has
replayed it. When the primary was there is known by this process's own clock, so nobody's clocks are compared, and a
primary that has nothing to write makes no standby look late.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from math import ceil, inf
from typing import Any

import asyncpg
import msgspec
import structlog
from sqlalchemy import TextClause, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from service.config import Config
from service.storage.engine import (
    connect_beside,
    create_engine,
    database_address,
    place_of,
    standby_address,
)
from service.storage.observation import PoolReport, report, watch_of
from service.storage.reading import for_reading
from service.tasks import cancel

log = structlog.get_logger()

EVERY = 0.25  # seconds between two questions
PATIENCE = 1.0  # seconds for an answer
KEPT = 240  # positions that are remembered at least: a minute of them
SET_ASIDE = 3.0  # seconds for which a standby that failed under a read is not asked by others
FAILED = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

# What is committed and answered has been flushed; what is only inserted may stay where it is for a while.
AT_PRIMARY = text("""
    SELECT NOT pg_is_in_recovery() AS right_kind,
        CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0') END AS position,
        CASE WHEN NOT pg_is_in_recovery()
            THEN ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END AS timeline,
        (SELECT system_identifier FROM pg_control_system()) AS cluster
""")
AT_STANDBY = text("""
    SELECT pg_is_in_recovery() AS right_kind, pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0') AS position,
        (SELECT received_tli FROM pg_stat_wal_receiver) AS timeline,
        (SELECT system_identifier FROM pg_control_system()) AS cluster
""")


class Place(msgspec.Struct, frozen=True):
    """Where a server is in the write-ahead log.

    Attributes:
        right_kind: whether it is what it was taken for, a primary or a standby.
        position: bytes of the log: flushed by a primary, replayed by a standby.
        timeline: which history the log belongs to; None where this is not to be learnt.
        cluster: what tells the cluster, and all copies of it, from any other.
    """

    right_kind: bool
    position: int | None
    timeline: int | None
    cluster: int


def place_from(row: Any) -> Place:
    """Return what a server said of itself to one of the two questions."""
    position = None if row["position"] is None else int(row["position"])
    return Place(row["right_kind"], position, row["timeline"], row["cluster"])


class Positions:
    """Where the primary was at which time, by this process's clock.

    Parameters:
        lag: seconds of which the past is of interest.
    """

    def __init__(self, lag: float) -> None:
        self._noted: deque[tuple[float, int]] = deque(maxlen=KEPT + ceil(lag / EVERY))
        self.latest: Place | None = None

    def note(self, asked_at: float, place: Place) -> None:
        """Remember that it was there, or further on, at that time."""
        self._noted.append((asked_at, place.position or 0))
        self.latest = place

    def as_of(self, position: int) -> float:
        """Return since when the primary had more than this; the latest time at which it had not."""
        return next((at for at, reached in reversed(self._noted) if reached <= position), -inf)


class ReplicaReport(msgspec.Struct, frozen=True):
    """A standby as this process sees it.

    Attributes:
        name: where it is.
        holds: whether it takes reads.
        behind: seconds that what it shows is old, at most; infinite where this is not known.
        why: what keeps it from it, in words; empty if nothing does.
        reads: how many it has taken.
        failures: how many of these it failed.
        pool: its pool.
    """

    name: str
    holds: bool
    behind: float
    why: str
    reads: int
    failures: int
    pool: PoolReport


class Replica:
    """A standby that takes reads.

    Parameters:
        name: where it is, for logs and metrics.
        engine: of this process; whoever made it closes it.
        lag: seconds that it may be behind.
        keep: seconds for which rows that many requests show are kept.
    """

    def __init__(self, name: str, engine: AsyncEngine, lag: float, keep: float = 0) -> None:
        self.name = name
        self.engine = engine
        self.reading = for_reading(engine, keep)
        self.watch = watch_of(engine)
        self.reads = 0
        self.failures = 0
        self._lag = lag
        self._as_of = -inf
        self._current_for_all_we_know = -inf
        self._aside_until = -inf
        self._why = "not asked yet"
        self._held = False

    def holds(self, *, without_primary: bool = False) -> bool:
        """Whether it takes reads now.

        Parameters:
            without_primary: while the primary does not answer, it is enough that it had all that the primary had last.
        """
        now = time.monotonic()
        as_of = max(self._as_of, self._current_for_all_we_know) if without_primary else self._as_of
        return as_of >= now - self._lag and now >= self._aside_until

    def note(self, seen: Place, positions: Positions, *, primary_is_silent: bool) -> None:
        """Take what it answered, and find out how far behind it is."""
        self._as_of, self._current_for_all_we_know, self._why = -inf, -inf, why_unfit(seen, positions.latest)
        if not self._why and seen.position is not None:
            self._as_of = positions.as_of(seen.position)
            latest = positions.latest
            if primary_is_silent and latest is not None and seen.position >= (latest.position or 0):
                self._current_for_all_we_know = time.monotonic()
        self._say_if_changed()

    def note_silence(self, error: BaseException) -> None:
        """It does not answer."""
        self._as_of, self._current_for_all_we_know = -inf, -inf
        self._why = f"does not answer ({type(error).__name__})"
        self._say_if_changed()

    def note_failure(self, *, of_the_statement: bool) -> None:
        """A read failed: set it aside for a moment, whatever it says of itself, unless it was the statement's fault."""
        self.failures += 1
        if not of_the_statement:
            self._aside_until = time.monotonic() + SET_ASIDE

    def report(self) -> ReplicaReport:
        """Return how it is."""
        behind = time.monotonic() - self._as_of
        return ReplicaReport(
            self.name,
            self.holds(without_primary=True),
            behind,
            self._why or ("" if behind <= self._lag else "is behind"),
            self.reads,
            self.failures,
            report(self.engine),
        )

    def _say_if_changed(self) -> None:
        holds = self.holds(without_primary=True)
        if holds != self._held:
            self._held = holds
            if holds:
                log.info("standby_takes_reads", standby=self.name)
            else:
                log.warning("standby_left_out", standby=self.name, why=self._why or "is behind")


class Replicas:
    """All standbys of one web process, and what is known of the primary; made by `open_replicas`.

    Parameters:
        all_of_them: in the order of the configuration.
        lag: seconds that each may be behind.
    """

    def __init__(self, all_of_them: Sequence[Replica], lag: float) -> None:
        self._all = all_of_them
        self.positions = Positions(lag)
        self.primary_is_silent = False

    def __iter__(self) -> Any:
        return iter(self._all)

    def choose(self, *, without_primary: bool) -> Replica | None:
        """Return the standby for a read, the one with the fewest loans; None if none of them holds."""
        holding = [one for one in self._all if one.holds(without_primary=without_primary)]
        return min(holding, key=lambda one: (one.watch.lent, one.reads)) if holding else None

    def note_primary(self, asked_at: float, seen: Place) -> None:
        """Take what the primary answered; what has become a standby is none."""
        self.primary_is_silent = not seen.right_kind
        if seen.right_kind:
            self.positions.note(asked_at, seen)

    def note_silence_of_primary(self) -> None:
        """The primary does not answer."""
        self.primary_is_silent = True


@asynccontextmanager
async def open_replicas(config: Config, role: str) -> AsyncIterator[Replicas | None]:
    """Open an engine for each standby and watch them; none of them has to answer for this process to start.

    Parameters:
        config: the whole configuration.
        role: see create_engine; only a web process has standbys.

    Raises:
        StartupError: an address cannot be read.
    """
    if role != "web" or not config.database.read_urls:
        yield None
        return
    lag = config.database.read_lag
    async with AsyncExitStack() as stack:
        all_of_them = []
        for url in config.database.read_urls:
            engine = create_engine(config, role, standby=url)
            stack.push_async_callback(engine.dispose)
            all_of_them.append(
                Replica(place_of(standby_address(url)), engine, lag, config.database.keep_read)
            )
        replicas = Replicas(all_of_them, lag)
        for watching in _watching(config, replicas):
            stack.push_async_callback(cancel, asyncio.create_task(watching, name="standbys"))
        yield replicas


async def position_of_primary(config: Config) -> Place:
    """Ask the primary once, on a connection of its own.

    Raises:
        OSError, asyncpg.PostgresError, asyncpg.InterfaceError: it does not answer.
    """
    line = _Line(config, database_address(config, direct=True), AT_PRIMARY, direct=True)
    return await line.ask_once()


def _watching(config: Config, replicas: Replicas) -> list[Any]:
    """Return what has to run for what is known of primary and standbys to stay true."""
    straight = config.database.pool == "queue"
    primary = _Line(config, database_address(config, direct=True), AT_PRIMARY, direct=True)
    watching = [primary.keep_asking(replicas.note_primary, lambda _: replicas.note_silence_of_primary())]
    for replica, url in zip(replicas, config.database.read_urls, strict=True):
        line = _Line(config, standby_address(url), AT_STANDBY, direct=straight)
        watching.append(line.keep_asking(partial(_note, replicas, replica), replica.note_silence))
    return watching


def _note(replicas: Replicas, replica: Replica, _: float, seen: Place) -> None:
    replica.note(seen, replicas.positions, primary_is_silent=replicas.primary_is_silent)


def why_unfit(seen: Place, primary: Place | None) -> str:
    """Say why what is seen is no standby of this primary; nothing if it may be one."""
    if not seen.right_kind:
        return "is no standby"
    if primary is None:
        return "the primary has not answered yet"
    if seen.cluster != primary.cluster:
        return "is the standby of another cluster"
    if seen.timeline is not None and seen.timeline != primary.timeline:
        return "follows another primary"
    return ""


class _Line:
    """A connection to one server beside the pools, opened anew whenever it is lost."""

    def __init__(self, config: Config, address: URL, question: TextClause, *, direct: bool) -> None:
        self._connect = partial(connect_beside, config, address, "standbys", direct=direct)
        self._question = str(question)
        self._connection: Any = None

    async def keep_asking(
        self, answered: Callable[[float, Place], None], silent: Callable[[BaseException], None]
    ) -> None:
        """Ask until cancelled.

        Parameters:
            answered: is told when it was asked, by the monotonic clock, and what it answered.
            silent: is told that it does not answer.
        """
        try:
            while True:
                asked_at = time.monotonic()
                try:
                    answered(asked_at, await self._ask())
                except FAILED as error:
                    self._hang_up()
                    silent(error)
                await asyncio.sleep(EVERY)
        finally:
            self._hang_up()

    async def ask_once(self) -> Place:
        """Return what it answers now."""
        try:
            return await self._ask()
        finally:
            self._hang_up()

    async def _ask(self) -> Place:
        if self._connection is None:
            self._connection = await self._connect()
        async with asyncio.timeout(PATIENCE):
            row = await self._connection.fetchrow(self._question)
        return place_from(row)

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
