"""The rows that changes of feeds begin with."""

from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id
from service.forum.errors import Forbidden, NotFound
from service.language import _
from service.storage.tables import Feed


async def lock_feed(session: AsyncSession, feed_id: int, *, deleted_too: bool = False) -> Feed:
    """The feed, locked: two changes at once wait for each other."""
    feed = await session.get(Feed, feed_id, with_for_update=True) if is_id(feed_id) else None
    if feed is None or (feed.banned and not deleted_too):
        raise NotFound(_("This feed doesn't exist."))
    return feed


async def own_feed(session: AsyncSession, viewer: Viewer, feed_id: int, *, deleted_too: bool = False) -> Feed:
    """A feed of this site that the viewer may change.

    Raises:
        NotFound: there is no such feed, or it is somebody else's own.
        Forbidden: it is another's public one.
    """
    feed = await lock_feed(session, feed_id, deleted_too=deleted_too)
    if feed.user_id == viewer.id and feed.is_local:
        return feed
    if not feed.public:
        raise NotFound(_("This feed doesn't exist."))
    raise Forbidden(_("You can only change your own feeds."))
