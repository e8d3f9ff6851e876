"""Joining and leaving, alone or with a feed; watching and blocking."""

from sqlalchemy import ColumnElement, delete, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import notifications
from service.forum.accounts.author import Author, may_act
from service.forum.accounts.authority import Authority
from service.forum.accounts.viewer import Viewer
from service.forum.bans import in_force
from service.forum.communities.choices import Joining
from service.forum.communities.operations.members import admit, ask_to_join, count_members, forget_request
from service.forum.communities.operations.rows import (
    find_community,
    holds_role,
    is_banned,
    is_only_moderator,
    lock_community,
    log_person,
)
from service.forum.communities.roles import has_office
from service.forum.communities.standing import banned_from, load_standing
from service.forum.errors import Forbidden, NotFound
from service.forum.events import (
    HistoryRequested,
    MembershipChanged,
    ModeratorChanged,
)
from service.language import _
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import (
    Community,
    CommunityBan,
    CommunityBlock,
    CommunityJoinRequest,
    CommunityMember,
    FeedItem,
    User,
)


async def join(session: AsyncSession, author: Author, community_id: int) -> bool:
    """Make the author a member. Idempotent.

    Where members are admitted on request, and in another site's community, a request is written down instead.

    Returns:
        Whether the author is a member now; False while the request waits.

    Raises:
        NotFound: there is no such community, or it is a private one of this site.
        Banned: the author is banned from it.
        Forbidden: members come by invitation only.
    """
    may_act(author)
    community = await find_community(session, community_id)
    if not author.local and (not community.is_local or community.local_only):
        raise Forbidden(_("Only people on this community's own site can take part in it."), code="local_only")
    membership = await session.get(CommunityMember, (author.id, community_id))
    if await is_banned(session, author.id, community_id) or (membership is not None and membership.is_banned):
        raise banned_from(await load_standing(session, author, community_id))
    if membership is not None:
        return True
    if community.private and community.is_local:
        raise NotFound
    if (community.invitations or 0) > Joining.ON_REQUEST:
        raise Forbidden(_("You can only join this community by invitation."), code="by_invitation")
    if not community.is_local and not community.private and await _is_first_from_here(session, community_id):
        await record(session, HistoryRequested(community_id=community_id))
    if not community.is_local or community.invitations == Joining.ON_REQUEST:
        await ask_to_join(session, author.id, community_id)
        return False
    if await admit(session, author.id, community_id):
        event = MembershipChanged(community_id=community_id, account_id=author.id, step="joined")
        await record(session, event, federate=author.local)
    return True


async def _is_first_from_here(session: AsyncSession, community_id: int) -> bool:
    """Whether nobody of this site has joined a community yet, nor asked to."""
    members = select(CommunityMember.user_id).join(User).where(CommunityMember.community_id == community_id)
    asking = select(CommunityJoinRequest.id).where(CommunityJoinRequest.community_id == community_id)
    found = select(or_(exists(members.where(User.is_local)), exists(asking)))
    return not await session.scalar(found)


async def leave(session: AsyncSession, author: Author, community_id: int) -> bool:
    """End the author's membership, or withdraw the request for it; nothing happens if there is neither.

    A moderator steps down by leaving, and the mod log says so.

    Returns:
        Whether the author was a member.

    Raises:
        NotFound: there is no such community.
        Forbidden: the community is the author's own and they hand it over first, or nobody else moderates it.
    """
    community = await find_community(session, community_id, deleted_too=True)
    if await holds_role(session, author.id, community_id, owner=True):
        raise Forbidden(
            _("Step down as a moderator before leaving the community."), code="owner_cannot_leave"
        )
    if await holds_role(session, author.id, community_id):
        await _step_down(session, author, community_id)
    request = await forget_request(session, author.id, community_id)
    gone = await session.execute(
        delete(CommunityMember)
        .where(
            CommunityMember.user_id == author.id,
            CommunityMember.community_id == community_id,
            CommunityMember.is_banned.is_not(True),
        )
        .returning(CommunityMember.user_id)
    )
    left = gone.first() is not None
    if left:
        await count_members(session, [community_id], -1)
    if left or (request and not community.is_local):
        event = MembershipChanged(
            community_id=community_id,
            account_id=author.id,
            step="left",
            request=request.id if request else None,
        )
        await record(session, event, federate=author.local)
    return left


async def leave_all(session: AsyncSession, by: Author | Authority, account_id: int) -> None:
    """End all memberships of an account that goes away; the mod log says where it moderated.

    Parameters:
        by: in whose name it goes.
    """
    office = has_office()
    gone = await session.execute(
        delete(CommunityMember)
        .where(CommunityMember.user_id == account_id)
        .returning(CommunityMember.community_id, office)
    )
    left = sorted((row[0], bool(row[1])) for row in gone)
    await count_members(session, [community_id for community_id, _ in left], -1)
    person = await session.get_one(User, account_id)
    for community_id in [community_id for community_id, moderated in left if moderated]:
        await log_person(session, by, "remove_mod", community_id, person)
    await session.execute(delete(CommunityJoinRequest).where(CommunityJoinRequest.user_id == account_id))


async def leave_unmoderated(session: AsyncSession, viewer: Viewer) -> None:
    """End the viewer's memberships of all communities that they do not moderate, and withdraw all requests."""
    await _end_memberships(session, viewer.id)
    withdrawn = await session.execute(
        delete(CommunityJoinRequest)
        .where(CommunityJoinRequest.user_id == viewer.id)
        .returning(CommunityJoinRequest.community_id, CommunityJoinRequest.uuid)
    )
    for community_id, request_id in withdrawn.all():
        event = MembershipChanged(
            community_id=community_id or 0, account_id=viewer.id, step="left", request=request_id
        )
        await record(session, event, federate=viewer.local)


async def join_through_feed(session: AsyncSession, account_id: int, feed_id: int) -> None:
    """Let an account of ours join those communities of a feed that anybody may join and that did not ban them."""
    banned = exists().where(
        CommunityBan.community_id == Community.id,
        CommunityBan.user_id == account_id,
        in_force(CommunityBan.ban_until),
    )
    member = exists().where(
        CommunityMember.community_id == Community.id, CommunityMember.user_id == account_id
    )
    open_ones = select(Community.id, Community.ap_id).where(
        Community.id.in_(select(FeedItem.community_id).where(FeedItem.feed_id == feed_id)),
        Community.banned.is_not(True),
        Community.private.is_not(True),
        func.coalesce(Community.invitations, Joining.ANYBODY) == Joining.ANYBODY,
        ~banned,
        ~member,
    )
    for community_id, remote_name in (await session.execute(open_ones.order_by(Community.id))).all():
        if remote_name is not None:
            await ask_to_join(session, account_id, community_id, via_feed=True)
        elif await admit(session, account_id, community_id, via_feed=True):
            event = MembershipChanged(community_id=community_id, account_id=account_id, step="joined")
            await record(session, event, federate=True)


async def leave_those_of_feeds(session: AsyncSession, account_id: int, community_ids: list[int]) -> None:
    """End those of the memberships that came about by following a feed."""
    await _end_memberships(
        session,
        account_id,
        CommunityMember.joined_via_feed.is_(True),
        CommunityMember.community_id.in_(community_ids),
    )


async def set_watched(session: AsyncSession, viewer: Viewer, community_id: int, *, watched: bool) -> None:
    """Tell the viewer of new posts in a community, or no longer. Idempotent.

    Raises:
        NotFound: there is no such community for this viewer.
        Banned: the viewer is banned from it.
    """
    if not watched:
        await notifications.unwatch(session, viewer.id, notifications.COMMUNITY, community_id)
        return
    standing = await load_standing(session, viewer, community_id)
    if standing.closed:
        raise NotFound(_("This community doesn't exist here."), code="no_such_community")
    if standing.banned:
        raise banned_from(standing)
    await notifications.watch(session, viewer.id, notifications.COMMUNITY, community_id, standing.name)


async def set_blocked(session: AsyncSession, viewer: Viewer, community_id: int, *, blocked: bool) -> None:
    """Let the viewer see nothing of a community, or see it again. Idempotent.

    Raises:
        NotFound: there is no such community for this viewer.
    """
    if not blocked:
        await session.execute(
            delete(CommunityBlock).where(
                CommunityBlock.user_id == viewer.id, CommunityBlock.community_id == community_id
            )
        )
        await notifications.recount_for(session, viewer.id)
        return
    await load_standing(session, viewer, community_id)
    statement = insert(CommunityBlock).values(
        user_id=viewer.id, community_id=community_id, created_at=utcnow()
    )
    await session.execute(statement.on_conflict_do_nothing())
    await notifications.recount_for(session, viewer.id)


async def _step_down(session: AsyncSession, author: Author, community_id: int) -> None:
    await lock_community(session, community_id)
    if await is_only_moderator(session, author.id, community_id):
        raise Forbidden(_("Make someone else a moderator before you leave."), code="last_moderator")
    await log_person(session, author, "remove_mod", community_id, await session.get_one(User, author.id))
    await record(
        session,
        ModeratorChanged(community_id=community_id, account_id=author.id, by_id=author.id, added=False),
        federate=author.local,
    )


async def _end_memberships(session: AsyncSession, account_id: int, *which: ColumnElement[bool]) -> None:
    """End memberships of an account, but for those of moderators."""
    gone = await session.scalars(
        delete(CommunityMember)
        .where(
            CommunityMember.user_id == account_id,
            CommunityMember.is_moderator.is_not(True),
            CommunityMember.is_owner.is_not(True),
            CommunityMember.is_banned.is_not(True),
            *which,
        )
        .returning(CommunityMember.community_id)
    )
    left = sorted(gone.all())
    await count_members(session, left, -1)
    for community_id in left:
        event = MembershipChanged(community_id=community_id, account_id=account_id, step="left")
        await record(session, event, federate=True)
