"""A notification as the API shows it."""

from service.forum.notifications import NotificationRow
from service.http.api.shapes.people import author_shape
from service.http.api.shapes.values import Shape, without_missing


def notification_view(origin: str, row: NotificationRow) -> Shape:
    """Return a UserNotificationItemView.

    Parameters:
        origin: the site's own, put before relative addresses.
        row: what somebody was told.
    """
    return without_missing(
        {
            "notif_id": row.id,
            "notif_type": row.kind,
            "notif_subtype": row.subtype,
            "notif_body": row.title,
            "status": "Read" if row.read else "Unread",
        },
        author=author_shape(origin, row.author) if row.author else None,
        post_id=row.post_id,
        comment_id=row.comment_id,
    )
