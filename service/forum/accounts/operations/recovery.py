"""A new password for somebody who forgot theirs, by a letter to the address of the account."""

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts import letter_links, rules
from service.forum.accounts.attempts import count_of_strangers
from service.forum.accounts.operations.attempts import forgive
from service.forum.accounts.operations.letting_in import let_in
from service.forum.accounts.operations.rows import local_account_row
from service.forum.accounts.operations.sessions import set_password
from service.forum.accounts.queries.recovery import (
    LINK_LASTS,
    account_of_email,
    is_good,
    is_theirs,
    may_recover,
)
from service.forum.checks import refuse
from service.forum.errors import NotFound
from service.forum.events import PasswordForgotten
from service.language import _
from service.storage.outbox import record
from service.storage.tables import PasswordReset, User

BAD_LINK = _("This link is no longer valid. Request a new one.")


class Recovery(msgspec.Struct, frozen=True):
    """A link for a new password; `token` belongs into the letter and nowhere else."""

    account_id: int
    token: str

    def __repr__(self) -> str:
        return f"Recovery(account_id={self.account_id})"


async def want_new_password(session: AsyncSession, email: str) -> None:
    """Let a letter be sent to the owner of an e-mail address, if there is one: it takes as long if there is none.

    Raises:
        Invalid: this is no e-mail address.
    """
    email = rules.tidy_email(email)
    refuse({"email": rules.problem_with_email(email)})
    await record(session, PasswordForgotten(email=email))


async def make_link(session: AsyncSession, email: str) -> Recovery | None:
    """Make a link for the account with this e-mail address.

    Returns:
        The link; None if nobody here has the address, if they may not come in anyway, or had several links of late.
    """
    account_id = await session.scalar(account_of_email(email))
    if account_id is None:
        return None
    await local_account_row(session, account_id)
    token = await letter_links.make_link(session, PasswordReset, account_id, LINK_LASTS)
    return None if token is None else Recovery(account_id, token)


async def use_link(session: AsyncSession, token: str, password_hash: str, *, secret: str, domain: str) -> int:
    """Give an account a new password, once; every session, token and link of it ends, and its address is confirmed.

    Parameters:
        token: of a link of ours, or of one that PieFed sent.
        secret, domain: the site's.

    Returns:
        The id of the account.

    Raises:
        NotFound: the link is not, or no longer, good.
    """
    used = delete(PasswordReset).where(is_good(token)).returning(PasswordReset.user_id)
    account_id = await session.scalar(used)
    mine = is_theirs(token, secret) if account_id is None else User.id == account_id
    held = select(User).where(mine, may_recover()).with_for_update(key_share=True)
    user = await session.scalar(held)
    if user is None:
        raise NotFound(BAD_LINK)
    account_id = user.id
    await session.execute(delete(PasswordReset).where(PasswordReset.user_id == account_id))
    user.verification_token = ""
    await let_in(session, user, domain=domain)
    await set_password(session, account_id, password_hash)
    await forgive(session, count_of_strangers(account_id))
    return account_id
