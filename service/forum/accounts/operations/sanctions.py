"""What takes an account away from its owner, or gives it back: bans and deletion."""

from datetime import datetime
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.accounts.authority import Authority
from service.forum.accounts.operations.rows import account_row, is_last_administrator, local_account_row
from service.forum.accounts.operations.sessions import revoke_all_sessions
from service.forum.accounts.viewer import Viewer, signed_in_who
from service.forum.attachments.operations import discard
from service.forum.communities.operations import leave_all
from service.forum.errors import Forbidden
from service.forum.events import AccountBanned, AccountDeleted, ContentPurgeRequested
from service.forum.moderation.operations import record_in_mod_log
from service.forum.moderation.rank import check_outranks
from service.language import _
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import AccountLook, ModLog, Reminder, User


async def ban(
    session: AsyncSession,
    by: Viewer | Authority,
    account_id: int,
    *,
    reason: str = "",
    until: datetime | None = None,
    removes_content: bool = False,
) -> None:
    """Ban an account, local or remote, from the site; its sessions end at once. Idempotent.

    Parameters:
        until: naive UTC; None for ever.
        removes_content: tell other servers that all that it wrote is taken down; `moderation.content` does it here.

    Raises:
        Forbidden: the viewer may not ban, or not this account: see `moderation.rank`.
        NotFound: there is no such account.
    """
    _may_ban(by)
    user = await account_row(session, account_id)
    await check_outranks(session, by, account_id)
    if user.banned and user.banned_until == until and await _was_logged(session, user, reason):
        return
    user.banned, user.banned_until = True, until
    await revoke_all_sessions(session, account_id)
    await session.flush()
    await _log(session, by, "ban_user", user, reason)
    event = AccountBanned(
        account_id=account_id,
        by_id=by.id,
        banned=True,
        reason=reason,
        until=until,
        removes_content=removes_content,
    )
    await record(session, event, federate=True)


async def unban(session: AsyncSession, by: Viewer | Authority, account_id: int, *, reason: str = "") -> None:
    """Lift the ban of an account; raises as `ban`."""
    _may_ban(by)
    user = await account_row(session, account_id)
    if not user.banned:
        return
    user.banned, user.banned_until = False, None
    await session.flush()
    await _log(session, by, "unban_user", user, reason)
    await record(
        session, AccountBanned(account_id=account_id, by_id=by.id, banned=False, reason=reason), federate=True
    )


async def delete_account(
    session: AsyncSession,
    by: Author | Authority,
    account_id: int,
    *,
    reason: str = "",
    removes_content: bool = False,
) -> None:
    """Delete an account: one's own, also one of another server, or another's by an administrator.

    The row stays, as in PieFed, so that its name is never given to somebody else; personal details are deleted,
    with the memberships, sessions and keywords. Posts and comments stay under the name "[deleted]".

    Parameters:
        removes_content: they go, too; for owners.

    Raises:
        Forbidden: it is somebody else's and they are no administrator, or it is the only administrator's.
        NotFound: there is no such account here.
    """
    own = account_id == by.id
    if not own and not by.is_admin:
        raise Forbidden
    user = await (account_row if own else local_account_row)(session, account_id)
    if user.deleted:
        return
    await check_may_be_deleted(session, account_id)
    pictures = user.avatar_id, user.cover_id
    _forget_person(user, by.id)
    await leave_all(session, by, account_id)
    await revoke_all_sessions(session, account_id)
    await session.execute(delete(Reminder).where(Reminder.user_id == account_id))
    await session.execute(delete(AccountLook).where(AccountLook.user_id == account_id))
    await discard(session, pictures)
    if not own:
        await _log(session, by, "delete_user", user, reason)
    event = AccountDeleted(account_id=account_id, deleted_by=by.id, removes_content=own and removes_content)
    await record(session, event, federate=user.is_local)
    if event.removes_content:
        await record(session, ContentPurgeRequested(account_id=account_id, by_id=account_id, reason=reason))


async def check_may_be_deleted(session: AsyncSession, account_id: int) -> None:
    """Raise Forbidden if nobody would run the site without an account."""
    if not await may_be_deleted(session, account_id):
        raise Forbidden(_("The only administrator can't be deleted."), code="last_administrator")


def _forget_person(user: User, deleted_by: int | None) -> None:
    user.deleted, user.deleted_by = True, deleted_by
    if not user.is_local:
        user.ap_deleted_at = utcnow()
    user.email = f"deleted_{user.id}@deleted.com"
    user.password_hash, user.password_updated_at = None, utcnow()
    user.title = user.about = user.about_html = user.keywords = ""
    user.matrix_user_id = user.ip_address = user.timezone = None
    user.avatar_id = user.cover_id = None
    user.unread_notifications = 0


async def _was_logged(session: AsyncSession, user: User, reason: str) -> bool:
    """Whether the mod log's last word on an account's ban from the site has this reason."""
    last = (
        select(ModLog.action, ModLog.reason)
        .where(
            ModLog.target_user_id == user.id,
            ModLog.community_id.is_(None),
            ModLog.action.in_(("ban_user", "unban_user")),
        )
        .order_by(ModLog.id.desc())
        .limit(1)
    )
    return (await session.execute(last)).one_or_none() == ("ban_user", reason)


def _may_ban(by: Viewer | Authority) -> None:
    if isinstance(by, Viewer):
        signed_in_who(by, lambda known: known.runs_the_site or known.may("ban users"))


async def may_be_deleted(session: AsyncSession, account_id: int) -> bool:
    """Whether somebody runs the site without an account."""
    return not await is_last_administrator(session, account_id)


async def _log(
    session: AsyncSession,
    by: Author | Authority,
    action: Literal["ban_user", "unban_user", "delete_user"],
    user: User,
    reason: str = "",
) -> None:
    name = user.ap_id or user.user_name or ""
    await record_in_mod_log(
        session, by, action, reason=reason, target_account_id=user.id, link=f"u/{name}", link_text=name
    )
