"""Whom to ask what it runs, and who administers it."""

from datetime import timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.author import LOCAL_INSTANCE
from service.storage.clock import utcnow
from service.storage.statements import literal_limit
from service.storage.tables import Instance

UNKNOWN = "unknown"  # PieFed's word for what it did not find out; we write down nothing then
AT_BIRTH = timedelta(seconds=1)  # between the two times that are set when a row is made


async def instances_to_meet(
    db: AsyncConnection, *, older_than: timedelta, silent_for: timedelta, most: int
) -> list[str]:
    """Return the servers that were never asked, or not for long; the latest one to come first.

    Parameters:
        older_than: since the last answer.
        silent_for: since one that said nothing was asked.
        most: how many at most.
    """
    now, asked = utcnow(), Instance.updated_at
    silent = and_(
        Instance.nodeinfo_href.is_(None),
        or_(asked.is_(None), asked <= Instance.created_at + AT_BIRTH, asked < now - silent_for),
    )
    statement = (
        select(Instance.domain)
        .where(
            Instance.id != LOCAL_INSTANCE,
            Instance.domain.is_not(None),
            Instance.gone_forever.is_not(True),
            Instance.dormant.is_not(True),
            or_(silent, Instance.software == UNKNOWN, asked < now - older_than),
        )
        .order_by(Instance.id.desc())
        .limit(literal_limit(most))
    )
    return [domain for domain in await db.scalars(statement) if domain]
