"""The outbox: what a change still has to cause, written in the transaction of the change itself.

An operation records, the relay looks for what is due and wakes a job, the job claims its row, works, and deletes the
row in the transaction of its effect. So a wake-up may get lost, come twice or find its worker killed, and nothing is
lost or done twice.

All times are the database's. What lies further ahead than anybody puts it was written while the clock was wrong, and
is taken up at once.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Protocol

import msgspec
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Float,
    Select,
    String,
    bindparam,
    case,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.storage.clock import database_now
from service.storage.statements import literal_limit
from service.storage.tables.own import OutboxEvent

CHANNEL = "pieloop_outbox"
# What other servers are to hear of is no job's work but a drain's, which takes it in the order of ids.
FEDERATION, FEDERATION_CHANNEL = "federation", "pieloop_federation"
PARK_AFTER = 10  # attempts
FIRST_DELAY, LONGEST_DELAY = 60.0, 86_400.0  # seconds
ERROR_LENGTH = 1000
LEEWAY = 60.0  # seconds by which clocks may differ


# The wake-up goes with the row: a statement less for each of what happens most often. May end a longer statement.
RECORDING = f"""
    INSERT INTO pieloop.outbox (topic, kind, payload)
    SELECT topic, :kind, :payload FROM unnest(:topics) AS topic
    RETURNING pg_notify(CASE topic WHEN '{FEDERATION}' THEN '{FEDERATION_CHANNEL}' ELSE '{CHANNEL}' END, '')
"""  # noqa: S608 - names of our own
RECORDED = (
    bindparam("topics", type_=ARRAY(String)),
    bindparam("kind", type_=String),
    bindparam("payload", type_=JSONB),
)
_RECORD = text(RECORDING).bindparams(*RECORDED)


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


async def record_each(session: AsyncSession, event: type[Any], payloads: Select[Any]) -> int:
    """Record an event many times with one statement, once for each row; return how often.

    Parameters:
        event: of one topic.
        payloads: rows of one column, JSON with the event's fields.
    """
    (topic,) = event.topics
    rows = payloads.subquery()
    columns = select(literal(topic), literal(event.__name__), next(iter(rows.c)))
    recorded = await session.execute(
        insert(OutboxEvent)
        .from_select(["topic", "kind", "payload"], columns, include_defaults=False)
        .returning(OutboxEvent.id)
    )
    count = len(recorded.all())
    await session.execute(select(func.pg_notify(CHANNEL, "")))
    return count


async def record(session: AsyncSession, event: Recordable, *, federate: bool = True) -> None:
    """Write a row for each topic of the event, and wake who takes it up when the caller's transaction commits.

    Parameters:
        session: of a write.
        event: what happened.
        federate: whether other servers are to hear of it. They are not where it came in from one of them, which told
            everybody itself, nor of what is private.
    """
    values = to_record(event, federate=federate)
    if values["topics"]:
        await session.execute(_RECORD, values)


def to_record(event: Recordable, *, federate: bool = True) -> dict[str, object]:
    """Return the parameters of a statement that ends with RECORDING; see `record`."""
    topics = [topic for topic in event.topics if topic != FEDERATION or federate]
    return {"topics": topics, "kind": event.kind, "payload": event.payload()}


async def due(db: AsyncConnection, limit: int, seconds: float) -> Sequence[Due]:
    """Return the rows that a job may take up now, the oldest first; what is for other servers is none of a job's.

    Parameters:
        db: a connection.
        limit: how many at most.
        seconds: how long a claim lasts.
    """
    rows = await db.execute(
        select(OutboxEvent.id, OutboxEvent.attempts)
        .where(
            OutboxEvent.topic != FEDERATION,
            OutboxEvent.parked_at.is_(None),
            _available(),
            _unclaimed(seconds),
        )
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
    until = database_now() + timedelta(seconds=seconds)
    row = await session.execute(
        update(OutboxEvent)
        .where(OutboxEvent.id == event_id, OutboxEvent.parked_at.is_(None), _unclaimed(seconds))
        .values(attempts=OutboxEvent.attempts + 1, claimed_until=until)
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
    now = database_now()
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
    oldest = func.min(OutboxEvent.created_at).filter(OutboxEvent.parked_at.is_(None))
    row = await db.execute(
        select(
            func.count().filter(OutboxEvent.parked_at.is_(None)),
            func.count().filter(OutboxEvent.parked_at.is_not(None)),
            cast(func.extract("epoch", database_now() - oldest), Float),
        )
    )
    pending, parked, age = row.one()
    return Backlog(pending, parked, max(0.0, age or 0.0))


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


def _available() -> ColumnElement[bool]:
    """SQL: a row's time has come, or it is later than `delay_after` can have put it."""
    longest = func.least(LONGEST_DELAY, FIRST_DELAY * func.power(2.0, OutboxEvent.attempts - 1))
    wait = case((OutboxEvent.attempts > 0, longest), else_=0.0)
    return or_(OutboxEvent.available_at <= database_now(), _lies_ahead(OutboxEvent.available_at, wait))


def _unclaimed(seconds: float) -> ColumnElement[bool]:
    """SQL: nobody works on a row, or its claim has run out, or lasts longer than claims do."""
    claim = OutboxEvent.claimed_until
    return or_(claim.is_(None), claim < database_now(), _lies_ahead(claim, literal(float(seconds))))


def _lies_ahead(when: Any, seconds: ColumnElement[float]) -> ColumnElement[bool]:
    """SQL: a time is further ahead than so many seconds, and a little."""
    ahead: ColumnElement[bool] = when > database_now() + func.make_interval(
        0, 0, 0, 0, 0, 0, seconds + LEEWAY
    )
    return ahead
