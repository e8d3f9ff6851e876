"""Image files: immutable, of the type that we gave them, inert. Ours from the store, PieFed's from its folder."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from quart import Blueprint, Response, request
from werkzeug.datastructures import Range
from werkzeug.http import parse_range_header

from service.forum.attachments import showing
from service.forum.errors import NotFound
from service.http.context import resources
from service.http.passing.identity import viewer_of_browser
from service.language import _
from service.media.store import Opened, is_ours
from service.media.store.local import open_file, size_of_file
from service.media.store.names import TYPES
from service.storage.transaction import StorageError

blueprint = Blueprint("files", __name__)

FOREVER = "public, max-age=31536000, immutable"  # the name is the content's hash
NOT_AT_ALL = "no-store"
A_MONTH = "public, max-age=2592000"
INERT = "default-src 'none'; sandbox"
# What PieFed stored may be shown only where a browser can make nothing but a picture of it: an SVG is a program.
OLD_TYPES = TYPES | {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".gif": "image/gif"}
UNKNOWN = "application/octet-stream"

Open = Callable[[int, int | None], Awaitable[Opened | None]]


@blueprint.get("/media/<path:name>")
async def image(name: str) -> Response:
    """Send one of our own files."""
    path = f"media/{name}"
    store = resources().store
    kind = TYPES.get(Path(name).suffix)
    if kind is None or not is_ours(path):
        raise NotFound(_("This image doesn't exist."))
    etag, cached = Path(name).stem, FOREVER
    if await _is_withheld(path):
        await _refuse_strangers(path)
        cached = NOT_AT_ALL
    if etag in request.if_none_match:
        return _with_headers(Response(status=304), kind, cached, etag)
    size = await store.size_of(path) if request.range or request.method == "HEAD" else None
    return _with_headers(
        await _send(lambda start, stop: store.open(path, start, stop), size, etag), kind, cached, etag
    )


async def _is_withheld(path: str) -> bool:
    """Whether only what is gone shows a picture; with the database away it is not known, and pictures are shown."""
    try:
        async with resources().database.read() as db:
            return await showing.is_withheld(db, path)
    except StorageError:
        return False


async def _refuse_strangers(path: str) -> None:
    viewer = await viewer_of_browser()
    async with resources().database.read() as db:
        if not await showing.may_fetch_withheld(db, viewer, path):
            raise NotFound(_("This image doesn't exist."))


@blueprint.get("/static/media/<path:name>")
async def old_image(name: str) -> Response:
    """Send one of PieFed's files from `store.legacy_dir`; what is no picture is only to be saved, never shown."""
    file = _old_file(name)
    size = None if file is None else await size_of_file(file)
    if file is None or size is None:
        raise NotFound(_("This image doesn't exist."))
    kind = OLD_TYPES.get(file.suffix.lower(), UNKNOWN)
    response = _with_headers(
        await _send(lambda start, stop: open_file(file, start, stop), size), kind, A_MONTH
    )
    if kind == UNKNOWN:
        response.headers["Content-Disposition"] = "attachment"
    return response


def _old_file(name: str) -> Path | None:
    """Return the file, if it lies in the folder and its way there leads through no hidden name and no link."""
    folder = resources().config.store.legacy_dir
    if not folder or "\0" in name or any(part.startswith(".") for part in name.split("/")):
        return None
    root = Path(folder).resolve()
    try:
        found = (root / name).resolve()
    except OSError:  # a name that is too long, or links in a circle
        return None
    return found if found.is_relative_to(root) else None


async def _send(open_: Open, size: int | None, etag: str = "") -> Response:
    """Return an answer with the whole file or the one range that was asked for.

    Parameters:
        open_: begins to read from a byte up to another.
        size: of the file; needed for a range, and for HEAD, which reads nothing.
    """
    wanted = _wanted_range(etag)
    if size is not None and request.method == "HEAD":
        return _with_length(Response(b""), size)
    if size is None or wanted is None:
        opened = _or_not_found(await open_(0, None))
        return _with_length(Response(opened.chunks), opened.size)
    start, stop = wanted.range_for_length(size) or (None, None)
    if start is None or stop is None:
        return Response(status=416, headers={"Content-Range": f"bytes */{size}"})
    opened = _or_not_found(await open_(start, stop))
    response = _with_length(Response(opened.chunks, 206), stop - start)
    response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return response


def _wanted_range(etag: str) -> Range | None:
    """The range of the request; None where there is none, or several, or one in other units than bytes."""
    if "If-Range" in request.headers and request.headers["If-Range"] != f'"{etag}"':
        return None
    wanted = parse_range_header(request.headers.get("Range"))
    return wanted if wanted is not None and wanted.units == "bytes" and len(wanted.ranges) == 1 else None


def _or_not_found(opened: Opened | None) -> Opened:
    if opened is None:
        raise NotFound(_("This image doesn't exist."))
    return opened


def _with_length(response: Response, length: int) -> Response:
    response.content_length = length
    return response


def _with_headers(response: Response, kind: str, cached: str, etag: str = "") -> Response:
    response.content_type = kind
    response.headers["Cache-Control"] = cached
    response.headers["Content-Security-Policy"] = INERT
    response.headers["Accept-Ranges"] = "bytes"
    if etag:
        response.set_etag(etag)
    return response
