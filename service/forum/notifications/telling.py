"""Telling people something: a row for each, and one more on their counters."""

from collections.abc import Iterable

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.moderation.rules import shorten
from service.forum.notifications.counter import note_change
from service.forum.notifications.rules import TITLE_LENGTH
from service.forum.notifications.shapes import News
from service.storage.tables import Notification, User, UserBlock


async def tell(session: AsyncSession, account_ids: Iterable[int], news: News) -> int:
    """Tell people something and count it as unread for each of them.

    The author is never told of their own doing; remote, deleted and banned accounts, and those who blocked the
    author, are left out.

    Returns:
        How many were told.
    """
    listeners = await _listeners(session, set(account_ids) - {news.author_id}, news.author_id)
    if not listeners:
        return 0
    session.add_all(
        Notification(
            title=shorten(news.title, TITLE_LENGTH),
            url=news.url,
            user_id=account_id,
            author_id=news.author_id,
            notif_type=news.kind,
            subtype=news.subtype,
            targets={"gen": "0", **news.targets},
        )
        for account_id in listeners
    )
    await session.flush()
    await session.execute(
        update(User)
        .where(User.id.in_(listeners))
        .values(unread_notifications=func.coalesce(User.unread_notifications, 0) + 1)
    )
    note_change(session, listeners)
    return len(listeners)


async def _listeners(session: AsyncSession, account_ids: set[int], author_id: int) -> list[int]:
    """Those who can and want to hear from the author. In the order of ids, so that two at once never wait in a ring."""
    if not account_ids:
        return []
    blocked = exists().where(UserBlock.blocker_id == User.id, UserBlock.blocked_id == author_id)
    statement = (
        select(User.id)
        .where(
            User.id.in_(account_ids),
            User.ap_id.is_(None),
            User.deleted.is_not(True),
            User.banned.is_not(True),
            ~blocked,
        )
        .order_by(User.id)
        .with_for_update(key_share=True)
    )
    return list((await session.scalars(statement)).all())
