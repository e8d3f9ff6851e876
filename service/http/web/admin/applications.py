"""Applications for accounts, at PieFed's addresses."""

from quart import Blueprint, Response, request

from service.forum.accounts import operations, queries
from service.forum.accounts.viewer import signed_in_who
from service.http.context import current_viewer, resources
from service.http.passing.visitors import client_address
from service.http.web.frame.forms import go, number_of
from service.http.web.frame.listing import PAGE, page_after
from service.http.web.frame.rendering import render

blueprint = Blueprint("admin_applications", __name__, url_prefix="/admin/approve_registrations")

PAGE_OF_ALL = "/admin/approve_registrations"


@blueprint.get("")
async def applications() -> str:
    """Show who waits, the longest first."""
    signed_in_who(current_viewer(), lambda viewer: viewer.may("approve registrations"))
    number = number_of(request.args.get("page"))
    async with resources().database.read() as db:
        waiting = await queries.applications(db, page=number, size=PAGE)
    following = page_after(PAGE_OF_ALL, number, waiting.has_more)
    return render("admin/applications.html", applications=waiting.items, next_url=following)


@blueprint.post("/<int:application_id>/approve")
async def approve(application_id: int) -> Response:
    """Let an applicant in."""
    viewer = signed_in_who(current_viewer(), lambda viewer: viewer.may("approve registrations"))
    await resources().database.write(
        operations.approve,
        viewer,
        application_id,
        domain=resources().config.site.domain,
        address=client_address(request),
    )
    return go(PAGE_OF_ALL, "approved")


@blueprint.post("/<int:application_id>/deny")
async def deny(application_id: int) -> Response:
    """Refuse an applicant."""
    viewer = signed_in_who(current_viewer(), lambda viewer: viewer.may("approve registrations"))
    await resources().database.write(operations.deny, viewer, application_id, address=client_address(request))
    return go(PAGE_OF_ALL, "denied")
