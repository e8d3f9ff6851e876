"""/api/alpha: what a page says about itself, for whoever is about to link to it."""

from typing import NotRequired, TypedDict

import msgspec
from quart import Blueprint

from service.forum.accounts.viewer import Viewer
from service.forum.errors import Invalid
from service.http.api.contract import API
from service.http.api.shapes.values import without_missing
from service.http.context import resources
from service.http.passing.long_texts import off_the_loop
from service.http.passing.other_sites import outside
from service.outbound.errors import OutboundError
from service.text.addresses import as_link
from service.text.preview import Preview, looks_like_a_page, parse_preview

blueprint = Blueprint("api_metadata", __name__, url_prefix="/api/alpha/post")

PAGE_TYPES = ("text/html", "application/xhtml+xml")


class WhichPage(msgspec.Struct):
    """One page of the web."""

    url: str


class SiteMetadataView(TypedDict):
    """What a page says of itself."""

    title: NotRequired[str]
    description: NotRequired[str]
    image: NotRequired[str]


class GetSiteMetadataResponse(TypedDict):
    """What a page says of itself."""

    metadata: SiteMetadataView


@blueprint.get("/site_metadata")
@API.endpoint(limited="site_metadata")
async def get_metadata(viewer: Viewer, query: WhichPage) -> GetSiteMetadataResponse:
    """Return the title, description and picture of a page. No connection to the database is held meanwhile."""
    preview = await _look_at(query.url)
    metadata = without_missing(
        SiteMetadataView(),
        title=preview.title or None,
        description=preview.description or None,
        image=preview.image_url,
    )
    return {"metadata": metadata}


async def _look_at(url: str) -> Preview:
    try:
        async with outside():
            page = await resources().outbound.get(
                as_link(url), accept=", ".join(PAGE_TYPES), cut=(*PAGE_TYPES, "")
            )
    except OutboundError as error:
        raise Invalid({"url": str(error)}) from error
    if page.status >= 300:
        raise Invalid({"url": f"The other side answered {page.status}."})
    if not page.media_type and not looks_like_a_page(page.body):
        raise Invalid({"url": "There is no web page at this address."})
    return await off_the_loop(lambda: parse_preview(page.body, page.content_type, page.url))
