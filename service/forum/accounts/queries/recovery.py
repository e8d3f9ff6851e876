"""Links for a new password: whether one is good, and who may have one."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts import letter_links
from service.forum.accounts.queries.viewers import applies
from service.forum.bans import is_banned
from service.storage.tables import DisabledAccount, PasswordReset, User

LINK_LASTS = timedelta(hours=1)


async def name_of_link(db: AsyncConnection, token: str) -> str | None:
    """The name of the account that a link is for; None if it is not, or no longer, good."""
    named = select(User.user_name).join(PasswordReset, PasswordReset.user_id == User.id)
    return await db.scalar(named.where(is_good(token), may_recover()))


def is_good(token: str) -> ColumnElement[bool]:
    """SQL: the link has not run out."""
    return letter_links.is_good(PasswordReset, token, LINK_LASTS)


def may_recover() -> ColumnElement[bool]:
    """SQL: an account of this site whose owner could come in with the right password."""
    return and_(
        User.is_local,
        User.deleted.is_not(True),
        ~is_banned(),
        ~applies(),
        ~exists().where(DisabledAccount.user_id == User.id),
    )


def account_of_email(email: str) -> Select[Any]:
    """SQL: the id of the first account with an e-mail address, in any case."""
    mine = and_(func.lower(User.email) == email.lower(), User.email != "", may_recover())
    return select(User.id).where(mine).order_by(User.id).limit(1)
