"""What somebody was told, with the posts and comments that it is about; for lists and for the stream."""

from collections.abc import Sequence
from typing import Any

from service.forum.accounts.viewer import Viewer
from service.forum.comments.queries import comments_by_ids
from service.forum.notifications import NotificationRow
from service.forum.posts.queries import known_posts
from service.http.api.shapes.notifications import UserNotificationItemView, notification_view


async def notification_views(
    db: Any, origin: str, viewer: Viewer, rows: Sequence[NotificationRow]
) -> list[UserNotificationItemView]:
    """Return UserNotificationItemViews; what the viewer may not read is missing in them.

    Parameters:
        origin: the site's own, put before relative addresses.
        rows: what the viewer was told.
    """
    comments = await comments_by_ids(db, viewer, [row.comment_id for row in rows if row.comment_id])
    alone = [row.post_id for row in rows if row.post_id and row.comment_id not in comments]
    posts = await known_posts(db, viewer, alone)
    return [
        notification_view(origin, row, posts.get(row.post_id or 0), comments.get(row.comment_id or 0))
        for row in rows
    ]
