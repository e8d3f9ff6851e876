"""/api/alpha: images, sending them in, listing and deleting one's own."""

from typing import Literal

import msgspec
from quart import Blueprint, Response

from service.forum.accounts.viewer import signed_in
from service.forum.attachments import operations, queries
from service.forum.attachments.shapes import UploadRow
from service.forum.errors import Invalid
from service.http.api.answer import PageNumber, PageSize, answer, body_as, next_page, page_size, query_as
from service.http.api.shapes.values import Shape, address
from service.http.context import resources, viewer
from service.http.uploads import keep_image, uploaded_bytes

blueprint = Blueprint("api_uploads", __name__, url_prefix="/api/alpha")

FIELD = "file"


class Listing(msgspec.Struct):
    """A page of one's own images; of the sorts only the oldest first makes a difference."""

    page: PageNumber = 1
    limit: PageSize = 10
    sort: Literal["Hot", "Top", "TopAll", "New", "Old", "Controversial"] = "New"


class Unwanted(msgspec.Struct):
    """One image, by its address or its file's name."""

    file: str


@blueprint.post("/upload/image")
@blueprint.post("/upload/community_image")
@blueprint.post("/upload/user_image")
async def upload() -> Response:
    """Take an image in; return its address."""
    known = signed_in(viewer())
    data = await uploaded_bytes(FIELD)
    if not data:
        raise Invalid({FIELD: "Send an image in this field."})
    kept = await keep_image(known, data, field=FIELD)
    return answer({"url": kept.url})


@blueprint.get("/user/media")
async def listing() -> Response:
    """Return what one has uploaded."""
    known = signed_in(viewer())
    wanted = query_as(Listing)
    size = page_size(wanted.limit)
    async with resources().database.read() as db:
        found = await queries.uploads_of(
            db, known, page=wanted.page, size=size, oldest_first=wanted.sort == "Old"
        )
    media = [_shape(row) for row in found.uploads if row.url]
    return answer({"media": media, "next_page": next_page(wanted.page, found.has_more)})


@blueprint.post("/image/delete")
async def delete() -> Response:
    """Delete one of one's own images, wherever it is shown."""
    known = signed_in(viewer())
    sent = await body_as(Unwanted)
    async with resources().database.read() as db:
        file_id = await queries.upload_named(db, known, sent.file)
    await resources().database.write(operations.delete_upload, known, file_id)
    return answer({"result": "success"})


def _shape(row: UploadRow) -> Shape:
    return {"url": address(resources().config.site.base_url, row.url), "name": row.name}
