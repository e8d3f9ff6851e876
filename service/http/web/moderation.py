"""The moderation log, which everybody may read as far as the site shows it; and the reports, for moderators."""

from typing import Any

from quart import Blueprint, Response, request

from service.forum.accounts.viewer import signed_in
from service.forum.moderation import queries
from service.forum.moderation.rules import ABOUT_PEOPLE, LABELS
from service.forum.reports import operations as reporting
from service.forum.reports import queries as reports
from service.http.context import current_viewer, resources
from service.http.web.frame.forms import came_from, go, number_of
from service.http.web.frame.helpers import with_query
from service.http.web.frame.listing import PAGE, tabs
from service.http.web.frame.rendering import render

blueprint = Blueprint("moderation", __name__)


REPORTS_OF = {"posts": "Posts", "comments": "Comments", "messages": "Messages"}


@blueprint.get("/modlog")
async def mod_log() -> str:
    """Show what was done, newest first."""
    number = number_of(request.args.get("page"))
    async with resources().database.read() as db:
        page = await queries.mod_log(db, current_viewer(), page=number, size=PAGE)
    return render(
        "modlog.html",
        page=page,
        actions=LABELS,
        about_people=ABOUT_PEOPLE,
        next_url=with_query("/modlog", page=str(number + 1)) if page.has_more else None,
    )


@blueprint.get("/reports")
async def queue() -> str:
    """Show the reports that the viewer is to deal with, newest first."""
    viewer = signed_in(current_viewer())
    wanted = request.args.get("show", "posts")
    show = wanted if wanted in REPORTS_OF else "posts"
    number = number_of(request.args.get("page"))
    listing: dict[str, Any] = {
        "posts": reports.post_reports,
        "comments": reports.comment_reports,
        "messages": reports.message_reports,
    }
    open_only = request.args.get("all") is None
    async with resources().database.read() as db:
        found = await listing[show](db, viewer, open_only=open_only, page=number, size=PAGE)
    every = None if open_only else "1"
    return render(
        "reports.html",
        show=show,
        items=found.items,
        show_links=tabs("/reports", "show", show, REPORTS_OF, all=every),
        next_url=with_query("/reports", show=show, all=every, page=str(number + 1))
        if found.has_more
        else None,
    )


@blueprint.post("/reports/<int:report_id>/resolve")
async def resolve(report_id: int) -> Response:
    """Say that a report has been dealt with."""
    await resources().database.write(
        reporting.set_resolved, signed_in(current_viewer()), report_id, resolved=True
    )
    return go(await came_from(), "report-resolved", report_id)


@blueprint.post("/reports/<int:report_id>/reopen")
async def reopen(report_id: int) -> Response:
    """Say that a report is still to be dealt with."""
    await resources().database.write(
        reporting.set_resolved, signed_in(current_viewer()), report_id, resolved=False
    )
    return go(await came_from(), "report-reopened")
