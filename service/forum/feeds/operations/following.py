"""Following feeds, here and across servers."""

from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author, may_act
from service.forum.accounts.viewer import Viewer
from service.forum.communities.operations import (
    join_through_feed,
    leave_those_of_feeds,
    leave_unmoderated,
)
from service.forum.errors import Banned, Forbidden, ForumError, NotFound
from service.forum.events import FeedFollowed, FollowAnswered
from service.forum.feeds.operations.rows import lock_feed
from service.language import _
from service.storage.outbox import record
from service.storage.tables import Feed, FeedItem, FeedJoinRequest, FeedMember, User


async def follow(session: AsyncSession, author: Author, feed_id: int) -> bool:
    """Follow a feed. Idempotent. One of another site is asked first.

    Who wants it so becomes a member of those communities in it that anybody may join.

    Returns:
        Whether it holds at once; False while the other site has not answered.

    Raises:
        NotFound: there is no such feed, or it is somebody else's own.
        Banned: the author may not follow it.
    """
    may_act(author)
    feed = await lock_feed(session, feed_id)
    if not feed.public and feed.user_id != author.id:
        raise NotFound(_("This feed doesn't exist."))
    known = await session.scalar(select(FeedMember).where(*_mine(author.id, feed_id)).limit(1))
    if known is not None and known.is_banned:
        raise Banned(_("You're banned from this feed."), code="banned_from_feed")
    if known is not None:
        return True
    if not feed.is_local:
        if not author.local:
            raise NotFound(_("This feed doesn't exist here."))
        await _ask(session, author.id, feed_id)
        return False
    await _admit(session, author.id, feed)
    event = FeedFollowed(feed_id=feed_id, account_id=author.id, step="joined")
    await record(session, event, federate=False)
    return True


async def unfollow(session: AsyncSession, author: Author, feed_id: int) -> None:
    """Follow a feed no longer, or withdraw the request; nothing happens if there is neither.

    Who wants it so leaves the communities that they joined by following it.

    Raises:
        NotFound: there is no such feed.
        Forbidden: the feed is the author's own.
    """
    feed = await lock_feed(session, feed_id, deleted_too=True)
    if feed.user_id == author.id:
        raise Forbidden(_("You can't unfollow your own feed."), code="owner_cannot_leave")
    for asked in await _forget_requests(session, author.id, FeedJoinRequest.feed_id == feed_id):
        await record(session, asked, federate=author.local)
    await _end(session, author, FeedMember.feed_id == feed_id)


async def leave_everything(session: AsyncSession, viewer: Viewer) -> None:
    """End the viewer's memberships but of what they moderate or own, in communities and in feeds."""
    await leave_unmoderated(session, viewer)
    for asked in await _forget_requests(session, viewer.id):
        await record(session, asked, federate=viewer.local)
    await _end(session, viewer, FeedMember.is_owner.is_not(True))


async def receive_follow(
    session: AsyncSession, author: Author, feed_id: int, *, follow_id: str | None
) -> bool:
    """Let somebody of another server follow a feed here, or not, and answer either way: each time they ask.

    Parameters:
        follow_id: the identifier of the activity by which they asked.

    Returns:
        Whether they follow it now.
    """
    try:
        accepted = await follow(session, author, feed_id)
    except ForumError:
        accepted = False
    event = FollowAnswered(
        followed="feed", followed_id=feed_id, account_id=author.id, follow=follow_id, accepted=accepted
    )
    await record(session, event, federate=True)
    return accepted


async def settle_request(
    session: AsyncSession,
    feed_id: int,
    *,
    accepted: bool,
    account_id: int | None = None,
    request_id: UUID | None = None,
) -> bool:
    """Let a feed elsewhere answer somebody of ours, or put them out again later.

    An answer that nobody here asked for changes nothing.

    Parameters:
        account_id, request_id: who asked, or under which identifier.

    Returns:
        Whether it changed anything.
    """
    feed = await lock_feed(session, feed_id)
    named = FeedJoinRequest.user_id == account_id if account_id else FeedJoinRequest.uuid == request_id
    asked = await _forget_requests(session, account_id, FeedJoinRequest.feed_id == feed_id, named)
    who = asked[0].account_id if asked else account_id
    if who is None:
        return False
    if not accepted:
        return bool(await _leave(session, who, FeedMember.feed_id == feed_id)) or bool(asked)
    if not asked or await session.scalar(select(FeedMember.id).where(*_mine(who, feed_id)).limit(1)):
        return False
    await _admit(session, who, feed)
    return True


async def _admit(session: AsyncSession, account_id: int, feed: Feed) -> None:
    session.add(FeedMember(feed_id=feed.id, user_id=account_id, is_owner=feed.user_id == account_id))
    feed.subscriptions_count = (feed.subscriptions_count or 0) + 1
    await session.flush()
    wish = select(User.feed_auto_follow).where(User.id == account_id, User.is_local)
    if await session.scalar(wish):
        await join_through_feed(session, account_id, feed.id)


async def _end(session: AsyncSession, author: Author, which: ColumnElement[bool]) -> None:
    for feed_id in await _leave(session, author.id, which):
        event = FeedFollowed(feed_id=feed_id, account_id=author.id, step="left")
        await record(session, event, federate=author.local)


async def _leave(session: AsyncSession, account_id: int, which: ColumnElement[bool]) -> list[int]:
    """End memberships of feeds, and of the communities that came with them; return the feeds."""
    gone = await session.scalars(
        delete(FeedMember)
        .where(FeedMember.user_id == account_id, FeedMember.is_banned.is_not(True), which)
        .returning(FeedMember.feed_id)
    )
    left = sorted(set(filter(None, gone)))
    if not left:
        return left
    await session.execute(
        update(Feed)
        .where(Feed.id.in_(left))
        .values(subscriptions_count=func.greatest(func.coalesce(Feed.subscriptions_count, 0) - 1, 0))
        .execution_options(synchronize_session=False)
    )
    wish = select(User.feed_auto_leave).where(User.id == account_id, User.is_local)
    if await session.scalar(wish):
        await leave_those_of_feeds(session, account_id, await _left_alone(session, account_id, left))
    return left


def _mine(account_id: int, feed_id: int) -> tuple[ColumnElement[bool], ...]:
    return (FeedMember.user_id == account_id, FeedMember.feed_id == feed_id)


async def _ask(session: AsyncSession, account_id: int, feed_id: int) -> None:
    mine = (FeedJoinRequest.user_id == account_id, FeedJoinRequest.feed_id == feed_id)
    if await session.scalar(select(FeedJoinRequest.id).where(*mine).limit(1)) is not None:
        return
    request = FeedJoinRequest(user_id=account_id, feed_id=feed_id, uuid=uuid4())
    session.add(request)
    await session.flush()
    event = FeedFollowed(feed_id=feed_id, account_id=account_id, step="asked", request=request.uuid)
    await record(session, event, federate=True)


async def _forget_requests(
    session: AsyncSession, account_id: int | None, *which: ColumnElement[bool]
) -> list[FeedFollowed]:
    """Take requests back; return what is to be told of them."""
    mine = () if account_id is None else (FeedJoinRequest.user_id == account_id,)
    gone = await session.execute(
        delete(FeedJoinRequest)
        .where(*mine, *which)
        .returning(FeedJoinRequest.feed_id, FeedJoinRequest.user_id, FeedJoinRequest.uuid)
    )
    return [
        FeedFollowed(feed_id=feed_id or 0, account_id=user_id or 0, step="left", request=request)
        for feed_id, user_id, request in gone.all()
    ]


async def _left_alone(session: AsyncSession, account_id: int, feed_ids: list[int]) -> list[int]:
    """The communities of these feeds that stand in no other feed that the viewer follows."""
    followed = (
        select(FeedItem.community_id)
        .join(FeedMember, FeedMember.feed_id == FeedItem.feed_id)
        .where(FeedMember.user_id == account_id)
    )
    ids = await session.scalars(
        select(FeedItem.community_id).where(
            FeedItem.feed_id.in_(feed_ids), FeedItem.community_id.not_in(followed)
        )
    )
    return sorted(set(filter(None, ids)))
