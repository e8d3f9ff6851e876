"""The two ways to the database, `read()` and `write()`; the only commit; driver errors become ours.

A connection is held for one short transaction and never across network, image work or rendering.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

import structlog
from sqlalchemy import AsyncAdaptedQueuePool, NullPool, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from service.config import DatabaseConfig
from service.storage.driver_errors import (
    BUSY,
    GONE_CLASSES,
    LOCK_TIMEOUT,
    REFUSING_CLASSES,
    RETRIABLE,
    TOO_MANY_CONNECTIONS,
    connection_was_lost,
    is_of_the_statement,
    plan_went_stale,
    sqlstate,
)
from service.storage.late_reads import leave_to_the_primary, note_write, replica_for
from service.storage.loans import Reader, Writer
from service.storage.observation import PoolReport, PoolWatch, report, watch_of
from service.storage.patience import within
from service.storage.reading import for_reading
from service.storage.repeated import RepeatedStatements
from service.storage.replicas import Replica, Replicas
from service.storage.symptoms import INHERITED, symptom_of

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger()

ATTEMPTS = 3
OVERTAKEN = 10  # attempts: each time somebody else has come first
KEPT_FOR_READS = 4  # one of so many connections: writes wait for each other, and reading must go on meanwhile
SAY_AGAIN_AFTER = 60.0  # seconds


class StorageError(Exception):
    """The database could not do it now; nothing was changed unless OutcomeUnknown."""


class Busy(StorageError):
    """Too much at once: the pool is exhausted, or a lock or a statement took too long. Try again in a moment."""


class Unavailable(StorageError):
    """The database cannot be reached or cannot write."""


class ConnectionLost(Unavailable):
    """The connection ended while it was used; nothing was changed, and a read may be done once more."""


class OutcomeUnknown(Unavailable):
    """The connection was lost while COMMIT was under way: the change may have been made or not."""


class WriteConflict(StorageError):
    """Somebody else wrote the same thing first, and again on the second try."""


class Overtaken(WriteConflict):
    """What a write has read was changed before it held the row; it begins anew."""


class NestedWrite(RuntimeError):
    """`write()` inside `write()`: the second would wait for a connection while holding one."""


@dataclass(frozen=True)
class PoolState:
    """The pool as it is now, in connections: its limit, those open, and those lent out."""

    limit: int
    open: int
    lent: int


class Database:
    """One process's way to PostgreSQL, made and closed by the lifecycle.

    Parameters:
        engine: of this process.
        deadline: seconds for a whole read or write, or for all of a request (`together`): waiting for a connection, all
            statements, COMMIT, further attempts. Each has a limit of its own; nobody waits for their sum.
        begins: how often a write may begin that waits too long for a lock; see `begins_for_locks`.
        keep: seconds for which rows that many requests show are kept; see `kept_rows`.
        replicas: standbys for reads that may be late.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        deadline: float | None = None,
        begins: int = 1,
        keep: float = 0,
        replicas: Replicas | None = None,
    ) -> None:
        self.engine = engine
        self.replicas = replicas
        self._begins = begins
        self._deadline = deadline
        self.budget = ""  # in words, for whoever reads the log when PostgreSQL has no connection left
        self.watch = watch_of(engine)
        self._reading = for_reading(engine, keep)
        self._repeated = RepeatedStatements(engine.dialect)
        self._writing: ContextVar[bool] = ContextVar("writing", default=False)
        self._places_to_write = _places_to_write(engine)
        self._said_full = -SAY_AGAIN_AFTER

    @asynccontextmanager
    async def read(self, *, newest: bool = False) -> AsyncIterator[AsyncConnection]:
        """Lend a connection for a few statements that only read, each of which sees what is committed when it begins.

        Where the request that is being answered may show what was there a moment ago (`late_reads`), a standby is read.

        Parameters:
            newest: the primary is asked nevertheless: this decides who is let in, or is kept for others.

        Raises:
            Busy: no connection came free in time, or a statement took too long.
            ConnectionLost: the connection ended under it, or the standby failed; another one may do.
            Unavailable: the database cannot be reached, or the deadline passed.
            WriteInRead: a statement would change rows.
        """
        replica = self._replica(newest=newest)
        if replica is not None:
            async with self._read_late(replica) as connection:
                yield connection
            return
        try:
            async with within(self._deadline), self._lent(self._reading, self.watch) as connection:
                yield connection
        except Exception as error:
            raise self._translate(error) from error

    async def write(
        self, work: Callable[Concatenate[AsyncSession, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `work(session, ...)` in one transaction and commit it; return what it returned.

        The whole function runs again after a deadlock, a serialization failure or a connection lost before COMMIT,
        so it must have no effect outside the database.

        Parameters:
            work: a function of a session that changes rows.

        Raises:
            Busy, Unavailable, WriteConflict: nothing was changed.
            OutcomeUnknown: the connection was lost during COMMIT.
            NestedWrite: called from within another write.
        """
        if self._writing.get():
            raise NestedWrite("write() was called inside write()")
        note_write()
        token = self._writing.set(True)
        attempts = _Attempts()
        try:
            async with within(self._deadline), self._place_to_write():
                done = await self._until_committed(attempts, work, args, kwargs)
        except TimeoutError as error:
            raise attempts.given_up() from error
        finally:
            self._writing.reset(token)
        return done

    async def ping(self) -> None:
        """Ask the server for a sign of life.

        Raises:
            Busy, Unavailable: there is none.
        """
        async with self.read() as connection:
            await connection.execute(select(1))

    def pool_state(self) -> PoolState | None:
        """Return the pool's state; None when there is no pool of our own (PgBouncer)."""
        pool = self.engine.pool
        if not isinstance(pool, AsyncAdaptedQueuePool):
            return None
        lent = pool.checkedout()
        return PoolState(limit=pool.size() + pool._max_overflow, open=lent + pool.checkedin(), lent=lent)

    def pool_report(self) -> PoolReport:
        """Return the pool's state, and all that it has counted."""
        return report(self.engine)

    def _replica(self, *, newest: bool) -> Replica | None:
        return None if self.replicas is None else replica_for(self.replicas, newest=newest)

    @asynccontextmanager
    async def _read_late(self, replica: Replica) -> AsyncIterator[AsyncConnection]:
        """Lend a connection to a standby, for half the time: the other half is for asking the primary instead."""
        half = None if self._deadline is None else self._deadline / 2
        replica.reads += 1
        try:
            async with within(half), self._lent(replica.reading, replica.watch) as connection:
                yield connection
        except Exception as error:
            said = translate(error)
            if not isinstance(said, StorageError) or isinstance(error, PoolTimeout):
                raise said from error
            replica.note_failure(of_the_statement=is_of_the_statement(error))
            leave_to_the_primary()
            raise ConnectionLost(f"The standby {replica.name} failed.") from error

    @asynccontextmanager
    async def _lent(self, engine: AsyncEngine, watch: PoolWatch) -> AsyncIterator[AsyncConnection]:
        straight = not isinstance(engine.pool, NullPool)
        async with Reader(engine, self._repeated) if straight else engine.connect() as connection:
            try:
                yield connection
            except Exception as error:
                await _throw_away_out_of_step(watch, connection, error)
                raise

    def _session(self) -> AsyncSession:
        straight = not isinstance(self.engine.pool, NullPool)
        return (
            Writer(self.engine, self._repeated)
            if straight
            else AsyncSession(self.engine, expire_on_commit=False)
        )

    @asynccontextmanager
    async def _place_to_write(self) -> AsyncIterator[None]:
        if self._places_to_write is None:
            yield
            return
        places, patience = self._places_to_write
        if places.locked():
            await self._wait_for_a_place(places, patience)
        else:
            await places.acquire()
        try:
            yield
        finally:
            places.release()

    async def _wait_for_a_place(self, places: asyncio.Semaphore, patience: float) -> None:
        with self.watch.asking():
            try:
                async with asyncio.timeout(patience):
                    await places.acquire()
            except TimeoutError:
                self.watch.timeouts += 1
                raise Busy("All database connections for writing are in use.") from None

    def _translate(self, error: Exception) -> Exception:
        full = isinstance(error, DBAPIError) and sqlstate(error) == TOO_MANY_CONNECTIONS
        if full and time.monotonic() >= self._said_full + SAY_AGAIN_AFTER:
            self._said_full = time.monotonic()
            log.error("postgresql_connections_exhausted", ours_at_most=self.budget, error=error.__cause__)
        return translate(error)

    async def _until_committed(
        self,
        attempts: "_Attempts",
        work: Callable[..., Awaitable[T]],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
    ) -> T:
        while True:
            try:
                return await self._attempt(attempts, work, args, kwargs)
            except Exception as error:
                if not _worth_another_try(error, attempts.number, self._begins):
                    raise self._translate(error) from error
            await asyncio.sleep(random.uniform(0.005, 0.03) * min(attempts.number, ATTEMPTS))  # noqa: S311 - jitter, not a secret
            attempts.next()

    async def _attempt(
        self,
        attempts: "_Attempts",
        work: Callable[..., Awaitable[T]],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
    ) -> T:
        async with self._session() as session:
            try:
                result = await work(session, *args, **kwargs)
                await session.flush()
                attempts.committing = True
                await _commit(session)
            except Exception as error:
                await _throw_away_out_of_step(self.watch, session, error)
                raise
            return result


class _Attempts:
    """How far a write has come."""

    def __init__(self) -> None:
        self.number = 1
        self.committing = False

    def next(self) -> None:
        """Begin once more."""
        self.number += 1
        self.committing = False

    def given_up(self) -> StorageError:
        """Return what is to be said when the deadline has passed."""
        if self.committing:
            return OutcomeUnknown("The database did not answer COMMIT in time.")
        return Unavailable("The database did not answer in time.")


def _places_to_write(engine: AsyncEngine) -> tuple[asyncio.Semaphore, float] | None:
    """Return the places for writes in a pool of our own, and the seconds that one is waited for."""
    pool = engine.pool
    if not isinstance(pool, AsyncAdaptedQueuePool):
        return None
    limit = pool.size() + pool._max_overflow
    return asyncio.Semaphore(limit - limit // KEPT_FOR_READS), pool.timeout()


async def _throw_away_out_of_step(
    watch: PoolWatch, used: AsyncConnection | AsyncSession, error: Exception
) -> None:
    """After an error which means that client and server are out of step: never lend that connection again."""
    symptom = watch.note_error(error)
    if symptom and symptom != INHERITED:  # what is the parent's is not ours to close
        await used.invalidate()


async def _commit(session: AsyncSession) -> None:
    try:
        await session.commit()
    except Exception as error:
        if connection_was_lost(error) or symptom_of(error):
            raise OutcomeUnknown("The connection was lost during COMMIT.") from error
        raise


def translate(error: Exception) -> Exception:
    """Return our own error for one of the driver's or the pool's; anything else comes back as it is."""
    if isinstance(error, PoolTimeout):
        return Busy("All database connections are in use.")
    if isinstance(error, IntegrityError):
        return WriteConflict("Somebody else made the same change at the same moment.")
    if isinstance(error, DBAPIError):
        return _translate_driver_error(error)
    if isinstance(error, OSError):  # refused, no such socket, connect timed out
        return Unavailable("The database cannot be reached.")
    return error


def _translate_driver_error(error: DBAPIError) -> Exception:
    state = sqlstate(error)
    if state in BUSY:
        return Busy("The database is busy.")
    if connection_was_lost(error):
        return ConnectionLost("The database cannot be reached.")
    if state.startswith(GONE_CLASSES):
        return Unavailable("The database cannot be reached.")
    if symptom_of(error):
        return Unavailable("The conversation with the database was out of step.")
    if state.startswith(REFUSING_CLASSES):
        return Unavailable(f"PostgreSQL refuses the connection: {error.orig}.")
    return error


def begins_for_locks(config: DatabaseConfig) -> int:
    """Return how often a write may begin that gives way, so that it waits for `lock_timeout` in all."""
    return max(1, int(config.lock_timeout / config.give_way)) if config.give_way else 1


def _worth_another_try(error: Exception, attempt: int, begins: int) -> bool:
    if isinstance(error, IntegrityError):
        return attempt == 1
    if isinstance(error, Overtaken):
        return attempt < OVERTAKEN
    if attempt >= max(ATTEMPTS, begins) or not isinstance(error, DBAPIError):
        return False
    state = sqlstate(error)
    if state == LOCK_TIMEOUT:
        return attempt < begins
    return state in RETRIABLE or connection_was_lost(error) or plan_went_stale(error)
