"""What a stored file is called.

Where an image is, in four tongues:

* in the database (`file.file_path`, `.thumbnail_path`): `media/ab/cd/<sha256>.webp`, the first four digits of the hash
  being the folders, without a slash in front, because PieFed puts `https://<domain>/` before whatever path it finds;
* on a disk: the same below the data directory;
* in S3: the same, as the key of the object;
* as a URL: `/media/ab/cd/<sha256>.webp`, so a web server in front may serve the folder as it is.

An upload that waits for a worker is `waiting/<32 random digits>`, which no URL leads to.

PieFed's own rows hold `app/static/media/<kind>/ab/cd/<name>`, served as that without `app`, or a whole address
(`https://…`) where it stored the file elsewhere; `url_path` reads all of these.
"""

import hashlib
import re
import secrets

FOLDER = "media"
TYPES = {".webp": "image/webp", ".avif": "image/avif"}  # what a browser is told, by the ending
WAITING = "waiting"

_IMAGE = r"media/([0-9a-f]{2})/([0-9a-f]{2})/\1\2[0-9a-f]{60}\.(?:webp|avif)"
_OUR_IMAGE = re.compile(_IMAGE)
_OURS = re.compile(rf"{_IMAGE}|waiting/[0-9a-f]{{32}}")


def image_path(body: bytes, extension: str) -> str:
    """Return the path of an image.

    Parameters:
        body: the encoded image.
        extension: with its dot.
    """
    name = hashlib.sha256(body).hexdigest()
    return f"{FOLDER}/{name[:2]}/{name[2:4]}/{name}{extension}"


def waiting_path() -> str:
    """Return a new path for an upload that waits."""
    return f"{WAITING}/{secrets.token_hex(16)}"


def is_ours(path: str) -> bool:
    """Whether a path is one that the two functions above make: no other is ever opened, written or deleted."""
    return _OURS.fullmatch(path) is not None


def path_in(address: str) -> str | None:
    """Return the path of the image in an address of this site's (`/media/…`, `https://…/media/…`), None without one."""
    found = _OUR_IMAGE.search(address)
    return found[0] if found and found.end() == len(address) else None


def paths_in(text: str) -> set[str]:
    """Return the paths of all images whose addresses stand in a text."""
    return {found[0] for found in _OUR_IMAGE.finditer(text)}


def url_path(path: str) -> str:
    """Return the URL, within the site or whole, of a path of the `file` table, PieFed's or ours."""
    if path.startswith(("https://", "http://")):
        return path
    return "/" + path.removeprefix("app/").lstrip("/")
