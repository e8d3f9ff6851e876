"""What one server cannot take while it takes others: tried again on its own, and given up after three days."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

GIVEN_UP_AFTER = 3 * 86_400.0  # seconds
FIRST_PAUSE, LONGEST_PAUSE = 3600.0, 86_400.0
AT_ONCE = 50

DUE = text("""
    SELECT instance_id, activity_id, inbox, attempts,
           extract(epoch FROM since AT TIME ZONE 'utc')::float8 AS since
    FROM pieloop.undelivered
    WHERE instance_id = ANY(:ids) AND retry_at <= to_timestamp(:now) AT TIME ZONE 'utc'
    ORDER BY activity_id LIMIT :most
""")
WHICH = "instance_id = :instance AND activity_id = :activity AND inbox = :inbox"
FAILED = text(f"""
    UPDATE pieloop.undelivered SET attempts = attempts + 1, last_error = :error,
        retry_at = to_timestamp(CAST(:retry_at AS float8)) AT TIME ZONE 'utc'
    WHERE {WHICH}
""")  # noqa: S608 - only our own words
DONE = text(f"DELETE FROM pieloop.undelivered WHERE {WHICH}")  # noqa: S608


class Aside(msgspec.Struct, frozen=True):
    """An activity that was set aside for one inbox; `since` in seconds since 1970."""

    instance_id: int
    activity_id: int
    inbox: str
    attempts: int
    since: float


async def due(db: AsyncConnection, ids: Sequence[int], now: float) -> list[Aside]:
    """Return what is to be tried again.

    Parameters:
        db: a connection.
        ids: the servers of this process.
        now: seconds since 1970.
    """
    return [Aside(*row) for row in await db.execute(DUE, {"ids": list(ids), "now": now, "most": AT_ONCE})]


async def failed(session: AsyncSession, one: Aside, why: str, now: float) -> None:
    """Put it off, or give it up: it then waits for a human."""
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(one.attempts, 10))
    retry_at = None if now - one.since >= GIVEN_UP_AFTER else now + pause
    await session.execute(FAILED, _which(one) | {"error": why[:1000], "retry_at": retry_at})


async def done(session: AsyncSession, one: Aside) -> None:
    """Forget it: it was taken, or refused for good."""
    await session.execute(DONE, _which(one))


def _which(one: Aside) -> dict[str, object]:
    return {"instance": one.instance_id, "activity": one.activity_id, "inbox": one.inbox}
