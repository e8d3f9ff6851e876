"""A private message as the API shows it."""

from typing import NotRequired, TypedDict

from service.forum.messages.shapes import MessageRow
from service.http.api.shapes.people import Person, introduction
from service.http.api.shapes.values import moment, without_missing


class PrivateMessage(TypedDict):
    """A message: its own fields."""

    id: int
    creator_id: int
    recipient_id: int
    content: str
    deleted: bool
    read: bool
    published: str
    ap_id: str
    local: bool


class PrivateMessageView(TypedDict):
    """A message with its two people."""

    private_message: PrivateMessage
    creator: Person
    recipient: Person
    conversation_id: NotRequired[int]


def message_view(origin: str, row: MessageRow) -> PrivateMessageView:
    """Return a PrivateMessageView.

    Parameters:
        origin: the site's own, put before relative addresses.
        row: the message with its two people.
    """
    shape: PrivateMessageView = {
        "private_message": message_shape(origin, row),
        "creator": introduction(origin, row.sender),
        "recipient": introduction(origin, row.recipient),
    }
    return without_missing(shape, conversation_id=row.conversation_id)


def message_shape(origin: str, row: MessageRow) -> PrivateMessage:
    """Return a PrivateMessage."""
    return {
        "id": row.id,
        "creator_id": row.sender.id,
        "recipient_id": row.recipient.id,
        "content": row.content,
        "deleted": row.deleted,
        "read": row.read,
        "published": moment(row.created_at),
        "ap_id": row.ap_id or f"{origin}/private_message/{row.id}",
        "local": row.sender.local,
    }
