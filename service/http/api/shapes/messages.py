"""A private message as the API shows it."""

from service.forum.messages.queries import MessageRow
from service.http.api.shapes.people import author_shape
from service.http.api.shapes.values import Shape, moment, without_missing


def message_view(origin: str, row: MessageRow) -> Shape:
    """Return a PrivateMessageView.

    Parameters:
        origin: the site's own, put before relative addresses.
        row: the message with its two people.
    """
    return without_missing(
        {
            "private_message": message_shape(origin, row),
            "creator": author_shape(origin, row.sender),
            "recipient": author_shape(origin, row.recipient),
        },
        conversation_id=row.conversation_id,
    )


def message_shape(origin: str, row: MessageRow) -> Shape:
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
