"""Confirming an e-mail address, by a letter with a link that is good once. Only the link's hash is kept."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts import rules
from service.forum.accounts.letter_links import is_good, make_link
from service.forum.accounts.operations.letting_in import let_in
from service.forum.accounts.operations.registering import NewAccount, Registered, create_account
from service.forum.accounts.operations.rows import local_account_row
from service.forum.accounts.queries.viewers import waits
from service.forum.bans import is_banned
from service.forum.checks import refuse, storable
from service.forum.errors import NotFound
from service.forum.events import AccountApplied, AccountRegistered, ConfirmationForgotten, EmailRequested
from service.language import _
from service.storage.outbox import record
from service.storage.tables import DisabledAccount, EmailConfirmation, Registration, User

LINK_LASTS = timedelta(days=3)
BAD_LINK = _("This link is invalid or has already been used.")


async def register_unconfirmed(session: AsyncSession, new: NewAccount, *, domain: str) -> Registered:
    """Make an account whose owner gets a letter, and comes in once they followed its link; as `create_account`."""
    made = await create_account(session, new, domain=domain)
    await record(session, EmailRequested(occasion="activation", account_id=made.account_id))
    return made


async def want_confirmation(session: AsyncSession, email: str) -> None:
    """Let the letter be sent again, if it is an address to be confirmed: it takes as long if it is not.

    Raises:
        Invalid: this is no e-mail address.
    """
    email = rules.tidy_email(email)
    refuse({"email": rules.problem_with_email(email)})
    await record(session, ConfirmationForgotten(email=email))


async def account_to_confirm(session: AsyncSession, email: str) -> int | None:
    """The id of the first account with this e-mail address that is to be confirmed; None if there is none."""
    mine = and_(func.lower(User.email) == email.lower(), User.email != "", _may_be_confirmed())
    found: int | None = await session.scalar(select(User.id).where(mine).order_by(User.id).limit(1))
    return found


async def make_confirmation(session: AsyncSession, account_id: int) -> str | None:
    """Make a link for an account; it belongs into the letter and nowhere else.

    Returns:
        The link's token; None if there is nothing to confirm, or the account had several links of late.
    """
    may = select(User.id).where(User.id == account_id, _may_be_confirmed())
    if await session.scalar(may) is None:
        return None
    await local_account_row(session, account_id)
    return await make_link(session, EmailConfirmation, account_id, LINK_LASTS)


async def activate(session: AsyncSession, token: str, *, domain: str) -> bool:
    """Confirm the address of the account that a link is for; an application for it is shown to who decides.

    Parameters:
        domain: this site's.

    Returns:
        Whether the owner may sign in now; otherwise the application waits.

    Raises:
        NotFound: the link is not, or no longer, good.
    """
    user = await _owner(session, token) if storable(token) else None
    if user is None:
        raise NotFound(BAD_LINK)
    await session.execute(delete(EmailConfirmation).where(EmailConfirmation.user_id == user.id))
    user.verification_token = ""
    application = await session.scalar(
        select(Registration).where(
            Registration.user_id == user.id, Registration.status == rules.APPLICATION_UNCONFIRMED
        )
    )
    if application is not None:
        application.status = rules.APPLICATION_WAITING
        await record(session, AccountApplied(account_id=user.id, application_id=application.id))
        return False
    await let_in(session, user, domain=domain)
    await record(session, AccountRegistered(account_id=user.id))
    return True


async def _owner(session: AsyncSession, token: str) -> User | None:
    """Whose link it is, locked; the links of PieFed's letters stand with the account itself."""
    account_id = await session.scalar(select(EmailConfirmation.user_id).where(_is_good(token)))
    if account_id is None:
        return await _locked(session, and_(User.verification_token == token, User.verification_token != ""))
    user = await _locked(session, User.id == account_id)
    # Somebody else may have used it while the account was waited for.
    used = delete(EmailConfirmation).where(_is_good(token)).returning(EmailConfirmation.user_id)
    return user if await session.scalar(used) else None


async def _locked(session: AsyncSession, named: ColumnElement[bool]) -> User | None:
    statement = select(User).where(named, _may_be_confirmed()).with_for_update(key_share=True)
    found: User | None = await session.scalar(statement)
    return found


def _is_good(token: str) -> ColumnElement[bool]:
    return is_good(EmailConfirmation, token, LINK_LASTS)


def _may_be_confirmed() -> Any:
    return and_(
        User.is_local,
        User.deleted.is_not(True),
        User.verified.is_not(True),
        ~is_banned(),
        ~waits(),
        ~exists().where(DisabledAccount.user_id == User.id),
    )
