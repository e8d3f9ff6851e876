"""Links that are sent by letter: good once and for a time, few an hour, and only their hashes are kept."""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.tokens import hash_of, new_session_token
from service.storage.clock import database_now
from service.storage.tables import EmailConfirmation, PasswordReset

LINKS_AN_HOUR = 3  # for one account

Kind = type[EmailConfirmation] | type[PasswordReset]


def is_good(kind: Kind, token: str, lasts: timedelta) -> ColumnElement[bool]:
    """SQL: the link's time is not over, nor further ahead than it can be by a clock that goes right."""
    now = database_now()
    latest = now + lasts + timedelta(minutes=1)
    return and_(kind.token_hash == hash_of(token), kind.expires_at.between(now, latest))


async def make_link(session: AsyncSession, kind: Kind, account_id: int, lasts: timedelta) -> str | None:
    """Make a link for an account that the caller holds; it belongs into the letter and nowhere else.

    Returns:
        The link's token; None if the account had several of late.
    """
    now = database_now()
    of_late = select(func.count()).where(
        kind.user_id == account_id, kind.created_at > now - timedelta(hours=1)
    )
    if (await session.scalar(of_late) or 0) >= LINKS_AN_HOUR:
        return None
    token = new_session_token()
    session.add(kind(token_hash=hash_of(token), user_id=account_id, created_at=now, expires_at=now + lasts))
    await session.flush()
    return token
