"""Figures of communities that are not kept up with every change, or that may have drifted: counted now and then."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import distinct, func, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.storage.clock import utcnow
from service.storage.tables import (
    Comment,
    CommentVote,
    Community,
    CommunityMember,
    Post,
    PostVote,
    User,
)

# PieFed's windows, by the column that keeps how many people were active in one.
WINDOWS = {
    "active_daily": timedelta(days=1),
    "active_weekly": timedelta(days=7),
    "active_monthly": timedelta(weeks=4),
    "active_6monthly": timedelta(weeks=26),
}
# So many communities are counted in one transaction.
BATCH = 20


async def count_active(session: AsyncSession, after_id: int, *, since: datetime | None = None) -> int:
    """Count who wrote or voted in each of the next communities lately; bots do not count.

    Parameters:
        after_id: of the last community that was counted before; 0 begins.
        since: only communities in which somebody wrote since then (naive UTC).

    Returns:
        The id of the last community counted; 0 at the end.
    """
    ids = await _next(session, after_id, since)
    if not ids:
        return 0
    now = utcnow()
    active = _activity(ids, now - max(WINDOWS.values())).subquery("activity")
    counted = {
        name: func.count(distinct(active.c.user_id)).filter(active.c.at > now - window)
        for name, window in WINDOWS.items()
    }
    figures = select(active.c.community_id, *counted.values()).group_by(active.c.community_id)
    found = {row[0]: row[1:] for row in await session.execute(figures)}
    nobody = (0,) * len(WINDOWS)
    for community_id in ids:
        values = dict(zip(WINDOWS, found.get(community_id, nobody), strict=True))
        await _set(session, community_id, values)
    return ids[-1]


async def recount(session: AsyncSession, after_id: int, *, since: datetime) -> int:
    """Count members, posts and comments of the next communities anew; parameters and result as `count_active`.

    Their rows are locked before, so that whoever posts meanwhile adds to the new count.
    """
    ids = await _next(session, after_id, since, lock=True)
    for community_id in ids:
        await _set(session, community_id, _contents(community_id))
    return ids[-1] if ids else 0


async def _next(
    session: AsyncSession, after_id: int, since: datetime | None, *, lock: bool = False
) -> list[int]:
    statement = (
        select(Community.id)
        .where(Community.id > after_id, Community.banned.is_not(True))
        .order_by(Community.id)
        .limit(BATCH)
    )
    if since is not None:
        statement = statement.where(Community.last_active > since)
    if lock:
        statement = statement.with_for_update(key_share=True)
    return list(await session.scalars(statement))


def _activity(community_ids: list[int], since: datetime) -> Any:
    """Who wrote or voted where and when; somebody who did both, or did it often, stands there often."""
    wrote: list[Any] = [
        select(kind.user_id, kind.community_id, kind.posted_at.label("at")).where(
            kind.community_id.in_(community_ids), kind.posted_at > since, kind.from_bot.is_not(True)
        )
        for kind in (Post, Comment)
    ]
    voted: list[Any] = [
        select(vote.user_id, kind.community_id, vote.created_at)
        .join(kind, kind.id == of)
        .join(User, User.id == vote.user_id)
        .where(kind.community_id.in_(community_ids), vote.created_at > since, User.bot.is_not(True))
        for vote, kind, of in (
            (PostVote, Post, PostVote.post_id),
            (CommentVote, Comment, CommentVote.post_reply_id),
        )
    ]
    return union_all(*wrote, *voted)


def _contents(community_id: int) -> dict[str, Any]:
    members = (
        select(func.count())
        .select_from(CommunityMember)
        .join(User, User.id == CommunityMember.user_id)
        .where(
            CommunityMember.community_id == community_id,
            CommunityMember.is_banned.is_not(True),
            User.bot.is_not(True),
        )
        .scalar_subquery()
    )
    return {"subscriptions_count": members} | {
        name: select(func.count())
        .where(kind.community_id == community_id, kind.deleted.is_not(True))
        .scalar_subquery()
        for name, kind in (("post_count", Post), ("post_reply_count", Comment))
    }


async def _set(session: AsyncSession, community_id: int, values: dict[str, Any]) -> None:
    statement = update(Community).where(Community.id == community_id).values(values)
    await session.execute(statement.execution_options(synchronize_session=False))
