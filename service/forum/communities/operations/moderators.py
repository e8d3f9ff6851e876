"""Who moderates a community, and whom moderators ban from it."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.rules import refuse, too_long
from service.forum.accounts.viewer import Viewer
from service.forum.communities import rules
from service.forum.communities.operations.membership import admit, forget_request
from service.forum.communities.operations.rows import (
    community_row,
    has_standing,
    is_banned,
    known_account,
    moderated,
    owns,
)
from service.forum.errors import Banned, Forbidden
from service.forum.events import (
    MemberBanned,
    ModeratorChanged,
)
from service.forum.moderation.operations import record_in_mod_log
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import (
    Community,
    CommunityBan,
    CommunityMember,
    User,
)


async def set_moderator(
    session: AsyncSession, viewer: Viewer, community_id: int, account_id: int, *, added: bool
) -> None:
    """Make an account a moderator of a community here, or no longer one; again is no error.

    Its owner and the site's staff may; a moderator may step down. A new moderator becomes a member.

    Raises:
        NotFound: there is no such community here, or no such account.
        Forbidden: the viewer may not, or the account is the owner's.
        Banned: the account is banned from the community.
    """
    community = await community_row(session, community_id, local=True)
    steps_down = not added and account_id == viewer.id
    if not steps_down and not await owns(session, viewer, community_id):
        raise Forbidden
    person = await known_account(session, viewer, account_id)
    if await has_standing(session, account_id, community_id, owner=True):
        if added:
            return
        raise Forbidden("The owner cannot be removed.", code="owner_is_moderator")
    if await has_standing(session, account_id, community_id) == added:
        return
    if added:
        if await is_banned(session, account_id, community_id):
            raise Banned("They are banned from this community.", code="banned_from_community")
        await admit(session, account_id, community_id)
    await session.execute(
        update(CommunityMember)
        .where(CommunityMember.user_id == account_id, CommunityMember.community_id == community_id)
        .values(is_moderator=added)
    )
    await _log_person(session, viewer, "add_mod" if added else "remove_mod", community, person)
    await record(
        session,
        ModeratorChanged(community_id=community_id, account_id=account_id, by_id=viewer.id, added=added),
    )


async def hand_over(session: AsyncSession, viewer: Viewer, community_id: int, account_id: int) -> None:
    """Make a moderator the owner of a community; the owner so far stays a moderator.

    Raises:
        NotFound: there is no such community here.
        Forbidden: the viewer is neither its owner nor of the site's staff, or the account does not moderate it.
    """
    await community_row(session, community_id, local=True)
    if not await owns(session, viewer, community_id):
        raise Forbidden
    if not await has_standing(session, account_id, community_id):
        raise Forbidden("The new owner has to be a moderator.", code="not_a_moderator")
    await session.execute(
        update(CommunityMember)
        .where(CommunityMember.community_id == community_id, CommunityMember.is_owner.is_(True))
        .values(is_owner=False, is_moderator=True)
    )
    await session.execute(
        update(CommunityMember)
        .where(CommunityMember.community_id == community_id, CommunityMember.user_id == account_id)
        .values(is_owner=True, is_moderator=True)
    )
    await session.execute(update(Community).where(Community.id == community_id).values(user_id=account_id))


async def ban_member(
    session: AsyncSession,
    viewer: Viewer,
    community_id: int,
    account_id: int,
    *,
    reason: str = "",
    until: datetime | None = None,
) -> None:
    """Ban an account from a community; again replaces reason and end.

    Parameters:
        until: naive UTC; None for ever.

    Raises:
        NotFound: there is no such community here, or no such account.
        Forbidden: the viewer does not moderate it, or the account does.
        Invalid: the reason is too long.
    """
    community = await moderated(session, viewer, community_id)
    refuse({"reason": too_long(reason, rules.REASON_LENGTH)})
    person = await known_account(session, viewer, account_id)
    if account_id == viewer.id:
        raise Forbidden("You cannot ban yourself.")
    if await has_standing(session, account_id, community_id) and not viewer.is_admin:
        raise Forbidden("A moderator cannot be banned.", code="target_moderates")
    statement = insert(CommunityBan).values(
        user_id=account_id,
        community_id=community_id,
        banned_by=viewer.id,
        reason=reason,
        created_at=utcnow(),
        ban_until=until,
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[CommunityBan.user_id, CommunityBan.community_id],
            set_={"banned_by": viewer.id, "reason": reason, "ban_until": until},
        )
    )
    await _mark_banned(session, community_id, account_id, banned=True)
    await forget_request(session, account_id, community_id)
    await _log_person(session, viewer, "ban_user", community, person, reason)
    await record(
        session, MemberBanned(community_id=community_id, account_id=account_id, by_id=viewer.id, banned=True)
    )


async def unban_member(
    session: AsyncSession, viewer: Viewer, community_id: int, account_id: int, *, reason: str = ""
) -> None:
    """Lift the ban of an account from a community; nothing happens if there is none. Raises as `ban_member`."""
    community = await moderated(session, viewer, community_id)
    person = await known_account(session, viewer, account_id)
    lifted = await session.execute(
        delete(CommunityBan)
        .where(CommunityBan.user_id == account_id, CommunityBan.community_id == community_id)
        .returning(CommunityBan.user_id)
    )
    await _mark_banned(session, community_id, account_id, banned=False)
    if lifted.first() is None:
        return
    await _log_person(session, viewer, "unban_user", community, person, reason)
    await record(
        session, MemberBanned(community_id=community_id, account_id=account_id, by_id=viewer.id, banned=False)
    )


async def _mark_banned(session: AsyncSession, community_id: int, account_id: int, *, banned: bool) -> None:
    values = {"is_banned": banned} | ({"is_moderator": False, "is_owner": False} if banned else {})
    await session.execute(
        update(CommunityMember)
        .where(CommunityMember.user_id == account_id, CommunityMember.community_id == community_id)
        .values(**values)
    )


async def _log_person(
    session: AsyncSession,
    viewer: Viewer,
    action: rules.PersonAction,
    community: Community,
    person: User,
    reason: str = "",
) -> None:
    name = person.ap_id or person.user_name or ""
    await record_in_mod_log(
        session,
        viewer,
        action,
        reason=reason,
        community_id=community.id,
        target_account_id=person.id,
        link=f"u/{name}",
        link_text=name,
    )
