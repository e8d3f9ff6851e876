"""The outbox: what a change still has to cause, written in the transaction of the change itself.

An operation records, the relay looks for what is due and wakes a job, the job claims its row, works, and deletes the
row in the transaction of its effect. So a wake-up may get lost, come twice or find its worker killed, and nothing is
lost or done twice.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Protocol

import msgspec
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.storage.clock import utcnow
from service.storage.statements import literal_limit
from service.storage.tables.own import OutboxEvent

CHANNEL = "pieloop_outbox"
PARK_AFTER = 10  # attempts
FIRST_DELAY, LONGEST_DELAY = 60.0, 86_400.0  # seconds
ERROR_LENGTH = 1000


class Recordable(Protocol):
    """What can be recorded: see forum.events."""

    @property
    def topics(self) -> tuple[str, ...]:
        """Who works on it; one row for each."""

    @property
    def kind(self) -> str:
        """The word that the consumer knows it by."""

    def payload(self) -> dict[str, object]:
        """The fields as JSON-ready values."""


class Due(msgspec.Struct, frozen=True):
    """A row that waits for a job."""

    id: int
    attempts: int


class Claimed(msgspec.Struct, frozen=True):
    """A row that this job has to itself until its claim runs out."""

    id: int
    topic: str
    kind: str
    payload: dict[str, Any]
    attempts: int


class Backlog(msgspec.Struct, frozen=True):
    """What lies in the outbox: rows pending, rows given up, and the age of the oldest pending one in seconds."""

    pending: int
    parked: int
    oldest: float


class Parked(msgspec.Struct, frozen=True):
    """Rows given up, of one kind and with one error."""

    kind: str
    count: int
    error: str | None


async def record(session: AsyncSession, event: Recordable) -> None:
    """Write a row for each topic of the event, and wake the relay when the caller's transaction commits."""
    for topic in event.topics:
        session.add(OutboxEvent(topic=topic, kind=event.kind, payload=event.payload()))
    if event.topics:
        await session.execute(select(func.pg_notify(CHANNEL, "")))


async def due(db: AsyncConnection, limit: int) -> Sequence[Due]:
    """Return the rows that a job may take up now, the oldest first.

    Parameters:
        db: a connection.
        limit: how many at most.
    """
    now = utcnow()
    rows = await db.execute(
        select(OutboxEvent.id, OutboxEvent.attempts)
        .where(OutboxEvent.parked_at.is_(None), OutboxEvent.available_at <= now, _unclaimed(now))
        .order_by(OutboxEvent.available_at, OutboxEvent.id)
        .limit(literal_limit(limit))
    )
    return [Due(*row) for row in rows]


async def claim(session: AsyncSession, event_id: int, seconds: float) -> Claimed | None:
    """Take a row for this job, counting the attempt; None when it is done, parked or somebody else's.

    The attempt is counted before the work, so that work which kills its process is counted too.

    Parameters:
        session: of a write.
        event_id: the row.
        seconds: after this the claim is void: its job must have ended or died.
    """
    now = utcnow()
    row = await session.execute(
        update(OutboxEvent)
        .where(OutboxEvent.id == event_id, OutboxEvent.parked_at.is_(None), _unclaimed(now))
        .values(attempts=OutboxEvent.attempts + 1, claimed_until=now + timedelta(seconds=seconds))
        .returning(
            OutboxEvent.id, OutboxEvent.topic, OutboxEvent.kind, OutboxEvent.payload, OutboxEvent.attempts
        )
    )
    found = row.one_or_none()
    return Claimed(*found) if found else None


async def done(session: AsyncSession, event_id: int) -> bool:
    """Delete the row, in the transaction of the effect and before it; False when somebody else did both already."""
    row = await session.execute(
        delete(OutboxEvent).where(OutboxEvent.id == event_id).returning(OutboxEvent.id)
    )
    return row.one_or_none() is not None


async def fail(session: AsyncSession, claimed: Claimed, error: str) -> None:
    """Give the row back for a later attempt, or park it after the tenth."""
    now = utcnow()
    await session.execute(
        update(OutboxEvent)
        .where(OutboxEvent.id == claimed.id)
        .values(
            claimed_until=None,
            available_at=now + timedelta(seconds=delay_after(claimed.attempts)),
            parked_at=now if claimed.attempts >= PARK_AFTER else None,
            last_error=error[:ERROR_LENGTH],
        )
    )


async def release(session: AsyncSession, claimed: Claimed) -> None:
    """Give the row back untouched: the work was interrupted by a shutdown, not by an error."""
    await session.execute(
        update(OutboxEvent)
        .where(OutboxEvent.id == claimed.id)
        .values(claimed_until=None, attempts=OutboxEvent.attempts - 1)
    )


async def backlog(db: AsyncConnection) -> Backlog:
    """Count what lies in the outbox."""
    row = await db.execute(
        select(
            func.count().filter(OutboxEvent.parked_at.is_(None)),
            func.count().filter(OutboxEvent.parked_at.is_not(None)),
            func.min(OutboxEvent.created_at).filter(OutboxEvent.parked_at.is_(None)),
        )
    )
    pending, parked, oldest = row.one()
    return Backlog(pending, parked, (utcnow() - oldest).total_seconds() if pending else 0.0)


async def parked(db: AsyncConnection, limit: int) -> Sequence[Parked]:
    """Return what was given up, the most frequent first.

    Parameters:
        db: a connection.
        limit: how many kinds and errors at most.
    """
    count = func.count()
    rows = await db.execute(
        select(OutboxEvent.kind, count, OutboxEvent.last_error)
        .where(OutboxEvent.parked_at.is_not(None))
        .group_by(OutboxEvent.kind, OutboxEvent.last_error)
        .order_by(count.desc(), OutboxEvent.kind)
        .limit(literal_limit(limit))
    )
    return [Parked(*row) for row in rows]


def delay_after(attempts: int) -> float:
    """Return how many seconds to wait after so many failed attempts: a minute, doubled each time, a day at most."""
    return float(min(LONGEST_DELAY, FIRST_DELAY * 2 ** (attempts - 1)))


def _unclaimed(now: Any) -> Any:
    return or_(OutboxEvent.claimed_until.is_(None), OutboxEvent.claimed_until < now)
