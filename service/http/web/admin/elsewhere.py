"""PieFed's addresses of the administration that lead to a page of another address here."""

from quart import Blueprint, Response

from service.http.web.frame.forms import go

blueprint = Blueprint("admin_elsewhere", __name__, url_prefix="/admin")

PLACES = {
    "/misc": "/admin/site",
    "/content": "/reports",
    "/blocked_image/add": "/admin/blocked_images",
    "/users/permissions": "/admin/permissions",
}


async def lead_on(place: str) -> Response:
    """Lead to where this is done here."""
    return go(place)


for path, place in PLACES.items():
    blueprint.add_url_rule(path, path.strip("/"), lead_on, defaults={"place": place})


@blueprint.get("/user/<int:account_id>/edit")
async def lead_to_account(account_id: int) -> Response:
    """Lead to the page of an account."""
    return go(f"/admin/users/{account_id}/edit")
