"""Who moderates a community, and whom moderators ban from it."""

from collections import Counter
from datetime import datetime

from sqlalchemy import and_, delete, exists, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.accounts.viewer import Viewer
from service.forum.bans import in_force, is_banned_now
from service.forum.checks import refuse, too_long
from service.forum.communities import rules
from service.forum.communities.operations.members import admit, count_members, forget_request
from service.forum.communities.operations.rows import (
    check_moderates,
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
    ContentPurgeRequested,
    MemberBanned,
    ModeratorChanged,
)
from service.forum.moderation.rank import check_outranks
from service.forum.provenance import storable_text
from service.language import _
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import (
    Community,
    CommunityBan,
    CommunityMember,
    User,
)


async def set_moderator(
    session: AsyncSession, by: Author, community_id: int, account_id: int, *, added: bool
) -> None:
    """Make an account a moderator of a community, or no longer one. Idempotent.

    Its owner and the site's staff may; a moderator may step down, unless nobody would be left to moderate. A new
    moderator becomes a member. In another site's community its own moderators and administrators decide.

    Raises:
        NotFound: there is no such community here, or no such account.
        Forbidden: they may not, or not with this account, or the account is the owner's.
        Banned: the account is banned from the community or from the site.
    """
    community = await lock_community(session, community_id, local=by.local)
    person = await known_account(session, by, account_id)
    if community.is_local:
        if not await _may_appoint(session, by, account_id, community_id, added=added):
            return
        if added:
            await _refuse_banned(session, person, community_id)
            await admit(session, account_id, community_id)
    else:
        await check_moderates(session, by, community_id)
        if await holds_role(session, account_id, community_id) == added:
            return
    await _write_down(session, community_id, account_id, added=added)
    await log_person(session, by, "add_mod" if added else "remove_mod", community_id, person)
    await record(
        session,
        ModeratorChanged(community_id=community_id, account_id=account_id, by_id=by.id, added=added),
        federate=by.local,
    )


async def _may_appoint(
    session: AsyncSession, by: Author, account_id: int, community_id: int, *, added: bool
) -> bool:
    """Whether an appointment or dismissal in a community here is anything new; Forbidden if it may not be."""
    steps_down = not added and account_id == by.id
    if not steps_down and not await owns(session, by, community_id):
        raise Forbidden
    if await holds_role(session, account_id, community_id, owner=True):
        if added:
            return False
        raise Forbidden(_("The owner can't be removed."), code="owner_is_moderator")
    if await holds_role(session, account_id, community_id) == added:
        return False
    if not added and not steps_down:
        await check_outranks(session, by, account_id, community_id)
    if steps_down and await is_only_moderator(session, account_id, community_id):
        raise Forbidden(_("Make someone else a moderator first."), code="last_moderator")
    return True


async def _write_down(session: AsyncSession, community_id: int, account_id: int, *, added: bool) -> None:
    """Set the office; somebody of another site's community need not be a member that we know of."""
    changed = await session.execute(
        update(CommunityMember)
        .where(CommunityMember.user_id == account_id, CommunityMember.community_id == community_id)
        .values(is_moderator=added, **({} if added else {"is_owner": False}))
        .returning(CommunityMember.user_id)
    )
    if added and changed.first() is None:
        session.add(CommunityMember(user_id=account_id, community_id=community_id, is_moderator=True))
        await session.flush()


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
        raise Forbidden(_("The new owner must be a moderator."), code="not_a_moderator")
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
    by: Author,
    community_id: int,
    account_id: int,
    *,
    reason: str = "",
    until: datetime | None = None,
    removes_content: bool = False,
) -> None:
    """Ban an account from a community; again replaces reason and end, and is no error where they are the same.

    Parameters:
        until: naive UTC; None for ever.
        removes_content: all that they wrote there is taken down, too.

    Raises:
        NotFound: there is no such community here, or no such account.
        Forbidden: they do not moderate it, or may not ban this account: see `moderation.rank`.
        Invalid: the reason is too long.
    """
    community = await moderated(session, by, community_id)
    reason = _checked_reason(by, reason)
    person = await known_account(session, by, account_id)
    if community.is_local:
        await check_outranks(session, by, account_id, community_id)
    if await _bans_already(session, account_id, community_id, reason, until) and not removes_content:
        return
    statement = insert(CommunityBan).values(
        user_id=account_id,
        community_id=community_id,
        banned_by=by.id,
        reason=reason,
        created_at=utcnow(),
        ban_until=until,
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[CommunityBan.user_id, CommunityBan.community_id],
            set_={"banned_by": by.id, "reason": reason, "ban_until": until},
        )
    )
    await _mark_banned(session, community_id, account_id, banned=True)
    await forget_request(session, account_id, community_id)
    await log_person(session, by, "ban_user", community_id, person, reason)
    event = MemberBanned(
        community_id=community_id,
        account_id=account_id,
        by_id=by.id,
        banned=True,
        reason=reason,
        until=until,
        removes_content=removes_content,
    )
    await record(session, event, federate=by.local)
    if removes_content:
        purge = ContentPurgeRequested(
            account_id=account_id, by_id=by.id, reason=reason, community_id=community_id
        )
        await record(session, purge)


async def unban_member(
    session: AsyncSession,
    by: Author,
    community_id: int,
    account_id: int,
    *,
    reason: str = "",
    restores_content: bool = False,
) -> None:
    """Lift the ban of an account from a community; nothing happens if there is none. Raises as `ban_member`.

    Parameters:
        restores_content: what was taken down by whoever banned them comes back.
    """
    await moderated(session, by, community_id)
    reason = _checked_reason(by, reason)
    person = await known_account(session, by, account_id)
    lifted = await session.execute(
        delete(CommunityBan)
        .where(CommunityBan.user_id == account_id, CommunityBan.community_id == community_id)
        .returning(CommunityBan.banned_by)
    )
    await _mark_banned(session, community_id, account_id, banned=False)
    ban = lifted.first()
    if ban is None:
        return
    await log_person(session, by, "unban_user", community_id, person, reason)
    event = MemberBanned(
        community_id=community_id,
        account_id=account_id,
        by_id=by.id,
        banned=False,
        reason=reason,
        removes_content=restores_content,
    )
    await record(session, event, federate=by.local)
    if restores_content:
        purge = ContentPurgeRequested(
            account_id=account_id,
            by_id=by.id,
            reason=reason,
            community_id=community_id,
            undoes=ban.banned_by,
        )
        await record(session, purge)


def _checked_reason(by: Author, reason: str) -> str:
    """The reason, which is cut where another server gives it; Invalid if it is too long."""
    if not by.local:
        return storable_text(reason, rules.REASON_LENGTH)
    refuse({"reason": too_long(reason, rules.REASON_LENGTH)})
    return reason


async def _bans_already(
    session: AsyncSession, account_id: int, community_id: int, reason: str, until: datetime | None
) -> bool:
    ban = await session.get(CommunityBan, (account_id, community_id), populate_existing=True)
    return ban is not None and (ban.reason or "", ban.ban_until) == (reason, until)


async def _refuse_banned(session: AsyncSession, person: User, community_id: int) -> None:
    if await is_banned(session, person.id, community_id):
        raise Banned(_("This person is banned from this community."), code="banned_from_community")
    if await is_banned_now(session, person.id):
        raise Banned(_("This person is banned from this site."), code="banned")


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
        .returning(CommunityMember.community_id)
        .execution_options(synchronize_session=False)
    )
    again = Counter(ended.scalars())
    for community_id, members in sorted(again.items()):
        await count_members(session, [community_id], members)
    return again.total()


async def _mark_banned(session: AsyncSession, community_id: int, account_id: int, *, banned: bool) -> None:
    """Mark a membership, which does not count while it is banned."""
    of_theirs = update(CommunityMember).where(
        CommunityMember.user_id == account_id, CommunityMember.community_id == community_id
    )
    if banned:
        await session.execute(of_theirs.values(is_moderator=False, is_owner=False))
    is_banned = CommunityMember.is_banned.is_(True)
    marked = await session.execute(
        of_theirs.where(~is_banned if banned else is_banned)
        .values(is_banned=banned)
        .returning(CommunityMember.user_id)
    )
    if marked.first() is not None:
        await count_members(session, [community_id], -1 if banned else 1)
