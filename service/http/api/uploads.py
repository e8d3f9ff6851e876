"""/api/alpha: images."""

from quart import Blueprint, Response

from service.forum.accounts.viewer import signed_in
from service.forum.errors import Invalid
from service.http.api.answer import answer
from service.http.context import viewer
from service.http.uploads import keep_image, uploaded_bytes

blueprint = Blueprint("api_uploads", __name__, url_prefix="/api/alpha/upload")

FIELD = "file"


@blueprint.post("/image")
@blueprint.post("/community_image")
@blueprint.post("/user_image")
async def upload() -> Response:
    """Take an image in; return its address."""
    known = signed_in(viewer())
    data = await uploaded_bytes(FIELD)
    if not data:
        raise Invalid({FIELD: "Send an image in this field."})
    kept = await keep_image(known, data)
    return answer({"url": kept.url})
