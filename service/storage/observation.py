"""Watches a process's pool from within: who waits, how long connections are lent, what goes wrong with them.

Counting is a few additions for each loan; nobody is asked and nothing is sent. `report()` is what others are told.
"""

import time
from asyncio import CancelledError
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import msgspec
import structlog
from sqlalchemy import AsyncAdaptedQueuePool, NullPool, Pool, event
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from service.storage.symptoms import SYMPTOMS, symptom_of

log = structlog.get_logger()

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)  # seconds
LONG = 1.0  # seconds: nobody needs a connection for longer, and whoever does holds up others

CANCELLED, LOST, OUT_OF_STEP = "cancelled", "lost", "out_of_step"
QUEUE, NULL = "queue", "null"
REASONS = (CANCELLED, LOST, OUT_OF_STEP)


class Durations(msgspec.Struct):
    """A histogram of seconds: how many fell into each bucket (the last one is beyond all BOUNDS), and their sum."""

    counts: list[int] = msgspec.field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds

    def copy(self) -> "Durations":
        """Return one that does not change any more."""
        return Durations(list(self.counts), self.total)


class PoolReport(msgspec.Struct, frozen=True, kw_only=True):
    """A process's pool at one moment, and what it has counted since the process began.

    Attributes:
        kind: `queue`, or `null` where PgBouncer keeps the connections and there are no limits of our own.
        size: connections that are kept.
        limit: connections that are opened at most, overflow included.
        open: connections that are open.
        lent: connections that somebody holds.
        waiting: how many have asked for a connection and have none yet.
        longest: seconds for which the oldest loan has lasted.
        opened: connections opened.
        timeouts: how many gave up waiting.
        cancelled: how many were cancelled while waiting.
        held_long: loans that lasted longer than LONG.
        invalidated: connections thrown away, by one of REASONS.
        symptoms: errors of the protocol, by the keys of SYMPTOMS.
        waits: how long it took to get a connection.
        loans: how long connections were held.
    """

    kind: str
    size: int
    limit: int
    open: int
    lent: int
    waiting: int
    longest: float
    opened: int
    timeouts: int
    cancelled: int
    held_long: int
    invalidated: dict[str, int]
    symptoms: dict[str, int]
    waits: Durations
    loans: Durations

    @property
    def overflow(self) -> int:
        """How many connections are open beyond those that are kept."""
        return max(0, self.open - self.size) if self.kind == QUEUE else 0


class PoolWatch:
    """What one pool has counted.

    Parameters:
        patient: whether a long loan is nothing to warn of: a migration takes as long as it takes.
    """

    def __init__(self, *, patient: bool) -> None:
        self._patient = patient
        self.waiting = 0
        self.opened = 0
        self.timeouts = 0
        self.cancelled = 0
        self.held_long = 0
        self.invalidated = dict.fromkeys(REASONS, 0)
        self.symptoms = dict.fromkeys(SYMPTOMS, 0)
        self.waits = Durations()
        self.loans = Durations()
        self._begun: dict[ConnectionPoolEntry, float] = {}
        self._warned: set[ConnectionPoolEntry] = set()

    @property
    def lent(self) -> int:
        """How many connections are lent out."""
        return len(self._begun)

    @property
    def longest(self) -> float:
        """How many seconds the oldest loan has lasted; 0 when nothing is lent."""
        return time.monotonic() - min(self._begun.values()) if self._begun else 0.0

    def note_error(self, error: BaseException) -> str | None:
        """Count an error that means that client and server are out of step; return which, None for any other error."""
        symptom = symptom_of(error)
        if symptom is not None:
            self.symptoms[symptom] += 1
            log.error(
                "connection_protocol_error",
                symptom=symptom,
                meaning=SYMPTOMS[symptom],
                error=type(error).__name__,
            )
        return symptom

    def warn_of_long_loans(self) -> None:
        """Say in the log, once for each, which loans have lasted for longer than LONG and go on."""
        if self._patient:
            return
        now = time.monotonic()
        for record, begun in list(self._begun.items()):
            if now - begun > LONG and record not in self._warned:
                self._warned.add(record)
                log.warning("connection_still_held", seconds=round(now - begun, 2))

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Count somebody who waits: for a connection, or for leave to ask for one."""
        begun = time.monotonic()
        self.waiting += 1
        try:
            yield
        except PoolTimeout:
            self.timeouts += 1
            raise
        except CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.waiting -= 1
            self.waits.add(time.monotonic() - begun)

    def lend(self, record: ConnectionPoolEntry) -> None:
        """Note that a loan begins."""
        self._begun[record] = time.monotonic()

    def take_back(self, record: ConnectionPoolEntry) -> None:
        """Note that a loan has ended."""
        begun = self._begun.pop(record, None)
        if begun is None:  # it failed before it was lent
            return
        seconds = time.monotonic() - begun
        self.loans.add(seconds)
        if seconds > LONG:
            self._warned.discard(record)
            self.held_long += 1
            if not self._patient:
                log.warning("connection_held_long", seconds=round(seconds, 2))

    def throw_away(self, error: BaseException | None) -> None:
        """Note that a connection is closed before its time.

        Parameters:
            error: what SQLAlchemy closes it for; None when we ask for it, which we do where it is out of step.
        """
        closed_for_an_error = CANCELLED if isinstance(error, CancelledError) else LOST
        self.invalidated[OUT_OF_STEP if error is None else closed_for_an_error] += 1


class _Watched(Pool):
    """Counts those who wait. `watch` is handed on when the engine makes a new pool in place of this one."""

    watch: PoolWatch

    def connect(self) -> PoolProxiedConnection:
        """Lend a connection."""
        with self.watch.asking():
            return super().connect()

    def recreate(self) -> Any:
        """Return an empty pool like this one."""
        pool: Any = super().recreate()
        pool.watch = self.watch
        return pool


class WatchedQueuePool(_Watched, AsyncAdaptedQueuePool):
    """SQLAlchemy's pool for asyncio, watched; in the logs it goes by SQLAlchemy's name and level."""

    _sqla_logger_namespace = "sqlalchemy.pool.impl.AsyncAdaptedQueuePool"


class WatchedNullPool(_Watched, NullPool):
    """No pool: a connection for each loan, watched."""

    _sqla_logger_namespace = "sqlalchemy.pool.impl.NullPool"


def watch(engine: AsyncEngine, *, patient: bool = False) -> PoolWatch:
    """Begin to watch an engine whose pool is one of the two above.

    Parameters:
        engine: before its first connection.
        patient: see PoolWatch.
    """
    pool = cast("_Watched", engine.sync_engine.pool)
    watch = pool.watch = PoolWatch(patient=patient)

    @event.listens_for(engine.sync_engine, "connect")
    def count_opened(*_: Any) -> None:
        watch.opened += 1

    @event.listens_for(engine.sync_engine, "checkout")
    def begin(_: Any, record: ConnectionPoolEntry, __: Any) -> None:
        watch.lend(record)

    @event.listens_for(engine.sync_engine, "checkin")
    def end(_: Any, record: ConnectionPoolEntry) -> None:
        watch.take_back(record)

    @event.listens_for(engine.sync_engine, "invalidate")
    def throw_away(_: Any, __: ConnectionPoolEntry, error: BaseException | None) -> None:
        watch.throw_away(error)

    return watch


def watch_of(engine: AsyncEngine) -> PoolWatch:
    """Return what watches an engine made by `create_engine`."""
    return cast("_Watched", engine.sync_engine.pool).watch


def report(engine: AsyncEngine) -> PoolReport:
    """Return the pool as it is now.

    Parameters:
        engine: made by `create_engine`.
    """
    pool, watch = engine.sync_engine.pool, watch_of(engine)
    if isinstance(pool, AsyncAdaptedQueuePool):
        kind, size, limit = QUEUE, pool.size(), pool.size() + pool._max_overflow
        lent = pool.checkedout()
        opened_now = lent + pool.checkedin()
    else:
        kind, size, limit = NULL, 0, 0
        lent = opened_now = watch.lent
    return PoolReport(
        kind=kind,
        size=size,
        limit=limit,
        open=opened_now,
        lent=lent,
        waiting=watch.waiting,
        longest=watch.longest,
        opened=watch.opened,
        timeouts=watch.timeouts,
        cancelled=watch.cancelled,
        held_long=watch.held_long,
        invalidated=dict(watch.invalidated),
        symptoms=dict(watch.symptoms),
        waits=watch.waits.copy(),
        loans=watch.loans.copy(),
    )
