"""Asks anew for people and communities of other servers that are at work here and were fetched some time ago.

An actor tells its followers when it changes, and what was sent while nobody here followed it is lost. The old one
serves meanwhile; so many are asked at a time, those first that were asked the longest ago.
"""

import asyncio
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Select, bindparam, func, literal_column, or_, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.federation.budget import Budget
from service.federation.errors import Refused
from service.federation.receive.missing import Finder
from service.storage.clock import utcnow
from service.storage.statements import literal_limit
from service.storage.tables import Community, User
from service.storage.transaction import Database

log = structlog.get_logger()

OLD_AFTER = timedelta(days=1)
AT_WORK = timedelta(days=1)  # since they were last seen here
MOST, TOGETHER = 60, 4
FETCHES = 3


async def refresh_old(database: Database, finder: Finder) -> int:
    """Ask for some of those whose turn it is; return how many there were.

    Raises:
        StorageError: the database is away.
    """
    async with database.read() as db:
        urls = await _old(db)
    places = asyncio.Semaphore(TOGETHER)

    async def one(url: str) -> None:
        async with places:
            await _refresh(database, finder, url)

    await asyncio.gather(*map(one, urls))
    return len(urls)


async def _refresh(database: Database, finder: Finder, url: str) -> None:
    try:
        await finder.actor(url, Budget(fetches=FETCHES))
    except Refused as refusal:
        log.info("actor_not_refreshed", url=url[:200], reason=refusal.reason)
        await database.write(_put_back, url)


async def _old(db: AsyncConnection) -> list[str]:
    """Return the ids of actors that are at work here and were not asked for a while."""
    now = utcnow()
    old = union_all(_old_of(User, User.last_seen), _old_of(Community, Community.last_active)).subquery()
    rows = select(old.c.url).order_by(old.c.fetched.asc().nulls_first()).limit(literal_limit(MOST))
    return list(await db.scalars(rows, {"old": now - OLD_AFTER, "seen": now - AT_WORK}))


def _old_of(kind: Any, last_seen: Any) -> Select[Any]:
    gone = kind.deleted if kind is User else kind.banned
    return (
        select(
            func.coalesce(kind.ap_public_url, kind.ap_profile_id).label("url"),
            kind.ap_fetched_at.label("fetched"),
        )
        .where(~kind.is_local, gone.is_not(True), last_seen > bindparam("seen"))
        .where(or_(kind.ap_fetched_at.is_(None), kind.ap_fetched_at < bindparam("old")))
        .where(kind.ap_profile_id.is_not(None))
        .order_by(literal_column("2").asc().nulls_first())
        .limit(literal_limit(MOST))
    )


async def _put_back(session: AsyncSession, url: str) -> None:
    """Let an actor that cannot be had wait for its next turn."""
    for kind in (User, Community):
        row = update(kind).where(kind.ap_profile_id == url.lower(), ~kind.is_local)
        await session.execute(row.values(ap_fetched_at=utcnow()).execution_options(synchronize_session=False))
