"""A private message as its two people see it: frozen, without a database."""

from datetime import datetime

import msgspec

from service.forum.accounts.shapes import AuthorRow


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
