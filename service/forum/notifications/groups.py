"""In which topics and feeds a post is: those of its community, and those above that show what stands below them."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.storage.tables import Feed, FeedItem, Topic


async def topics_of(session: AsyncSession, topic_id: int | None) -> list[int]:
    """Return the ids of a community's topic and of those above it that show its posts."""
    if topic_id is None:
        return []
    return await _with_those_above(session, Topic, Topic.parent_id, Topic.id == topic_id)


async def feeds_of(session: AsyncSession, community_id: int) -> list[int]:
    """Return the ids of the feeds that show a community's posts."""
    holding = select(FeedItem.feed_id).where(FeedItem.community_id == community_id)
    return await _with_those_above(session, Feed, Feed.parent_feed_id, Feed.id.in_(holding))


async def _with_those_above(
    session: AsyncSession, kind: type[Feed] | type[Topic], parent: Any, which: Any
) -> list[int]:
    group = select(kind.id, parent.label("parent_id")).where(which).cte("group_and_above", recursive=True)
    above = select(kind.id, parent).where(kind.id == group.c.parent_id, kind.show_posts_in_children.is_(True))
    return list(await session.scalars(select(group.union(above).c.id)))
