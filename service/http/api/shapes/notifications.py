"""A notification as the API shows it."""

from typing import Literal, NotRequired, TypedDict
from urllib.parse import urlsplit

from service.forum.comments.shapes import CommentRow
from service.forum.notifications import COMMUNITY, NotificationRow
from service.forum.posts.shapes import PostRow
from service.http.api.shapes.comments import Comment, CommentView, comment_shape, comment_view
from service.http.api.shapes.communities import Community, community_beside
from service.http.api.shapes.people import Person, author_shape
from service.http.api.shapes.posts import PostView, post_view
from service.http.api.shapes.values import moment, without_missing
from service.storage.clock import EPOCH


class UserNotificationItemView(TypedDict):
    """What somebody was told, by whom, and about what."""

    notif_id: int
    notif_type: int
    notif_subtype: str
    notif_body: str
    status: Literal["Unread", "Read"]
    author: Person
    post_id: NotRequired[int]
    comment_id: NotRequired[int]
    post: NotRequired[PostView]
    comment: NotRequired[Comment]
    comment_view: NotRequired[CommentView]
    community: NotRequired[Community]


def notification_view(
    origin: str, row: NotificationRow, post: PostRow | None, comment: CommentRow | None
) -> UserNotificationItemView:
    """Return a UserNotificationItemView.

    Parameters:
        origin: the site's own, put before relative addresses.
        row: what somebody was told.
        post, comment: what it is about, as far as the viewer may read it; the comment has its post with it.
    """
    post = comment.post if comment else post
    about = comment or post
    shape: UserNotificationItemView = {
        "notif_id": row.id,
        "notif_type": row.kind,
        "notif_subtype": row.subtype,
        "notif_body": (about.body or "") if about else row.title,
        "status": "Read" if row.read else "Unread",
        "author": author_shape(origin, row.author) if row.author else _the_site(origin),
    }
    return without_missing(
        shape,
        post_id=row.post_id,
        comment_id=row.comment_id,
        post=post_view(origin, post) if post else None,
        comment=comment_shape(comment) if comment else None,
        comment_view=comment_view(origin, comment) if comment else None,
        community=community_beside(origin, post.community) if post and row.kind == COMMUNITY else None,
    )


def _the_site(origin: str) -> Person:
    """Who speaks where nobody does, since clients count on somebody: an old row without an author."""
    return {
        "id": 0,
        "user_name": urlsplit(origin).netloc,
        "title": None,
        "actor_id": f"{origin}/",
        "local": True,
        "instance_id": 1,
        "bot": True,
        "banned": False,
        "deleted": False,
        "published": moment(EPOCH),
        "extra_fields": [],
    }
