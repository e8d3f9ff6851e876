"""Reads of private messages; each is for its two people only, and for neither after they left the conversation."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from service.forum.accounts.columns import VIEWER_ID, as_seen_by, author_loader, picture
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id
from service.forum.errors import NotFound
from service.forum.messages.shapes import MessageRow
from service.forum.paging import Page, page_of, window
from service.storage.rows import Loader, or_empty
from service.storage.statements import Id
from service.storage.tables import ChatMessage, ConversationMember, User, UserBlock

_SENDER, _RECIPIENT = aliased(User, name="sender"), aliased(User, name="recipient")
_SENDER_AVATAR, _RECIPIENT_AVATAR = picture("sender_avatar"), picture("recipient_avatar")


async def listing(
    db: AsyncConnection, viewer: Viewer, *, unread_only: bool = False, page: int = 1, size: int = 20
) -> Page[MessageRow]:
    """A page of what the viewer wrote and got, the newest first; nothing by people whom they blocked.

    Parameters:
        unread_only: only what they got and have not read.
        page: from 1.
        size: messages a page.
    """
    wanted = [unread_by_viewer()] if unread_only else [_concerns_viewer(), _not_blocked()]
    return await _page(db, viewer, messages().where(*wanted, _not_left()), page, size)


async def newest_of_each(
    db: AsyncConnection, viewer: Viewer, *, page: int = 1, size: int = 20
) -> Page[MessageRow]:
    """A page of the viewer's conversations, of each the newest message, the last one first."""
    newest = (
        select(func.max(ChatMessage.id))
        .where(_concerns_viewer(), ChatMessage.conversation_id.is_not(None), _not_left(), _not_blocked())
        .group_by(ChatMessage.conversation_id)
    )
    return await _page(db, viewer, messages().where(ChatMessage.id.in_(newest)), page, size)


async def conversation_with(
    db: AsyncConnection, viewer: Viewer, person_id: int, *, page: int = 1, size: int = 20
) -> Page[MessageRow]:
    """A page of what the viewer and one other person wrote to each other, the newest first."""
    between = or_(
        and_(ChatMessage.sender_id == VIEWER_ID, ChatMessage.recipient_id == person_id),
        and_(ChatMessage.sender_id == person_id, ChatMessage.recipient_id == VIEWER_ID),
    )
    if not is_id(person_id):
        return Page([], has_more=False)
    return await _page(db, viewer, messages().where(between, _not_left()), page, size)


async def conversation(
    db: AsyncConnection, viewer: Viewer, conversation_id: int, *, page: int = 1, size: int = 20
) -> Page[MessageRow]:
    """A page of a conversation, the newest message first; NotFound unless the viewer takes part in it."""
    if not is_id(conversation_id) or not await db.scalar(
        select(takes_part(conversation_id)), as_seen_by(viewer)
    ):
        raise NotFound
    return await _page(
        db, viewer, messages().where(ChatMessage.conversation_id == conversation_id), page, size
    )


async def message_by_id(db: AsyncConnection, viewer: Viewer, message_id: int) -> MessageRow:
    """A message that the viewer wrote or got, or NotFound."""
    if not is_id(message_id):
        raise NotFound
    statement = messages().where(ChatMessage.id == message_id, _concerns_viewer(), _not_left())
    row = (await db.execute(statement, as_seen_by(viewer))).one_or_none()
    if row is None:
        raise NotFound
    return MESSAGE.load(row)


def takes_part(conversation_id: Id) -> ColumnElement[bool]:
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


_IS_GONE = ChatMessage.deleted.is_(True)
MESSAGE = Loader(
    MessageRow,
    {
        "content": case((_IS_GONE, ""), else_=or_empty(ChatMessage.body)),
        "html": case((_IS_GONE, ""), else_=or_empty(ChatMessage.body_html)),
        "sender": author_loader(_SENDER, _SENDER_AVATAR, introduced=True),
        "recipient": author_loader(_RECIPIENT, _RECIPIENT_AVATAR, introduced=True),
    },
    ChatMessage,
)


def messages() -> Select[Any]:
    """What `MESSAGE` reads, of all messages."""
    return (
        select(*MESSAGE.columns)
        .join(_SENDER, _SENDER.id == ChatMessage.sender_id)
        .join(_RECIPIENT, _RECIPIENT.id == ChatMessage.recipient_id)
        .outerjoin(_SENDER_AVATAR, _SENDER_AVATAR.id == _SENDER.avatar_id)
        .outerjoin(_RECIPIENT_AVATAR, _RECIPIENT_AVATAR.id == _RECIPIENT.avatar_id)
    )


def _concerns_viewer() -> ColumnElement[bool]:
    return or_(ChatMessage.sender_id == VIEWER_ID, ChatMessage.recipient_id == VIEWER_ID)


def _not_left() -> ColumnElement[bool]:
    return or_(ChatMessage.conversation_id.is_(None), takes_part(ChatMessage.conversation_id))


def _not_blocked() -> ColumnElement[bool]:
    return ~exists().where(UserBlock.blocker_id == VIEWER_ID, UserBlock.blocked_id == ChatMessage.sender_id)


async def _page(
    db: AsyncConnection, viewer: Viewer, statement: Select[Any], page: int, size: int
) -> Page[MessageRow]:
    newest_first = statement.order_by(ChatMessage.id.desc())
    rows = await db.execute(window(newest_first, page, size), as_seen_by(viewer))
    return page_of(map(MESSAGE.load, rows), size)
