"""Notifications: the list, following one to what it is about, marking all as read."""

from typing import Any

import msgspec
from quart import Blueprint, Response, request

from service.forum import notifications
from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.choices import options
from service.forum.comments.queries import comments_by_ids
from service.forum.notifications.choices import STATUS_MENU, NotificationStatus
from service.forum.notifications.shapes import NotificationRow
from service.forum.posts.queries import known_posts
from service.forum.posts.shapes import PostRow
from service.http.context import current_viewer, resources
from service.http.web.frame.forms import came_from, go, number_of, on_this_site
from service.http.web.frame.helpers import excerpt_of
from service.http.web.frame.listing import PAGE, page_after, tabs
from service.http.web.frame.rendering import render

blueprint = Blueprint("notifications", __name__)


@blueprint.get("/notifications")
async def index() -> str:
    """Show what the viewer was told, newest first."""
    viewer = signed_in(current_viewer())
    status = NotificationStatus.named(request.args.get("show"), NotificationStatus.ALL)
    number = number_of(request.args.get("page"))
    async with resources().database.read() as db:
        page = await notifications.listing(db, viewer, status=status, page=number, size=PAGE)
        groups = await _grouped(db, viewer, page.notifications)
    return render(
        "notifications/notifications.html",
        here="notifications",
        groups=groups,
        show_links=tabs("/notifications", "show", status, dict(options(STATUS_MENU))),
        next_url=page_after("/notifications", number, page.has_more, show=status),
    )


class Told(msgspec.Struct, frozen=True):
    """A notification with the beginning of what it is about.

    Attributes:
        excerpt: Of the comment, else of the post; '' where it is about neither, or that is gone.
    """

    item: NotificationRow
    excerpt: str


class Group(msgspec.Struct, frozen=True):
    """Notifications that follow one another and are about the same post; None for those about none."""

    post: PostRow | None
    told: list[Told]


async def _grouped(db: Any, viewer: Viewer, items: list[NotificationRow]) -> list[Group]:
    """The notifications of a page, those about one post together."""
    posts = await known_posts(db, viewer, sorted({item.post_id for item in items if item.post_id}))
    comments = await comments_by_ids(
        db, viewer, sorted({item.comment_id for item in items if item.comment_id})
    )
    groups: list[Group] = []
    for item in items:
        post, comment = posts.get(item.post_id or 0), comments.get(item.comment_id or 0)
        gone = post is None or post.deleted or post.removed
        written = comment if comment and not (comment.deleted or comment.removed) else None
        told = Told(item, "" if gone else excerpt_of(written) if written else "")
        shown = None if gone else post
        if shown and groups and groups[-1].post and groups[-1].post.id == shown.id:
            groups[-1].told.append(told)
        else:
            groups.append(Group(shown, [told]))
    return groups


@blueprint.get("/notification/<int:notification_id>/goto")
async def follow(notification_id: int) -> Response:
    """Lead to what a notification is about, and mark it as read."""
    viewer = signed_in(current_viewer())
    async with resources().database.read() as db:
        told = await notifications.notification_by_id(db, viewer, notification_id)
    if not told.read:
        await resources().database.write(notifications.mark, viewer, notification_id, read=True)
    path = told.url.removeprefix(f"https://{resources().config.site.domain}")
    return go(on_this_site(path, "/notifications"))


@blueprint.post("/notification/<int:notification_id>/read", defaults={"read": True})
@blueprint.post("/notification/<int:notification_id>/unread", defaults={"read": False})
async def set_read(notification_id: int, *, read: bool) -> Response:
    """Mark a notification as read, or as unread again."""
    viewer = signed_in(current_viewer())
    await resources().database.write(notifications.mark, viewer, notification_id, read=read)
    return go(await came_from())


@blueprint.post("/notifications/all_read")
async def mark_all_read() -> Response:
    """Mark everything as read."""
    await resources().database.write(notifications.mark_all_read, signed_in(current_viewer()))
    return go("/notifications", "all-read")
