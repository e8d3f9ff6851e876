"""Wanting to be told of new posts in a feed."""

from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import notifications
from service.forum.accounts.viewer import Viewer
from service.forum.errors import NotFound
from service.forum.feeds.operations.rows import lock_feed
from service.language import _


async def set_watched(session: AsyncSession, viewer: Viewer, feed_id: int, *, watched: bool) -> None:
    """Tell the viewer of new posts in a feed, or no longer. Idempotent.

    Raises:
        NotFound: there is no such feed, or it is somebody else's own.
    """
    if not watched:
        await notifications.unwatch(session, viewer.id, notifications.FEED, feed_id)
        return
    feed = await lock_feed(session, feed_id)
    if not feed.public and feed.user_id != viewer.id:
        raise NotFound(_("This feed doesn't exist."))
    name = feed.title or feed.machine_name or ""
    await notifications.watch(session, viewer.id, notifications.FEED, feed_id, name)
