"""Feeds of other servers: which communities come and go; a feed speaks of itself alone."""

from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.errors import NotTheirs
from service.federation.origin import same_origin
from service.federation.receive.act import Act, Ignored
from service.federation.receive.known import Collection, Group
from service.storage.tables import Feed, FeedItem


async def add(session: AsyncSession, act: Act) -> bool:
    """A community comes into a feed."""
    feed, group = _both(act)
    known = select(func.count()).select_from(FeedItem).where(*_item(feed, group))
    if await session.scalar(known) == 0:
        session.add(FeedItem(feed_id=feed.id, community_id=group.id))
        await _count(session, feed.id, 1)
    return False


async def remove(session: AsyncSession, act: Act) -> bool:
    """It goes."""
    feed, group = _both(act)
    gone = await session.scalars(delete(FeedItem).where(*_item(feed, group)).returning(FeedItem.id))
    if gone.all():
        await _count(session, feed.id, -1)
    return False


def feed_of(act: Act) -> Collection | None:
    """Return the feed that an activity speaks of, itself or by its announcement."""
    found = act.via or act.actor
    return found if isinstance(found, Collection) else None


def _both(act: Act) -> tuple[Collection, Group]:
    feed, group = feed_of(act), act.object
    if feed is None or feed.local or not isinstance(group, Group):
        raise Ignored("not here", "That feed or community is not known here.")
    if not same_origin(feed.url, act.step.activity.actor) or not same_origin(feed.url, act.activity.target):
        raise NotTheirs("A feed speaks of itself alone.")
    return feed, group


def _item(feed: Collection, group: Group) -> tuple[Any, ...]:
    return FeedItem.feed_id == feed.id, FeedItem.community_id == group.id


async def _count(session: AsyncSession, feed_id: int, change: int) -> None:
    count = func.greatest(func.coalesce(Feed.num_communities, 0) + change, 0)
    await session.execute(update(Feed).where(Feed.id == feed_id).values(num_communities=count))
