"""What somebody was told, and how much of it they have not read."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from service.forum.accounts.columns import VIEWER_ID, as_seen_by, author_loader, picture
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id
from service.forum.errors import NotFound
from service.forum.messages.queries import unread_by_viewer
from service.forum.notifications.choices import NotificationStatus
from service.forum.notifications.relevance import is_relevant
from service.forum.notifications.rules import MENTIONED_IN_COMMENT, MESSAGE, REPLIES, UNKNOWN
from service.forum.notifications.shapes import NotificationPage, NotificationRow, Totals, UnreadCount
from service.storage.rows import Loader, Read, if_there
from service.storage.statements import literal_limit
from service.storage.tables import ChatMessage, Notification, User

_AUTHOR, _AVATAR = aliased(User, name="author"), picture("avatar")


async def unread_count(db: AsyncConnection, viewer: Viewer) -> UnreadCount:
    """How much the viewer has not read, in one statement."""
    return UnreadCount(*(await db.execute(_unread(), as_seen_by(viewer))).one())


async def totals(db: AsyncConnection, viewer: Viewer) -> Totals:
    """How many notifications the viewer has."""
    statement = select(func.count(), func.count().filter(Notification.read.is_(False))).where(
        Notification.user_id == viewer.id, is_relevant()
    )
    return Totals(*(await db.execute(statement)).one())


async def listing(
    db: AsyncConnection,
    viewer: Viewer,
    *,
    kinds: Sequence[int] = (),
    status: NotificationStatus = NotificationStatus.ALL,
    page: int = 1,
    size: int = 20,
) -> NotificationPage:
    """A page of what the viewer was told.

    Parameters:
        kinds: those alone; all without any.
        page: from 1.
        size: notifications a page.
    """
    statement = _statement().where(Notification.user_id == viewer.id, is_relevant())
    if kinds:
        statement = statement.where(Notification.notif_type.in_(kinds))
    if status is not NotificationStatus.ALL:
        statement = statement.where(Notification.read.is_(status is NotificationStatus.READ))
    statement = (
        statement.order_by(Notification.id.desc())
        .limit(literal_limit(size + 1))
        .offset(literal_limit((page - 1) * size))
    )
    found = [_NOTIFICATION.load(row) for row in await db.execute(statement)]
    return NotificationPage(found[:size], len(found) > size)


async def since(
    db: AsyncConnection, viewer: Viewer, notification_id: int, *, at_most: int
) -> list[NotificationRow]:
    """What the viewer was told after a notification, the oldest first.

    An account's row is locked while it is told something, so what it is told becomes visible in the order of the ids.
    """
    statement = (
        _statement()
        .where(Notification.user_id == viewer.id, Notification.id > notification_id, is_relevant())
        .order_by(Notification.id)
        .limit(literal_limit(at_most))
    )
    return [_NOTIFICATION.load(row) for row in await db.execute(statement)]


async def newest_id(db: AsyncConnection, viewer: Viewer) -> int:
    """The id of the last notification of the viewer's; 0 without one."""
    statement = select(func.max(Notification.id)).where(Notification.user_id == viewer.id)
    return await db.scalar(statement) or 0


async def notification_by_id(db: AsyncConnection, viewer: Viewer, notification_id: int) -> NotificationRow:
    """One of the viewer's notifications, or NotFound."""
    if not is_id(notification_id):
        raise NotFound
    statement = _statement().where(Notification.id == notification_id, Notification.user_id == viewer.id)
    row = (await db.execute(statement)).first()
    if row is None:
        raise NotFound
    return _NOTIFICATION.load(row)


@lru_cache
def _unread() -> Select[Any]:
    messages = select(func.count()).select_from(ChatMessage).where(unread_by_viewer()).scalar_subquery()
    # Where posts name somebody, there is no list of mentions to show it: it counts as something else.
    is_reply, is_mention = Notification.subtype.in_(REPLIES), Notification.subtype == MENTIONED_IN_COMMENT
    is_message = Notification.notif_type == MESSAGE
    known = func.coalesce(or_(is_reply, is_mention, is_message), False)
    return select(
        func.count().filter(is_reply), func.count().filter(is_mention), messages, func.count().filter(~known)
    ).where(Notification.user_id == VIEWER_ID, Notification.read.is_(False), is_relevant())


def _statement() -> Select[Any]:
    return (
        select(*_NOTIFICATION.columns)
        .outerjoin(_AUTHOR, _AUTHOR.id == Notification.author_id)
        .outerjoin(_AVATAR, _AVATAR.id == _AUTHOR.avatar_id)
    )


def _target(name: str) -> Read:
    """An id of what it is about, as far as that is known."""
    return Read(Notification.targets, lambda known: known.get(name) if isinstance(known, dict) else None)


_NOTIFICATION = Loader(
    NotificationRow,
    {
        "kind": func.coalesce(Notification.notif_type, literal_column(str(UNKNOWN))),
        "author": if_there(author_loader(_AUTHOR, _AVATAR)),
        "post_id": _target("post_id"),
        "comment_id": _target("comment_id"),
        "community_id": _target("community_id"),
    },
    Notification,
)
