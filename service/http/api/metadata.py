"""/api/alpha: what a page says about itself, for whoever is about to link to it."""

from typing import NotRequired, TypedDict

import msgspec
from quart import Blueprint

from service.forum.accounts.viewer import Viewer
from service.http.api.contract import API
from service.http.api.shapes.values import without_missing
from service.http.page_elsewhere import look_at

blueprint = Blueprint("api_metadata", __name__, url_prefix="/api/alpha/post")


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
    preview = await look_at(query.url)
    metadata = without_missing(
        SiteMetadataView(),
        title=preview.title or None,
        description=preview.description or None,
        image=preview.image_url,
    )
    return {"metadata": metadata}
