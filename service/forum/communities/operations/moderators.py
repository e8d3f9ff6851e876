"""Who moderates a community, and whom moderators ban from it."""

from datetime import datetime

from sqlalchemy import and_, delete, exists, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.rules import refuse, too_long
from service.forum.accounts.viewer import Viewer
from service.forum.bans import in_force, is_banned_now
from service.forum.communities import rules
from service.forum.communities.operations.members import admit, forget_request
from service.forum.communities.operations.rows import (
    holds_role,
    is_banned,
    is_only_moderator,
    known_account,
    lock_community,
    log_person,
    moderated,
    owns,
)
from service.forum.errors import Banned, Forbidden
from service.forum.events import (
    MemberBanned,
    ModeratorChanged,
)
from service.forum.moderation.rank import check_outranks
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
    """Make an account a moderator of a community here, or no longer one. Idempotent.

    Its owner and the site's staff may; a moderator may step down, unless nobody would be left to moderate. A new
    moderator becomes a member.

    Raises:
        NotFound: there is no such community here, or no such account.
        Forbidden: the viewer may not, or not with this account, or the account is the owner's.
        Banned: the account is banned from the community or from the site.
    """
    await lock_community(session, community_id, local=True)
    steps_down = not added and account_id == viewer.id
    if not steps_down and not await owns(session, viewer, community_id):
        raise Forbidden
    person = await known_account(session, viewer, account_id)
    if await holds_role(session, account_id, community_id, owner=True):
        if added:
            return
        raise Forbidden("The owner cannot be removed.", code="owner_is_moderator")
    if await holds_role(session, account_id, community_id) == added:
        return
    if added:
        await _refuse_banned(session, person, community_id)
        await admit(session, account_id, community_id)
    elif not steps_down:
        await check_outranks(session, viewer, account_id, community_id)
    elif await is_only_moderator(session, account_id, community_id):
        raise Forbidden("Make somebody else a moderator first.", code="last_moderator")
    await session.execute(
        update(CommunityMember)
        .where(CommunityMember.user_id == account_id, CommunityMember.community_id == community_id)
        .values(is_moderator=added)
    )
    await log_person(session, viewer, "add_mod" if added else "remove_mod", community_id, person)
    await record(
        session,
        ModeratorChanged(community_id=community_id, account_id=account_id, by_id=viewer.id, added=added),
        federate=viewer.local,
    )


async def hand_over(session: AsyncSession, viewer: Viewer, community_id: int, account_id: int) -> None:
    """Make a moderator the owner of a community; the owner so far stays a moderator.

    Raises:
        NotFound: there is no such community here.
        Forbidden: the viewer is neither its owner nor of the site's staff, or the account does not moderate it.
    """
    await lock_community(session, community_id, local=True)
    if not await owns(session, viewer, community_id):
        raise Forbidden
    if not await holds_role(session, account_id, community_id):
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
    """Ban an account from a community; again replaces reason and end, and is no error where they are the same.

    Parameters:
        until: naive UTC; None for ever.

    Raises:
        NotFound: there is no such community here, or no such account.
        Forbidden: the viewer does not moderate it, or may not ban this account: see `moderation.rank`.
        Invalid: the reason is too long.
    """
    await moderated(session, viewer, community_id)
    refuse({"reason": too_long(reason, rules.REASON_LENGTH)})
    person = await known_account(session, viewer, account_id)
    await check_outranks(session, viewer, account_id, community_id)
    if await _bans_already(session, account_id, community_id, reason, until):
        return
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
    await log_person(session, viewer, "ban_user", community_id, person, reason)
    event = MemberBanned(
        community_id=community_id,
        account_id=account_id,
        by_id=viewer.id,
        banned=True,
        reason=reason,
        until=until,
    )
    await record(session, event, federate=viewer.local)


async def unban_member(
    session: AsyncSession, viewer: Viewer, community_id: int, account_id: int, *, reason: str = ""
) -> None:
    """Lift the ban of an account from a community; nothing happens if there is none. Raises as `ban_member`."""
    await moderated(session, viewer, community_id)
    person = await known_account(session, viewer, account_id)
    lifted = await session.execute(
        delete(CommunityBan)
        .where(CommunityBan.user_id == account_id, CommunityBan.community_id == community_id)
        .returning(CommunityBan.user_id)
    )
    await _mark_banned(session, community_id, account_id, banned=False)
    if lifted.first() is None:
        return
    await log_person(session, viewer, "unban_user", community_id, person, reason)
    event = MemberBanned(
        community_id=community_id, account_id=account_id, by_id=viewer.id, banned=False, reason=reason
    )
    await record(session, event, federate=viewer.local)


async def _bans_already(
    session: AsyncSession, account_id: int, community_id: int, reason: str, until: datetime | None
) -> bool:
    ban = await session.get(CommunityBan, (account_id, community_id), populate_existing=True)
    return ban is not None and (ban.reason or "", ban.ban_until) == (reason, until)


async def _refuse_banned(session: AsyncSession, person: User, community_id: int) -> None:
    if await is_banned(session, person.id, community_id):
        raise Banned("This person is banned from this community.", code="banned_from_community")
    if await is_banned_now(session, person.id):
        raise Banned("This person is banned from this site.", code="banned")


async def end_expired_bans(session: AsyncSession) -> int:
    """Let members in again whose ban has run out; return how many. The bans stay on the list."""
    here = and_(
        CommunityBan.user_id == CommunityMember.user_id,
        CommunityBan.community_id == CommunityMember.community_id,
    )
    ended = await session.execute(
        update(CommunityMember)
        .where(CommunityMember.is_banned.is_(True), exists().where(here, ~in_force(CommunityBan.ban_until)))
        .values(is_banned=False)
        .returning(CommunityMember.user_id)
        .execution_options(synchronize_session=False)
    )
    return len(ended.all())


async def _mark_banned(session: AsyncSession, community_id: int, account_id: int, *, banned: bool) -> None:
    values = {"is_banned": banned} | ({"is_moderator": False, "is_owner": False} if banned else {})
    await session.execute(
        update(CommunityMember)
        .where(CommunityMember.user_id == account_id, CommunityMember.community_id == community_id)
        .values(**values)
    )
