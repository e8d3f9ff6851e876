"""Feeds of other servers: which communities come and go; a feed speaks of itself alone."""

from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.errors import NotTheirs
from service.federation.origin import same_origin
from service.federation.receive.act import Act, Ignored
from service.federation.receive.known import Collection, Group
from service.forum.feeds.operations import add_items, remove_items


async def add(session: AsyncSession, act: Act) -> bool:
    """A community comes into a feed."""
    feed, group = _both(act)
    await add_items(session, feed.id, [group.id])
    return False


async def remove(session: AsyncSession, act: Act) -> bool:
    """It goes."""
    feed, group = _both(act)
    await remove_items(session, feed.id, [group.id])
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
