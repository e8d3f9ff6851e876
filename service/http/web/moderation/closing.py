"""A community's end, and its return."""

from quart import Response

from service.forum.accounts.viewer import signed_in
from service.forum.communities import operations
from service.forum.errors import Forbidden
from service.http.context import current_viewer, resources
from service.http.web.communities import find
from service.http.web.frame.forms import go, show_form
from service.http.web.frame.helpers import community_path
from service.http.web.moderation.blueprint import blueprint
from service.http.web.moderation.place import Place, head_of, place_here


@blueprint.get("/community/<name>/delete")
async def delete_page(name: str) -> Response:
    """Ask whether a community is really to go."""
    place = await _owned(name)
    return show_form("moderation/delete.html", {}, **head_of(place, "/delete"))


@blueprint.post("/community/<name>/delete")
async def delete_community(name: str) -> Response:
    """Delete a community; its owner and the administrators can restore it."""
    place = await _owned(name)
    await resources().database.write(operations.set_deleted, place.viewer, place.id, deleted=True)
    return go(community_path(place.detail.community), "community-deleted")


@blueprint.post("/community/<name>/restore")
async def restore_community(name: str) -> Response:
    """Bring a community back."""
    viewer = signed_in(current_viewer())
    detail = await find(name)
    await resources().database.write(operations.set_deleted, viewer, detail.community.id, deleted=False)
    return go(community_path(detail.community), "community-restored")


async def _owned(name: str) -> Place:
    place = await place_here(name)
    if not (place.detail.mine.owner or place.viewer.is_admin):
        raise Forbidden
    return place
