"""Whether the clock can be trusted before things are deleted by their date: it has not jumped, as far as anybody saw.

A worker looks at it every minute. After a jump, or after the site was away, a while passes until it counts as steady.
"""

from datetime import timedelta

import structlog
from sqlalchemy import case
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.storage.clock import database_now, utcnow
from service.storage.tables.own import ClockReading

APART = timedelta(minutes=5)  # at most, between the server's clock and ours
UNSEEN = timedelta(minutes=10)  # at most, between two looks
STEADY_AFTER = timedelta(minutes=15)

_THE_ROW = 1

log = structlog.get_logger()


async def look_at_clock(session: AsyncSession) -> bool:
    """Write down what the server's clock says; return whether it has been steady for long enough to delete by it."""
    now = database_now()
    went_on = ClockReading.seen_at.between(now - UNSEEN, now)
    reading = insert(ClockReading).values(id=_THE_ROW, seen_at=now, steady_since=now)
    statement = reading.on_conflict_do_update(
        index_elements=[ClockReading.id],
        set_={"seen_at": now, "steady_since": case((went_on, ClockReading.steady_since), else_=now)},
    ).returning(ClockReading.seen_at, ClockReading.steady_since)
    seen_at, steady_since = (await session.execute(statement)).one()
    apart = abs(seen_at - utcnow())
    steady = apart <= APART and seen_at - steady_since >= STEADY_AFTER
    if not steady:
        log.info("clock_not_trusted", since=steady_since.isoformat(), apart=apart.total_seconds())
    return bool(steady)
