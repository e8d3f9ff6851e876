"""/api/alpha/admin: the description of this API, for programs and for people."""

from quart import Blueprint, Response

from service.http.api.admin.contract import API, APPLICATIONS
from service.http.api.admin.guard import check_enabled, check_network
from service.http.openapi.manual import answer_document, answer_page

blueprint = Blueprint("api_admin_manual", __name__, url_prefix="/api/alpha/admin")


@blueprint.before_request
async def only_where_it_is_on() -> None:
    """A door that is off, or not for this network, has no description either."""
    check_enabled()
    check_network()


@blueprint.get("/openapi.json")
async def openapi() -> Response:
    """Return the OpenAPI document."""
    return await answer_document(API, APPLICATIONS)


@blueprint.get("/docs")
async def docs() -> Response:
    """Show the document as a page."""
    return await answer_page("/api/alpha/admin/openapi.json", API, APPLICATIONS)
