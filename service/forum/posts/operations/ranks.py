"""The ranks of a new post, and what Scaled adds to those of small communities."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.communities.standing import (
    CommunityStanding,
)
from service.forum.posts import rules
from service.storage.clock import utcnow
from service.storage.tables import (
    Community,
    Post,
)


async def set_initial_rank(session: AsyncSession, post: Post, standing: CommunityStanding) -> None:
    """Give a new post its ranks."""
    rank = rules.hot_rank(post.score or 0, post.posted_at or utcnow())
    post.ranking = rules.stored_rank(rank)
    post.ranking_scaled = rules.scaled_rank(rank, await boost_of(session, standing.subscribers))


async def boost_of(session: AsyncSession, subscribers: int) -> int:
    """Return what Scaled adds to the posts of a community with so many members."""
    if subscribers <= 1:
        return rules.small_community_boost(subscribers, None)
    # The mean of the largest 15 % of communities, by rank as PieFed cuts them.
    ranked = (
        select(
            Community.subscriptions_count.label("members"),
            func.percent_rank().over(order_by=Community.subscriptions_count.desc()).label("rank"),
        )
        .where(Community.banned.is_(False), Community.subscriptions_count > 0)
        .subquery()
    )
    large = await session.scalar(select(func.avg(ranked.c.members)).where(ranked.c.rank <= 0.15))
    return rules.small_community_boost(subscribers, float(large) if large is not None else None)
