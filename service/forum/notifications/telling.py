"""Telling people something: a row for each, and one more on their counters."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.moderation.rules import shorten
from service.forum.notifications.relevance import author_is_blocked, target, welcome
from service.forum.notifications.rules import ABOUT_CONTENT, MESSAGE, REMINDER, TITLE_LENGTH
from service.forum.notifications.shapes import News
from service.storage.statements import Id
from service.storage.tables import Community, Notification, Post, User


async def tell(session: AsyncSession, account_ids: Iterable[int], news: News) -> set[int]:
    """Tell people something and count it as unread for each of them.

    The author is never told of their own doing, but of what they asked to be reminded of; remote, deleted and banned
    accounts, and those who may not or do not want to see what it is about, are left out.

    Returns:
        The ids of those who were told.
    """
    others = set(account_ids) if news.kind == REMINDER else set(account_ids) - {news.author_id}
    listeners = await _listeners(session, others, news)
    if not listeners:
        return set()
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
    return set(listeners)


async def already_notified(
    session: AsyncSession, account_ids: set[int], kind_of_id: str, entity_id: int, *, alone: bool = False
) -> set[int]:
    """Those of the accounts who were told of a comment or post before, whether they have read it or not.

    Parameters:
        kind_of_id: "comment_id" or "post_id".
        alone: of the post itself, not of a comment on it.
    """
    if not account_ids:
        return set()
    statement = select(Notification.user_id).where(
        Notification.user_id.in_(account_ids),
        Notification.notif_type.in_(ABOUT_CONTENT),
        target(kind_of_id) == entity_id,
    )
    if alone:
        statement = statement.where(target("comment_id").is_(None))
    return {account_id for account_id in await session.scalars(statement) if account_id is not None}


async def _listeners(session: AsyncSession, account_ids: set[int], news: News) -> list[int]:
    """Those who can and want to hear it. In the order of ids, so that two at once never wait in a ring."""
    if not account_ids:
        return []
    statement = (
        select(User.id)
        .where(
            User.id.in_(account_ids),
            User.is_local,
            User.deleted.is_not(True),
            User.banned.is_not(True),
            *_wanted(news),
        )
        .order_by(User.id)
        .with_for_update(key_share=True, of=User)
    )
    return list((await session.scalars(statement)).all())


def _wanted(news: News) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if news.kind in {*ABOUT_CONTENT, MESSAGE}:
        conditions.append(~author_is_blocked(User.id, news.author_id))
    if news.kind in {*ABOUT_CONTENT, REMINDER}:
        conditions.append(_may_see(news.targets["post_id"]))
    return conditions


def _may_see(post_id: Id) -> ColumnElement[bool]:
    post = select(Post.id).join(Community, Community.id == Post.community_id)
    return post.where(Post.id == post_id, *welcome(User.id)).correlate_except(Post, Community).exists()
