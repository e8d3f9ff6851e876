"""Links for a new password: whether one is good, and who may have one."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts import letter_links
from service.forum.accounts.queries.viewers import applies
from service.forum.accounts.tokens import read_reset_token
from service.forum.bans import is_banned
from service.forum.checks import is_id
from service.storage.clock import EPOCH
from service.storage.tables import DisabledAccount, PasswordReset, User

LINK_LASTS = timedelta(hours=1)


async def name_of_link(db: AsyncConnection, token: str, *, secret: str) -> str | None:
    """The name of the account that a link is for; None if it is not, or no longer, good.

    Parameters:
        secret: the site's key, with which PieFed signs the links of its letters.
    """
    ours = exists().where(PasswordReset.user_id == User.id, is_good(token))
    mine = or_(ours, is_theirs(token, secret))
    return await db.scalar(select(User.user_name).where(mine, may_recover()))


def is_theirs(token: str, secret: str) -> ColumnElement[bool]:
    """SQL: it is the account of a link that PieFed sent; good once, for then the password is newer than the link."""
    claims = read_reset_token(token, secret=secret)
    if claims is None or not is_id(claims.account_id):
        return false()
    set_before = func.coalesce(User.password_updated_at, EPOCH) <= claims.issued_at
    return and_(User.id == claims.account_id, set_before)


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
