"""What administrators decide about feeds; each act leaves its entry in the audit log."""

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import audit
from service.forum.accounts.authority import Authority
from service.forum.events import FeedDeleted
from service.forum.feeds.operations.rows import lock_feed
from service.storage.outbox import record
from service.storage.tables import Feed, RemovedFeed


async def set_site_wide(session: AsyncSession, by: Authority, feed_id: int, *, shown: bool) -> None:
    """Let the site show a feed to everybody as one of its own, or no longer. Idempotent. NotFound if there is none."""
    feed = await lock_feed(session, feed_id)
    if bool(feed.is_instance_feed) != shown:
        feed.is_instance_feed = shown
        await session.flush()
        await _note(session, by, "feed_feature" if shown else "feed_unfeature", feed)


async def set_removed(session: AsyncSession, by: Authority, feed_id: int, *, removed: bool) -> None:
    """Take a feed down, or bring it back; its owner cannot. Idempotent. NotFound if there is none."""
    feed = await lock_feed(session, feed_id, deleted_too=True)
    if bool(feed.banned) == removed:
        return
    feed.banned = removed
    await session.execute(delete(RemovedFeed).where(RemovedFeed.feed_id == feed.id))
    if removed:
        session.add(RemovedFeed(feed_id=feed.id))
    await session.flush()
    event = FeedDeleted(feed_id=feed.id, by_id=feed.user_id or 0, deleted=removed)
    await record(session, event, federate=feed.is_local)
    await _note(session, by, "feed_remove" if removed else "feed_restore", feed)


async def _note(session: AsyncSession, by: Authority, action: str, feed: Feed) -> None:
    await audit.note(session, by, action, target=f"feed:{feed.machine_name}")
