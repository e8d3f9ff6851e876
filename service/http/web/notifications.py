"""Notifications: the list, following one to what it is about, marking all as read."""

from quart import Blueprint, Response, request

from service.forum import notifications
from service.forum.accounts.viewer import signed_in
from service.forum.choices import options
from service.forum.notifications.choices import STATUS_MENU, NotificationStatus
from service.http.context import current_viewer, resources
from service.http.web.frame.forms import go, number_of, on_this_site
from service.http.web.frame.helpers import with_query
from service.http.web.frame.listing import PAGE, tabs
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
    return render(
        "notifications/notifications.html",
        here="notifications",
        page=page,
        show_links=tabs("/notifications", "show", status, dict(options(STATUS_MENU))),
        next_url=with_query("/notifications", show=status, page=str(number + 1)) if page.has_more else None,
    )


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


@blueprint.post("/notifications/all_read")
async def mark_all_read() -> Response:
    """Mark everything as read."""
    await resources().database.write(notifications.mark_all_read, signed_in(current_viewer()))
    return go("/notifications", "all-read")
