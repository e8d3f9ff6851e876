"""/api/alpha: the description of this API, for programs and for people."""

from quart import Blueprint, Response

from service.http.answer import answer
from service.http.api.contract import API
from service.http.context import the_application
from service.http.openapi.document import document
from service.http.openapi.page import page

PREFIX = "/api/alpha"

blueprint = Blueprint("api_manual", __name__, url_prefix=PREFIX)


@blueprint.get("/openapi.json")
async def openapi() -> Response:
    """Return the OpenAPI document."""
    return answer(document(the_application(), API))


@blueprint.get("/docs")
async def docs() -> Response:
    """Show the document as a page."""
    return page(document(the_application(), API), f"{PREFIX}/openapi.json")
