"""/api/alpha: the description of this API, for programs and for people."""

from quart import Blueprint, Response

from service.http.api.contract import API
from service.http.openapi.manual import answer_document, answer_page

PREFIX = "/api/alpha"

blueprint = Blueprint("api_manual", __name__, url_prefix=PREFIX)


@blueprint.get("/openapi.json")
async def openapi() -> Response:
    """Return the OpenAPI document."""
    return await answer_document(API)


@blueprint.get("/docs")
async def docs() -> Response:
    """Show the document as a page."""
    return await answer_page(f"{PREFIX}/openapi.json", API)
