"""The files of the design: served from memory at addresses that change with their content, so browsers keep them."""

import hashlib
import mimetypes
import re
from functools import lru_cache
from pathlib import Path

import msgspec
from quart import Blueprint, Response

from service.forum.errors import NotFound
from service.http.context import resources
from service.http.precompressed import Precompressed, answer_with, precompress
from service.http.site import the_site

FOLDER = Path(__file__).parents[1] / "static"
FOREVER = "public, max-age=31536000, immutable"
HASH_LENGTH = 12
_NAMED = re.compile(rb'url\("([\w.-]+)"\)')
_COMMENT = re.compile(rb"/\*.*?\*/\s*", re.DOTALL)

COSTLY = ("/search", "/auth/", "/*?*sort=", "/*?*after=", "/appearance/", "/post/*/options")

blueprint = Blueprint("assets", __name__)


class Asset(msgspec.Struct, frozen=True):
    """A file in memory."""

    digest: str
    kept: Precompressed


@lru_cache(maxsize=1)
def _assets() -> dict[str, Asset]:
    return {path.name: _load(path) for path in FOLDER.iterdir() if path.is_file()}


def _load(path: Path) -> Asset:
    body = path.read_bytes()
    if path.suffix == ".css":
        body = _NAMED.sub(_with_digest, _COMMENT.sub(b"", body))
    content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if content_type.startswith("text/"):
        content_type += "; charset=utf-8"
    return Asset(_digest(body), precompress(body, content_type))


def _with_digest(named: re.Match[bytes]) -> bytes:
    """Let a style sheet name a file by the address that changes with it."""
    name = named[1].decode()
    return f'url("/static/{_digest((FOLDER / name).read_bytes())}/{name}")'.encode()


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:HASH_LENGTH]


def address(name: str) -> str:
    """Return where the file `name` is served, with its content's hash in the path.

    Raises:
        KeyError: there is no such file.
    """
    return f"/static/{_assets()[name].digest}/{name}"


@blueprint.get("/static/<digest>/<name>")
async def serve(digest: str, name: str) -> Response:
    """Answer with a file; an address of an older version gets the present one, but not for good."""
    asset = _assets().get(name)
    if asset is None:
        raise NotFound
    kept_for = FOREVER if digest == asset.digest else "no-cache"
    return answer_with(asset.kept, {"Cache-Control": kept_for})


@blueprint.get("/favicon.ico")
async def favicon() -> Response:
    """Answer browsers that ask without having looked."""
    return answer_with(_assets()["icon.svg"].kept, {"Cache-Control": "public, max-age=86400"})


@blueprint.get("/service_worker.js")
async def service_worker() -> Response:
    """Give browsers what shows them the last feed without a network, at the address of PieFed's worker."""
    return answer_with(_assets()["offline.js"].kept, {"Cache-Control": "no-cache"})


@blueprint.get("/robots.txt")
async def robots() -> Response:
    """Keep robots from all of a private site; else from what only costs: forms, searches, every sort of every list."""
    closed = ["/"] if (await the_site()).private_instance else COSTLY
    rules = "".join(f"Disallow: {path}\n" for path in closed)
    listed = "" if closed == ["/"] else f"\nSitemap: {resources().config.site.base_url}/sitemap.xml\n"
    return Response(f"User-agent: *\n{rules}{listed}", content_type="text/plain; charset=utf-8")
