"""What is done to accounts with an administrator's power, for every door alike: the pages, the API, the command line.

Each of these leaves its entry in the audit log, in its own transaction.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Literal, get_args

import msgspec
from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import audit
from service.forum.accounts import rules
from service.forum.accounts.authority import Authority
from service.forum.accounts.operations import sanctions
from service.forum.accounts.operations.letting_in import let_in
from service.forum.accounts.operations.profile import edit_account, put_email
from service.forum.accounts.operations.registering import NewAccount, Registered, create_account
from service.forum.accounts.operations.rows import account_row, is_an_administrator, local_account_row
from service.forum.accounts.operations.sessions import revoke_all_sessions
from service.forum.bans import is_banned_now
from service.forum.checks import refuse, too_long
from service.forum.errors import Conflict, Forbidden, NotFound
from service.forum.events import EmailRequested
from service.forum.letters.kinds import LetterKind
from service.language import _
from service.storage.clock import database_now, utcnow
from service.storage.outbox import record
from service.storage.tables import DisabledAccount, Registration, User

Action = Literal["disable", "enable", "ban", "unban", "delete"]
ACTIONS: tuple[Action, ...] = get_args(Action)

# What an action has made of an account; also the occasion of the letter about it.
DoneWord = Literal["disabled", "enabled", "banned", "unbanned", "deleted"]
DONE_WORDS: dict[Action, DoneWord] = {
    "disable": "disabled",
    "enable": "enabled",
    "ban": "banned",
    "unban": "unbanned",
    "delete": "deleted",
}
REASON_LENGTH = 500
BATCH = 100  # accounts that are enabled in one transaction

# What an account may be kept from without being banned.
_SILENCED = frozenset({"ban_posts", "ban_comments"})


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """How something is done to an account.

    Attributes:
        reason: for the log, and for the letter.
        until: naive UTC; when a ban, or being disabled, ends by itself; None for never.
        tell: write to the owner.
        removes_content: of a ban that takes down all that was written.
    """

    reason: str = ""
    until: datetime | None = None
    tell: bool = False
    removes_content: bool = False


async def register(
    session: AsyncSession, by: Authority, new: NewAccount, *, domain: str, letter: LetterKind | None = None
) -> Registered:
    """Make an account for somebody; raises as `create_account`.

    Parameters:
        letter: what is written to the new account.
    """
    made = await create_account(session, new, domain=domain)
    if letter is not None:
        await record(session, EmailRequested(occasion=letter, account_id=made.account_id))
    await audit.note(
        session,
        by,
        "private_register",
        target=_target(made.account_id),
        details={"name": new.name, "active": new.verified, "letter": letter},
    )
    return made


async def update_account(
    session: AsyncSession, by: Authority, account_id: int, changes: Mapping[str, Any], *, domain: str
) -> None:
    """Change an account's profile, its e-mail address, or whether that counts as confirmed.

    Parameters:
        changes: `email`, `verified`, `ban_posts`, `ban_comments`, and columns as for `edit`, with their new values.
        domain: this site's.

    Raises:
        NotFound: there is no such account here.
        Invalid, Conflict: a value breaks a rule, or the e-mail address is another account's.
    """
    user = await _living(session, account_id, local=True)
    rest = dict(changes)
    if "timezone" in rest:
        refuse({"timezone": rules.problem_with_timezone(rest["timezone"])})
    if "email" in rest:
        await put_email(session, account_id, rest.pop("email"))
    if "verified" in rest:
        await _set_verified(session, user, verified=rest.pop("verified"), domain=domain)
    for name in _SILENCED & rest.keys():
        setattr(user, name, bool(rest.pop(name)))
    await edit_account(session, account_id, rest, domain=domain)
    await audit.note(
        session, by, "user_update", target=_target(account_id), details={"fields": sorted(changes)}
    )


async def perform(session: AsyncSession, by: Authority, action: Action, account_id: int, act: Act) -> None:
    """Disable, enable, ban, unban or delete an account.

    Raises:
        NotFound: there is no such account, or it is deleted.
        Conflict: it is already as the action would make it.
        Forbidden: it is an administrator's, or the one who asks'.
        Invalid: the reason is too long.
    """
    refuse({"reason": too_long(act.reason, REASON_LENGTH)})
    user = await _living(session, account_id, local=action in LOCAL_ONLY, deleting=action == "delete")
    address = user.email or ""
    await _PERFORM[action](session, by, user, act)
    if act.tell and user.is_local and address:
        letter = EmailRequested(
            occasion=DONE_WORDS[action], account_id=account_id, address=address, reason=act.reason
        )
        await record(session, letter)
    await audit.note(
        session,
        by,
        f"user_{action}",
        target=_target(account_id),
        details={"reason": act.reason, "until": act.until.isoformat() if act.until else None},
    )


async def enable_expired(session: AsyncSession) -> int:
    """Enable accounts whose time of being disabled has ended: some; return how many."""
    rows = await session.scalars(
        select(DisabledAccount)
        .where(DisabledAccount.expires_at <= database_now())
        .order_by(DisabledAccount.user_id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    expired = rows.all()
    for row in expired:
        user = await session.get(User, row.user_id)
        if user is not None and not user.deleted:
            user.verified = row.was_verified
        await session.delete(row)
    return len(expired)


async def _disable(session: AsyncSession, by: Authority, user: User, act: Act) -> None:
    if user.id == by.id:
        raise Forbidden(_("You can't disable your own account."))
    if await is_an_administrator(session, user.id):
        raise Forbidden(_("An administrator's account can't be disabled."))
    if await session.get(DisabledAccount, user.id) is not None:
        raise Conflict(_("This account is already disabled."), code="already_disabled")
    session.add(
        DisabledAccount(
            user_id=user.id,
            disabled_at=utcnow(),
            reason=act.reason or None,
            was_verified=bool(user.verified),
            expires_at=act.until,
        )
    )
    user.verified = False
    await revoke_all_sessions(session, user.id)
    await session.flush()


async def _enable(session: AsyncSession, by: Authority, user: User, act: Act) -> None:
    row = await session.get(DisabledAccount, user.id)
    if row is None:
        raise Conflict(_("This account isn't disabled."), code="not_disabled")
    user.verified = row.was_verified
    await session.delete(row)
    await session.flush()


async def _ban(session: AsyncSession, by: Authority, user: User, act: Act) -> None:
    if await is_banned_now(session, user.id):
        raise Conflict(_("This account is already banned."), code="already_banned")
    await sanctions.ban(
        session, by, user.id, reason=act.reason, until=act.until, removes_content=act.removes_content
    )


async def _unban(session: AsyncSession, by: Authority, user: User, act: Act) -> None:
    if not user.banned:
        raise Conflict(_("This account isn't banned."), code="not_banned")
    await sanctions.unban(session, by, user.id, reason=act.reason)


async def _delete(session: AsyncSession, by: Authority, user: User, act: Act) -> None:
    if user.deleted:
        raise Conflict(_("This account has already been deleted."), code="already_deleted")
    if user.id == by.id:
        raise Forbidden(_("To delete your own account, go to your settings."))
    await sanctions.delete_account(session, by, user.id, reason=act.reason)
    await session.execute(delete(DisabledAccount).where(DisabledAccount.user_id == user.id))


LOCAL_ONLY = frozenset({"disable", "enable", "delete"})
_PERFORM: dict[Action, Callable[[AsyncSession, Authority, User, Act], Awaitable[None]]] = {
    "disable": _disable,
    "enable": _enable,
    "ban": _ban,
    "unban": _unban,
    "delete": _delete,
}


async def _living(session: AsyncSession, account_id: int, *, local: bool, deleting: bool = False) -> User:
    """The row of an account that is not deleted, locked for a change."""
    row = local_account_row if local else account_row
    user = await row(session, account_id)
    if user.deleted and not deleting:
        raise NotFound
    return user


async def _set_verified(session: AsyncSession, user: User, *, verified: bool, domain: str) -> None:
    if await session.get(DisabledAccount, user.id) is not None:
        raise Conflict(_("This account is disabled. Enable it first."), code="disabled", field="verified")
    if await session.scalar(select(_waits()).select_from(User).where(User.id == user.id)):
        raise Conflict(
            _("This account's application is still awaiting approval."),
            code="application_waiting",
            field="verified",
        )
    if not verified and await is_an_administrator(session, user.id):
        raise Forbidden(_("An administrator's email address can't be marked as unconfirmed."))
    if verified:
        await let_in(session, user, domain=domain)
    else:
        user.verified = False
        await revoke_all_sessions(session, user.id)
    await session.flush()


def _waits() -> Any:
    return exists().where(
        Registration.user_id == User.id,
        Registration.status.in_((rules.APPLICATION_WAITING, rules.APPLICATION_UNCONFIRMED)),
    )


def _target(account_id: int) -> str:
    return f"user:{account_id}"
