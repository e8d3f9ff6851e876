"""/api/alpha: images, sending them in, listing and deleting one's own."""

from typing import TypedDict

import msgspec
from quart import Blueprint

from service.forum.accounts.viewer import Viewer
from service.forum.attachments import operations, queries
from service.forum.errors import Invalid
from service.http.answer import PageNumber, PageSize, next_page
from service.http.api import words
from service.http.api.contract import API
from service.http.api.shapes.values import address
from service.http.context import resources
from service.http.openapi.endpoint import Media
from service.http.passing.idempotency_key import effect
from service.http.pictures.uploads import keep_image, uploaded_bytes

blueprint = Blueprint("api_uploads", __name__, url_prefix="/api/alpha")

FIELD = "file"
FORM: Media = {
    "multipart/form-data": {
        "type": "object",
        "required": [FIELD],
        "properties": {FIELD: {"type": "string", "format": "binary"}},
    }
}


class UploadListQuery(msgspec.Struct):
    """A page of one's own images; of the sorts only the oldest first makes a difference."""

    page: PageNumber = 1
    limit: PageSize = 10
    sort: words.CommentSort = "New"


class ImageDeleteRequest(msgspec.Struct):
    """One image, by its address or its file's name."""

    file: str


class ImageUploadResponse(TypedDict):
    """Where the image is."""

    url: str


class MediaView(TypedDict):
    """One image: where it is, and its name."""

    url: str
    name: str


class UserMediaResponse(TypedDict):
    """A page of one's own images."""

    media: list[MediaView]
    next_page: str | None


class ImageDeleteResponse(TypedDict):
    """The word success."""

    result: str


@blueprint.post("/upload/image", endpoint="image")
@blueprint.post("/upload/community_image", endpoint="community_image")
@blueprint.post("/upload/user_image", endpoint="user_image")
@API.endpoint(507, forms=FORM)
async def upload(viewer: Viewer) -> ImageUploadResponse:
    """Take an image in; return its address."""
    data = await uploaded_bytes(FIELD)
    if not data:
        raise Invalid({FIELD: "Send an image in this field."})
    kept = await keep_image(viewer, data, field=FIELD)
    return {"url": kept.url}


@blueprint.get("/user/media")
@API.endpoint()
async def listing(viewer: Viewer, query: UploadListQuery) -> UserMediaResponse:
    """Return what one has uploaded."""
    size = query.limit
    async with resources().database.read() as db:
        found = await queries.uploads_of(
            db, viewer, page=query.page, size=size, oldest_first=query.sort == "Old"
        )
    origin = resources().config.site.base_url
    media: list[MediaView] = [
        {"url": url, "name": row.name} for row in found.uploads if (url := address(origin, row.url))
    ]
    return {"media": media, "next_page": next_page(query.page, found.has_more)}


@blueprint.post("/image/delete")
@API.endpoint()
async def delete(viewer: Viewer, body: ImageDeleteRequest) -> ImageDeleteResponse:
    """Delete one of one's own images, wherever it is shown."""
    async with resources().database.read() as db:
        file_id = await queries.upload_named(db, viewer, body.file)
    await effect(operations.delete_upload, viewer, file_id)
    return {"result": "success"}
