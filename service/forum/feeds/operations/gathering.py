"""Which communities stand in a feed of another server; here it is told, and decides nothing."""

from collections.abc import Collection

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.communities.operations import join_through_feed
from service.storage.tables import Feed, FeedItem, FeedMember, User


async def add_items(session: AsyncSession, feed_id: int, community_ids: Collection[int]) -> None:
    """Let communities stand in a feed; followers from here who wish so join them. Idempotent."""
    known = set(await session.scalars(select(FeedItem.community_id).where(FeedItem.feed_id == feed_id)))
    new = sorted(set(community_ids) - known)
    if not new:
        return
    session.add_all(FeedItem(feed_id=feed_id, community_id=community_id) for community_id in new)
    await session.flush()
    await _count(session, feed_id)
    followers = select(FeedMember.user_id).join(User, User.id == FeedMember.user_id)
    wishing = (FeedMember.feed_id == feed_id, User.is_local, User.feed_auto_follow.is_(True))
    for account_id in await session.scalars(followers.where(*wishing).order_by(FeedMember.user_id)):
        if account_id is not None:
            await join_through_feed(session, account_id, feed_id)


async def remove_items(session: AsyncSession, feed_id: int, community_ids: Collection[int]) -> None:
    """Take communities out of a feed; whoever joined them stays. Idempotent."""
    await session.execute(
        delete(FeedItem).where(FeedItem.feed_id == feed_id, FeedItem.community_id.in_(community_ids))
    )
    await _count(session, feed_id)


async def _count(session: AsyncSession, feed_id: int) -> None:
    count = select(func.count()).select_from(FeedItem).where(FeedItem.feed_id == feed_id).scalar_subquery()
    await session.execute(
        update(Feed)
        .where(Feed.id == feed_id)
        .values(num_communities=count)
        .execution_options(synchronize_session=False)
    )
