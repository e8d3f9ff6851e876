"""Follows that cross from one server to another: who asks to join here, and what a community elsewhere answers."""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.communities.operations.members import admit, count_members, forget_request
from service.forum.communities.operations.membership import join
from service.forum.errors import ForumError
from service.forum.events import FollowAnswered, HistoryRequested, MembershipChanged, MembershipRefused
from service.storage.outbox import record
from service.storage.tables import Community, CommunityJoinRequest, CommunityMember


async def receive_follow(
    session: AsyncSession, author: Author, community_id: int, *, follow_id: str | None
) -> bool:
    """Let somebody of another server join a community here, or not, and answer either way: each time they ask.

    Parameters:
        follow_id: the identifier of the activity by which they asked.

    Returns:
        Whether they are a member now.
    """
    try:
        accepted = await join(session, author, community_id)
    except ForumError:
        accepted = False
    event = FollowAnswered(
        followed="community",
        followed_id=community_id,
        account_id=author.id,
        follow=follow_id,
        accepted=accepted,
    )
    await record(session, event, federate=True)
    return accepted


async def settle_request(
    session: AsyncSession,
    community_id: int,
    *,
    accepted: bool,
    account_id: int | None = None,
    request_id: UUID | None = None,
) -> bool:
    """Let a community elsewhere answer somebody of ours, or put them out again later.

    An answer that nobody here asked for changes nothing.

    Parameters:
        account_id, request_id: who asked, or under which identifier.

    Returns:
        Whether it changed anything.
    """
    if account_id is None:
        account_id = await _asked(session, community_id, request_id)
    if account_id is None:
        return False
    request = await forget_request(session, account_id, community_id)
    if accepted:
        if request is None or not await admit(session, account_id, community_id, via_feed=request.via_feed):
            return False
        event = MembershipChanged(community_id=community_id, account_id=account_id, step="joined")
        await record(session, event, federate=False)
        if await session.scalar(select(Community.private).where(Community.id == community_id)):
            # What is in it could not be asked for before.
            await record(session, HistoryRequested(community_id=community_id))
        return True
    if not await _put_out(session, account_id, community_id) and request is None:
        return False
    await record(session, MembershipRefused(community_id=community_id, account_id=account_id))
    return True


async def _asked(session: AsyncSession, community_id: int, request_id: UUID | None) -> int | None:
    who: int | None = await session.scalar(
        select(CommunityJoinRequest.user_id).where(
            CommunityJoinRequest.community_id == community_id, CommunityJoinRequest.uuid == request_id
        )
    )
    return who


async def _put_out(session: AsyncSession, account_id: int, community_id: int) -> bool:
    gone = await session.execute(
        delete(CommunityMember)
        .where(CommunityMember.user_id == account_id, CommunityMember.community_id == community_id)
        .returning(CommunityMember.user_id)
    )
    if gone.first() is None:
        return False
    await count_members(session, [community_id], -1)
    return True
