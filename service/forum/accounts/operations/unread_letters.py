"""Letters about what is unread: to whom one is due, and the link by which somebody wants no more of them."""

from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.bans import is_banned
from service.forum.checks import is_id, storable
from service.forum.errors import NotFound
from service.forum.events import EmailRequested
from service.storage.clock import database_now
from service.storage.outbox import record
from service.storage.tables import Notification, User

SEALED_FOR = "unread"  # the link in each by which somebody wants no more of them
# Who was here lately sees it here; who has been away for long has left.
AWAY, GONE = timedelta(days=2), timedelta(days=90)
AT_ONCE = 500  # letters of one look


async def want_unread_letters(session: AsyncSession) -> int:
    """Let those be written to who were told something while they were away, once until they are here again.

    Returns:
        How many letters are wanted.
    """
    now = database_now()
    told = select(func.count()).where(
        Notification.user_id == User.id,
        Notification.read.is_(False),
        Notification.created_at > User.last_seen,
    )
    unread = told.correlate(User).scalar_subquery()
    due = (
        select(User.id, unread.label("unread"))
        .where(
            User.is_local,
            User.deleted.is_not(True),
            User.verified.is_(True),
            ~is_banned(),
            func.coalesce(User.email, "") != "",
            User.email_unread.is_(True),
            User.email_unread_sent.is_not(True),
            User.last_seen.between(now - GONE, now - AWAY),
            unread > 0,
        )
        .order_by(User.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    rows = (await session.execute(due)).all()
    for row in rows:
        await record(session, EmailRequested(occasion="unread", account_id=row.id, reason=f"{row.unread}"))
    sent = update(User).where(User.id.in_([row.id for row in rows])).values(email_unread_sent=True)
    await session.execute(sent)
    return len(rows)


async def stop_unread_letters(session: AsyncSession, account_id: int, token: str | None) -> None:
    """Let an account get no more letters about what is unread.

    Parameters:
        token: of a link in a letter of PieFed's, which stands with the account; None if the link was a sealed one.

    Raises:
        NotFound: there is no such link.
    """
    if not is_id(account_id) or (token is not None and not (token and storable(token))):
        raise NotFound
    wanted = [User.id == account_id, User.is_local]
    if token is not None:
        wanted.append(User.verification_token == token)
    changed = update(User).where(*wanted).values(email_unread=False).returning(User.id)
    if (await session.execute(changed)).first() is None:
        raise NotFound
