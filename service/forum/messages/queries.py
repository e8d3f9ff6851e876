"""Reads of private messages; each is for its two people only, and for neither after they left the conversation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from service.forum.accounts.columns import (
    AUTHOR_WIDTH,
    VIEWER_ID,
    as_seen_by,
    author_columns,
    author_row,
    picture,
)
from service.forum.accounts.rules import is_id
from service.forum.accounts.viewer import Viewer
from service.forum.errors import NotFound
from service.forum.posts.shapes import AuthorRow
from service.storage.statements import literal_limit
from service.storage.tables import ChatMessage, ConversationMember, User, UserBlock

_SENDER, _RECIPIENT = aliased(User, name="sender"), aliased(User, name="recipient")
_SENDER_AVATAR, _RECIPIENT_AVATAR = picture("sender_avatar"), picture("recipient_avatar")


class MessageRow(msgspec.Struct, frozen=True):
    """A private message with its two people.

    Attributes:
        content, html: Empty once the sender has deleted it.
        ap_id: '' where an old row has none.
        read: By the recipient.
        conversation_id: None for an old row without one.
    """

    id: int
    conversation_id: int | None
    content: str
    html: str
    ap_id: str
    created_at: datetime
    read: bool
    deleted: bool
    sender: AuthorRow
    recipient: AuthorRow


async def listing(
    db: AsyncConnection, viewer: Viewer, *, unread_only: bool = False, page: int = 1, size: int = 20
) -> list[MessageRow]:
    """A page of what the viewer wrote and got, the newest first; nothing by people whom they blocked.

    Parameters:
        unread_only: only what they got and have not read.
        page: from 1.
        size: messages a page.
    """
    wanted = [unread_by_viewer()] if unread_only else [_concerns_viewer(), _not_blocked()]
    statement = _page(messages().where(*wanted, _not_left()), page, size)
    return [message_row(row) for row in await db.execute(statement, as_seen_by(viewer))]


async def newest_of_each(
    db: AsyncConnection, viewer: Viewer, *, page: int = 1, size: int = 20
) -> list[MessageRow]:
    """A page of the viewer's conversations, of each the newest message, the last one first."""
    newest = (
        select(func.max(ChatMessage.id))
        .where(_concerns_viewer(), ChatMessage.conversation_id.is_not(None), _not_left(), _not_blocked())
        .group_by(ChatMessage.conversation_id)
    )
    statement = _page(messages().where(ChatMessage.id.in_(newest)), page, size)
    return [message_row(row) for row in await db.execute(statement, as_seen_by(viewer))]


async def conversation_with(
    db: AsyncConnection, viewer: Viewer, person_id: int, *, page: int = 1, size: int = 20
) -> list[MessageRow]:
    """A page of what the viewer and one other person wrote to each other, the newest first."""
    between = or_(
        and_(ChatMessage.sender_id == VIEWER_ID, ChatMessage.recipient_id == person_id),
        and_(ChatMessage.sender_id == person_id, ChatMessage.recipient_id == VIEWER_ID),
    )
    if not is_id(person_id):
        return []
    statement = _page(messages().where(between, _not_left()), page, size)
    return [message_row(row) for row in await db.execute(statement, as_seen_by(viewer))]


async def conversation(
    db: AsyncConnection, viewer: Viewer, conversation_id: int, *, page: int = 1, size: int = 20
) -> list[MessageRow]:
    """A page of a conversation, the newest message first; NotFound unless the viewer takes part in it."""
    if not is_id(conversation_id) or not await db.scalar(
        select(takes_part(conversation_id)), as_seen_by(viewer)
    ):
        raise NotFound
    statement = _page(messages().where(ChatMessage.conversation_id == conversation_id), page, size)
    return [message_row(row) for row in await db.execute(statement, as_seen_by(viewer))]


async def one(db: AsyncConnection, viewer: Viewer, message_id: int) -> MessageRow:
    """A message that the viewer wrote or got, or NotFound."""
    if not is_id(message_id):
        raise NotFound
    statement = messages().where(ChatMessage.id == message_id, _concerns_viewer(), _not_left())
    row = (await db.execute(statement, as_seen_by(viewer))).one_or_none()
    if row is None:
        raise NotFound
    return message_row(row)


def takes_part(conversation_id: Any) -> ColumnElement[bool]:
    """SQL: the viewer is in the conversation and has not left it."""
    return exists().where(
        ConversationMember.conversation_id == conversation_id,
        ConversationMember.user_id == VIEWER_ID,
        ConversationMember.joined.is_not(False),
    )


def unread_by_viewer() -> ColumnElement[bool]:
    """SQL: the viewer got the message and has not read it; those by blocked people and deleted ones do not count."""
    return and_(
        ChatMessage.recipient_id == VIEWER_ID,
        ChatMessage.read.is_(False),
        ChatMessage.deleted.is_not(True),
        _not_blocked(),
    )


def messages() -> Select[Any]:
    """The columns that `message_row` reads, of all messages."""
    gone = ChatMessage.deleted.is_(True)
    return (
        select(
            ChatMessage.id,
            ChatMessage.conversation_id,
            case((gone, literal_column("''")), else_=func.coalesce(ChatMessage.body, literal_column("''"))),
            case(
                (gone, literal_column("''")), else_=func.coalesce(ChatMessage.body_html, literal_column("''"))
            ),
            ChatMessage.ap_id,
            ChatMessage.created_at,
            ChatMessage.read,
            ChatMessage.deleted,
            *author_columns(_SENDER, _SENDER_AVATAR),
            *author_columns(_RECIPIENT, _RECIPIENT_AVATAR),
        )
        .join(_SENDER, _SENDER.id == ChatMessage.sender_id)
        .join(_RECIPIENT, _RECIPIENT.id == ChatMessage.recipient_id)
        .outerjoin(_SENDER_AVATAR, _SENDER_AVATAR.id == _SENDER.avatar_id)
        .outerjoin(_RECIPIENT_AVATAR, _RECIPIENT_AVATAR.id == _RECIPIENT.avatar_id)
    )


def message_row(row: Sequence[Any]) -> MessageRow:
    """The message made of the columns of `messages`."""
    id_, conversation_id, content, html, ap_id, created_at, read, deleted = row[:8]
    return MessageRow(
        id_,
        conversation_id,
        content,
        html,
        ap_id or "",
        created_at or datetime(1970, 1, 1),
        bool(read),
        bool(deleted),
        author_row(row[8 : 8 + AUTHOR_WIDTH]),
        author_row(row[8 + AUTHOR_WIDTH : 8 + 2 * AUTHOR_WIDTH]),
    )


def _concerns_viewer() -> ColumnElement[bool]:
    return or_(ChatMessage.sender_id == VIEWER_ID, ChatMessage.recipient_id == VIEWER_ID)


def _not_left() -> ColumnElement[bool]:
    return or_(ChatMessage.conversation_id.is_(None), takes_part(ChatMessage.conversation_id))


def _not_blocked() -> ColumnElement[bool]:
    return ~exists().where(UserBlock.blocker_id == VIEWER_ID, UserBlock.blocked_id == ChatMessage.sender_id)


def _page(statement: Select[Any], page: int, size: int) -> Select[Any]:
    return (
        statement.order_by(ChatMessage.id.desc())
        .limit(literal_limit(size))
        .offset(literal_limit((page - 1) * size))
    )
