"""Our image files: immutable, of the type that we gave them, and inert."""

from pathlib import Path

from quart import Blueprint, Response, send_file

from service.forum.errors import NotFound
from service.http.context import resources
from service.media.store import locate

blueprint = Blueprint("files", __name__)

FOREVER = 31_536_000  # seconds; the name is the content's hash
INERT = "default-src 'none'; sandbox"
TYPES = {".webp": "image/webp", ".avif": "image/avif"}


@blueprint.get("/media/<path:name>")
async def image(name: str) -> Response:
    """Send one of our own files."""
    return await _send(locate(resources().config.data_dir, f"media/{name}"))


async def _send(file: Path | None) -> Response:
    if file is None or file.suffix not in TYPES:
        raise NotFound("There is no such image.")
    try:
        response = await send_file(file, mimetype=TYPES[file.suffix], conditional=True, cache_timeout=FOREVER)
    except FileNotFoundError as error:
        raise NotFound("There is no such image.") from error
    response.headers["Cache-Control"] = f"public, max-age={FOREVER}, immutable"
    response.headers["Content-Security-Policy"] = INERT
    return response
