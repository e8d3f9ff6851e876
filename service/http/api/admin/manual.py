"""/api/alpha/admin: the description of this API, for programs and for people."""

from quart import Blueprint, Response

from service.http.answer import answer
from service.http.api.admin.contract import API, APPLICATIONS
from service.http.api.admin.guard import check_enabled, check_network
from service.http.context import the_application
from service.http.openapi.document import document
from service.http.openapi.page import page

blueprint = Blueprint("api_admin_manual", __name__, url_prefix="/api/alpha/admin")


@blueprint.before_request
async def only_where_it_is_on() -> None:
    """A door that is off, or not for this network, has no description either."""
    check_enabled()
    check_network()


@blueprint.get("/openapi.json")
async def openapi() -> Response:
    """Return the OpenAPI document."""
    return answer(document(the_application(), API, APPLICATIONS))


@blueprint.get("/docs")
async def docs() -> Response:
    """Show the document as a page."""
    return page(document(the_application(), API, APPLICATIONS), "/api/alpha/admin/openapi.json")
