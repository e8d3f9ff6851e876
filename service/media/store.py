"""Image files on disk, named by their content: written once, whole, and never changed.

Where things are, in three tongues:

* on disk: `data_dir/media/ab/cd/<sha256>.webp` (the first four digits of the hash are the folders);
* in the database (`file.file_path`, `.thumbnail_path`): `media/ab/cd/<sha256>.webp`, without a slash in front,
  because PieFed puts `https://<domain>/` before whatever path it finds there;
* as a URL: `/media/ab/cd/<sha256>.webp`, so a web server in front may serve the folder as it is.

PieFed's own rows hold `app/static/media/<kind>/ab/cd/<name>`, served as that without `app`, or a whole address
(`https://…`) where it stored the file elsewhere; `url_path` reads all of these.
"""

import asyncio
import errno
import hashlib
import os
import re
import tempfile
from pathlib import Path

import msgspec

from service.media.errors import StoreFailed, StoreFull
from service.media.results import ProcessedImage, Rendition

FOLDER = "media"

_OUR_PATH = re.compile(r"media/(?P<name>([0-9a-f]{2})/([0-9a-f]{2})/\2\3[0-9a-f]{60}\.(webp|avif))")
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


class StoredFile(msgspec.Struct, frozen=True):
    """A file that is on disk: its path as the database keeps it, pixels, bytes."""

    path: str
    width: int
    height: int
    size: int


class StoredSizes(msgspec.Struct, frozen=True):
    """The three sizes of one image. Small images have the same file more than once."""

    original: StoredFile
    medium: StoredFile
    thumbnail: StoredFile

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum({file.path: file.size for file in (self.original, self.medium, self.thumbnail)}.values())


async def store_image(data_dir: Path, image: ProcessedImage) -> StoredSizes:
    """Write the sizes of an image; return once they are on disk to stay. Storing the same again changes nothing.

    Raises:
        StoreFull: there is no room.
        StoreFailed: the disk refuses for another reason.
    """
    return await asyncio.to_thread(_store_sizes, data_dir, image)


async def remove_file(data_dir: Path, path: str) -> None:
    """Delete a file of ours; a path that is not ours, or has no file any more, is left alone.

    Whether another row uses the same content is for the caller to know.
    """
    file = locate(data_dir, path)
    if file is not None:
        await asyncio.to_thread(file.unlink, missing_ok=True)


def locate(data_dir: Path, path: str) -> Path | None:
    """Return where a path as the database or a URL has it (`media/…` or `/media/…`) is on disk; None if not ours."""
    found = _OUR_PATH.fullmatch(path.removeprefix("/"))
    return data_dir / FOLDER / found["name"] if found else None


def url_path(path: str) -> str:
    """Return the URL, within the site or whole, of a path of the `file` table, PieFed's or ours."""
    if path.startswith(("https://", "http://")):
        return path
    return "/" + path.removeprefix("app/").lstrip("/")


def _store_sizes(data_dir: Path, image: ProcessedImage) -> StoredSizes:
    original = Rendition(image.body, image.width, image.height)
    try:
        return StoredSizes(
            *(_store(data_dir, size, image.extension) for size in (original, image.medium, image.thumbnail))
        )
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StoreFull("There is no room left to store this image.") from error
        raise StoreFailed("This image could not be stored.") from error


def _store(data_dir: Path, size: Rendition, extension: str) -> StoredFile:
    name = hashlib.sha256(size.body).hexdigest()
    path = f"{FOLDER}/{name[:2]}/{name[2:4]}/{name}{extension}"
    _write_once(data_dir / path, size.body)
    return StoredFile(path, size.width, size.height, len(size.body))


def _write_once(file: Path, body: bytes) -> None:
    """Give `file` its content, whole or not at all, whatever is killed or unplugged meanwhile."""
    if _is_whole(file, len(body)):
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".draft", dir=file.parent)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(body)
            out.flush()
            os.fchmod(out.fileno(), 0o644)
            os.fsync(out.fileno())
        draft.rename(file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    # The new name, and the folders that were made for it, are only on disk once their folders are.
    for folder in (file.parent, file.parent.parent, file.parent.parent.parent):
        _sync_folder(folder)


def _is_whole(file: Path, length: int) -> bool:
    try:
        return file.stat().st_size == length
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
