"""/api/alpha: what a page says about itself, for whoever is about to link to it."""

import msgspec
from quart import Blueprint, Response

from service.forum.accounts.viewer import signed_in
from service.forum.errors import Invalid
from service.http.api.answer import answer, query_as
from service.http.api.shapes.values import without_missing
from service.http.context import resources, viewer
from service.http.limits import limit
from service.outbound.errors import OutboundError
from service.text.preview import Preview, parse_preview

blueprint = Blueprint("api_metadata", __name__, url_prefix="/api/alpha/post")

PAGE_TYPES = "text/html, application/xhtml+xml"


class WhichPage(msgspec.Struct):
    """One page of the web."""

    url: str


@blueprint.get("/site_metadata")
async def get_metadata() -> Response:
    """Return the title, description and picture of a page. No connection to the database is held meanwhile."""
    signed_in(viewer())
    wanted = query_as(WhichPage)
    await limit("site_metadata")
    preview = await _look_at(wanted.url)
    metadata = without_missing(
        {},
        title=preview.title or None,
        description=preview.description or None,
        image=preview.image_url,
    )
    return answer({"metadata": metadata})


async def _look_at(url: str) -> Preview:
    try:
        page = await resources().outbound.get(url, accept=PAGE_TYPES)
    except OutboundError as error:
        raise Invalid({"url": str(error)}) from error
    if page.status >= 300:
        raise Invalid({"url": f"The other side answered {page.status}."})
    return parse_preview(page.body, page.content_type, page.url)
