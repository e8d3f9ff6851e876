"""Members and requests to join, with their counters: what joining, leaving and appointing are made of."""

from uuid import UUID, uuid4

import msgspec
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.events import MembershipChanged
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import Community, CommunityJoinRequest, CommunityMember


class Request(msgspec.Struct, frozen=True):
    """A request to join: the identifier that it was sent under, and whether it came about by following a feed."""

    id: UUID | None
    via_feed: bool


async def admit(session: AsyncSession, account_id: int, community_id: int, *, via_feed: bool = False) -> bool:
    """Make an account a member without asking, and count it; its request is answered by that.

    Returns:
        Whether it was none before.
    """
    added = await session.execute(
        insert(CommunityMember)
        .values(
            user_id=account_id,
            community_id=community_id,
            is_moderator=False,
            is_owner=False,
            is_banned=False,
            notify_new_posts=False,
            joined_via_feed=via_feed,
            created_at=utcnow(),
        )
        .on_conflict_do_nothing()
        .returning(CommunityMember.user_id)
    )
    await forget_request(session, account_id, community_id)
    if added.first() is None:
        return False
    await count_members(session, [community_id], 1)
    return True


async def ask_to_join(
    session: AsyncSession, account_id: int, community_id: int, *, via_feed: bool = False
) -> None:
    """Write down that an account of ours asks to become a member, once; a community elsewhere is asked.

    Who asks again asks it anew: the question or its answer may be lost, and another server takes no id twice.

    Parameters:
        via_feed: it follows a feed that has the community; that does not ask anew.
    """
    request = await session.scalar(
        select(CommunityJoinRequest)
        .where(CommunityJoinRequest.user_id == account_id, CommunityJoinRequest.community_id == community_id)
        .limit(1)
    )
    if request is None:
        request = CommunityJoinRequest(
            user_id=account_id, community_id=community_id, joined_via_feed=via_feed
        )
        session.add(request)
    elif via_feed:
        return
    request.uuid = uuid4()
    await session.flush()
    event = MembershipChanged(
        community_id=community_id, account_id=account_id, step="asked", request=request.uuid
    )
    await record(session, event, federate=True)


async def forget_request(session: AsyncSession, account_id: int, community_id: int) -> Request | None:
    """Take back a request to join; return what it was, None if there was none."""
    gone = await session.execute(
        delete(CommunityJoinRequest)
        .where(CommunityJoinRequest.user_id == account_id, CommunityJoinRequest.community_id == community_id)
        .returning(CommunityJoinRequest.uuid, CommunityJoinRequest.joined_via_feed)
    )
    rows = gone.all()
    return Request(rows[0].uuid, bool(rows[0].joined_via_feed)) if rows else None


async def count_members(session: AsyncSession, community_ids: list[int], change: int) -> None:
    """Keep the two counters; each statement adds to what is there, so that two at once both count."""
    if not community_ids:
        return
    await session.execute(
        update(Community)
        .where(Community.id.in_(community_ids))
        .values(
            subscriptions_count=func.greatest(func.coalesce(Community.subscriptions_count, 0) + change, 0),
            total_subscriptions_count=func.greatest(
                func.coalesce(Community.total_subscriptions_count, 0) + change, 0
            ),
        )
    )
