"""How a site has lived lately: what was written and who came, day by day; for its administrators."""

from datetime import date, timedelta
from typing import Any

import msgspec
from sqlalchemy import Date, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.clock import utcnow
from service.storage.tables import Comment, Post, User

DAYS = 30


class Days(msgspec.Struct, frozen=True):
    """Figures of the last days (UTC), the oldest first, today's last.

    Attributes:
        accounts: Made here; also those that were deleted since.
        posts, comments: Written by people of this site, and still there.
    """

    days: tuple[date, ...]
    accounts: tuple[int, ...]
    posts: tuple[int, ...]
    comments: tuple[int, ...]


async def lately(db: AsyncConnection, days: int = DAYS) -> Days:
    """Count what happened on each of the last days, today included; in three statements."""
    first = utcnow().date() - timedelta(days=days - 1)
    every = tuple(first + timedelta(days=number) for number in range(days))
    accounts = await _by_day(db, User.created, User.is_local, first)
    posts = await _by_day(db, Post.posted_at, Post.is_local & Post.deleted.is_not(True), first)
    comments = await _by_day(db, Comment.posted_at, Comment.is_local & Comment.deleted.is_not(True), first)
    return Days(every, *(tuple(one.get(day, 0) for day in every) for one in (accounts, posts, comments)))


async def _by_day(db: AsyncConnection, when: Any, condition: Any, first: date) -> dict[date, int]:
    day = cast(when, Date)
    rows = await db.execute(select(day, func.count()).where(when >= first, condition).group_by(day))
    return {row[0]: row[1] for row in rows}
