"""Another e-mail address for an account: whoever reads the old one and the new one have to agree, each by a link."""

from datetime import timedelta
from typing import Literal

import msgspec
from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts import rules
from service.forum.accounts.operations.profile import put_email
from service.forum.accounts.queries.availability import email_taken
from service.forum.accounts.tokens import hash_of, new_session_token
from service.forum.accounts.viewer import Viewer
from service.forum.checks import refuse
from service.forum.errors import Conflict, Invalid, NotFound
from service.forum.events import EmailRequested
from service.language import _
from service.storage.clock import database_now
from service.storage.outbox import record
from service.storage.tables import EmailChange, User

LINKS_LAST = timedelta(days=3)
BAD_LINK = _("This link is no longer valid. Go to your settings to change your email address again.")

Side = Literal["old", "new"]


async def want_email(session: AsyncSession, viewer: Viewer, email: str) -> None:
    """Ask the present address of the viewer's account and another one whether the account is to have the other.

    Raises:
        Invalid, Conflict: the account cannot have that one.
    """
    email = rules.tidy_email(email)
    refuse({"email": rules.problem_with_email(email)})
    present = await session.scalar(select(User.email).where(User.id == viewer.id))
    if email == (present or "").lower():
        raise Invalid({"email": _("This is already your email address.")})
    if await session.scalar(select(email_taken(email, but=viewer.id))):
        raise Conflict(
            _("An account with this email address already exists."), code="email_taken", field="email"
        )
    now = database_now()
    values = {
        "email": email,
        "old_token_hash": None,
        "new_token_hash": None,
        "old_agreed": not present,
        "new_agreed": False,
        "created_at": now,
        "expires_at": now + LINKS_LAST,
    }
    wanted = insert(EmailChange).values(user_id=viewer.id, **values)
    await session.execute(wanted.on_conflict_do_update(index_elements=["user_id"], set_=values))
    for occasion in ("address_new", *(("address_old",) if present else ())):
        await record(session, EmailRequested(occasion=occasion, account_id=viewer.id))


async def keep_email(session: AsyncSession, viewer: Viewer) -> None:
    """Let the viewer's address be; nothing happens if no other was wanted."""
    await session.execute(delete(EmailChange).where(EmailChange.user_id == viewer.id))


class AddressLink(msgspec.Struct, frozen=True):
    """A link by which an address agrees; `token` belongs into the letter to that address and nowhere else.

    Attributes:
        address: Where the letter goes.
        wanted: The address that the account is to have.
    """

    address: str
    wanted: str
    token: str

    def __repr__(self) -> str:
        return "AddressLink()"


async def make_address_link(session: AsyncSession, account_id: int, side: Side) -> AddressLink | None:
    """Make the link by which one of the two addresses agrees; None if there is nothing to agree to any more."""
    change = await session.get(EmailChange, account_id, with_for_update=True)
    user = await session.get(User, account_id)
    if change is None or user is None or user.deleted:
        return None
    token = new_session_token()
    if side == "old":
        change.old_token_hash = hash_of(token)
    else:
        change.new_token_hash = hash_of(token)
    await session.flush()
    return AddressLink(user.email or "" if side == "old" else change.email, change.email, token)


async def agree_to_email(session: AsyncSession, token: str) -> bool:
    """Let one of the two addresses agree; once both have, the account has the new one.

    Returns:
        Whether it has it now; otherwise the other address is still to agree.

    Raises:
        NotFound: the link is not, or no longer, good.
        Conflict: somebody else has that address meanwhile.
    """
    hashed = hash_of(token)
    statement = select(EmailChange).where(
        or_(EmailChange.old_token_hash == hashed, EmailChange.new_token_hash == hashed),
        EmailChange.expires_at > database_now(),
    )
    change = await session.scalar(statement.with_for_update())
    if change is None:
        raise NotFound(BAD_LINK)
    if change.old_token_hash == hashed:
        change.old_agreed = True
    else:
        change.new_agreed = True
    await session.flush()
    if not (change.old_agreed and change.new_agreed):
        return False
    account_id, email = change.user_id, change.email
    await session.delete(change)
    await session.flush()
    await put_email(session, account_id, email)
    return True
