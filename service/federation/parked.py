"""What was given up and waits for a human: activities received, events of our own, and deliveries to other servers.

Each of the three queues parks what fails again and again. Here it is counted by kind, server and error, tried once
more, or dropped.
"""

from datetime import datetime
from typing import Any, Literal, get_args

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.forum import audit
from service.forum.accounts.authority import Authority
from service.storage import outbox

Queue = Literal["received", "events", "deliveries"]
QUEUES: tuple[Queue, ...] = get_args(Queue)

MOST_SHOWN = 100  # heaps


class Heap(msgspec.Struct, frozen=True):
    """Parked rows of one queue that are of one kind, concern one server and failed in one way.

    Attributes:
        host: '' where no other server is concerned.
        since: when the first of them came.
    """

    queue: Queue
    kind: str
    host: str
    error: str
    count: int
    since: datetime


class Which(msgspec.Struct, frozen=True):
    """The heap that is meant."""

    queue: Queue
    kind: str
    host: str
    error: str


async def heaps(db: AsyncConnection, most: int = MOST_SHOWN) -> list[Heap]:
    """Return what is parked, the largest heaps first.

    Parameters:
        db: a connection.
        most: how many at most.
    """
    return [Heap(*row) for row in await db.execute(_HEAPS, {"most": most})]


async def counts(db: AsyncConnection) -> dict[Queue, int]:
    """Return how many rows each queue has parked."""
    return {queue: count for queue, count in await db.execute(_COUNTS)}  # noqa: C416 - a Row is no tuple to mypy


async def retry(session: AsyncSession, by: Authority, which: Which) -> int:
    """Let a heap be tried once more; return how many rows it was."""
    return await _done(session, by, "parked_retry", which, _RETRY[which.queue])


async def drop(session: AsyncSession, by: Authority, which: Which) -> int:
    """Give a heap up for good; return how many rows it was."""
    return await _done(session, by, "parked_drop", which, _DROP[which.queue])


async def _done(session: AsyncSession, by: Authority, action: str, which: Which, statement: Any) -> int:
    values = {"kind": which.kind, "host": which.host, "error": which.error}
    count = len((await session.execute(statement, values)).all())
    await session.execute(_WAKE, {"channel": _CHANNELS[which.queue]})
    await audit.note(
        session,
        by,
        action,
        target=f"instance:{which.host}" if which.host else "",
        details={"queue": which.queue, "kind": which.kind, "error": which.error, "count": count},
    )
    return count


_CHANNELS: dict[Queue, str] = {
    "received": "pieloop_received",
    "events": outbox.CHANNEL,
    "deliveries": "pieloop_sent",
}
_WAKE = text("SELECT pg_notify(:channel, '')")

_PARKED: dict[Queue, str] = {
    "received": """
        SELECT 'received' AS queue, kind, host, coalesce(last_error, '') AS error, received_at AS since
        FROM pieloop.received WHERE parked_at IS NOT NULL
    """,
    "events": """
        SELECT 'events', topic || ': ' || kind, '', coalesce(last_error, ''), created_at
        FROM pieloop.outbox WHERE parked_at IS NOT NULL
    """,
    "deliveries": """
        SELECT 'deliveries', coalesce(sent.kind, ''), coalesce(instance.domain, ''), coalesce(parked.last_error, ''),
            parked.since
        FROM pieloop.undelivered parked
        LEFT JOIN pieloop.sent_activity sent ON sent.id = parked.activity_id
        LEFT JOIN public.instance ON instance.id = parked.instance_id
        WHERE parked.retry_at IS NULL
    """,
}
_ALL = " UNION ALL ".join(_PARKED[queue] for queue in QUEUES)
_HEAPS = text(f"""
    SELECT queue, kind, host, error, count(*), min(since) FROM ({_ALL}) parked
    GROUP BY queue, kind, host, error ORDER BY count(*) DESC, queue, kind, host, error LIMIT :most
""")  # noqa: S608 - only our own words
_COUNTS = text("""
    SELECT 'received', count(*) FROM pieloop.received WHERE parked_at IS NOT NULL
    UNION ALL SELECT 'events', count(*) FROM pieloop.outbox WHERE parked_at IS NOT NULL
    UNION ALL SELECT 'deliveries', count(*) FROM pieloop.undelivered WHERE retry_at IS NULL
""")

_OF_RECEIVED = "parked_at IS NOT NULL AND kind = :kind AND host = :host AND coalesce(last_error, '') = :error"
_OF_EVENTS = """
    parked_at IS NOT NULL AND topic || ': ' || kind = :kind AND '' = :host AND coalesce(last_error, '') = :error
"""
_OF_DELIVERIES = """
    retry_at IS NULL AND coalesce(last_error, '') = :error
    AND coalesce((SELECT kind FROM pieloop.sent_activity sent WHERE sent.id = activity_id), '') = :kind
    AND coalesce((SELECT domain FROM public.instance WHERE instance.id = instance_id), '') = :host
"""
_NOW = "timezone('utc', clock_timestamp())"
_RETRY: dict[Queue, Any] = {
    "received": text(f"""
        UPDATE pieloop.received SET parked_at = NULL, attempts = 0, available_at = {_NOW}
        WHERE {_OF_RECEIVED} RETURNING seq
    """),  # noqa: S608
    "events": text(f"""
        UPDATE pieloop.outbox SET parked_at = NULL, attempts = 0, claimed_until = NULL, available_at = {_NOW}
        WHERE {_OF_EVENTS} RETURNING id
    """),  # noqa: S608
    "deliveries": text(f"""
        UPDATE pieloop.undelivered SET retry_at = {_NOW}, since = {_NOW}, attempts = 0
        WHERE {_OF_DELIVERIES} RETURNING activity_id
    """),  # noqa: S608
}
_DROP: dict[Queue, Any] = {
    "received": text(f"DELETE FROM pieloop.received WHERE {_OF_RECEIVED} RETURNING seq"),  # noqa: S608
    "events": text(f"DELETE FROM pieloop.outbox WHERE {_OF_EVENTS} RETURNING id"),  # noqa: S608
    "deliveries": text(f"DELETE FROM pieloop.undelivered WHERE {_OF_DELIVERIES} RETURNING activity_id"),  # noqa: S608
}


def queue_from(word: str) -> Queue | None:
    """Return the queue of that name."""
    return next((queue for queue in QUEUES if queue == word), None)
