"""The store on a disk: a directory, shared by every process of the site."""

import asyncio
import errno
import os
import stat
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

from service.media.errors import StoreFailed, StoreFull
from service.media.store.names import FOLDER, WAITING, is_ours
from service.media.store.shapes import Found, Opened

CHUNK = 256 * 1024  # bytes
OLD_DRAFT = 86_400.0  # seconds
DRAFT = ".draft"

# Of somebody else's folder any name may be asked for. Ours are all alike: where the way to one leads through something
# that is no folder, the store is broken and not the request.
_NO_SUCH_NAME = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP}
_NO_FILE = {errno.ENOENT}
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


class LocalStore:
    """Files below a directory.

    Parameters:
        root: the data directory; the files are in `media/` and `waiting/` there.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, path: str, body: bytes) -> None:
        """Write a file, give it its name when it is on the disk, and wait until the name is, too."""
        if is_ours(path):
            await asyncio.to_thread(_put, self._root / path, body)

    async def size_of(self, path: str) -> int | None:
        """See Store."""
        return await asyncio.to_thread(_size, self._root / path) if is_ours(path) else None

    async def open(self, path: str, start: int = 0, stop: int | None = None) -> Opened | None:
        """See Store. A file that is deleted meanwhile is read to its end all the same."""
        if not is_ours(path):
            return None
        return await _open(self._root / path, start, stop, _NO_FILE)

    async def remove(self, path: str) -> None:
        """See Store."""
        if is_ours(path):
            await asyncio.to_thread(_remove, self._root / path)

    async def listing(self) -> AsyncIterator[Found]:
        """See Store."""
        for folder in await asyncio.to_thread(_folders, self._root):
            for found in await asyncio.to_thread(_files, self._root, folder):
                yield found

    async def tidy(self) -> int:
        """Delete the drafts of crashed writers."""
        return await asyncio.to_thread(_remove_drafts, self._root)


async def open_file(file: Path, start: int = 0, stop: int | None = None) -> Opened | None:
    """Begin to read a file that is not the store's from `start` up to and without `stop`; None when it is no file.

    It is opened with the first chunk: an answer that nobody takes leaves nothing open.

    Raises:
        StoreFailed: the disk refuses.
    """
    return await _open(file, start, stop, _NO_SUCH_NAME)


async def size_of_file(file: Path) -> int | None:
    """Return the size of a regular file that is not the store's; None where there is none.

    Raises:
        StoreFailed: the disk refuses.
    """
    return await asyncio.to_thread(_size, file, _NO_SUCH_NAME)


async def _open(file: Path, start: int, stop: int | None, absent: set[int]) -> Opened | None:
    size = await asyncio.to_thread(_readable_size, file, absent)
    return None if size is None else Opened(size, _chunks(file, start, size if stop is None else stop))


async def _chunks(file: Path, start: int, stop: int) -> AsyncIterator[bytes]:
    with _told():
        descriptor = await asyncio.to_thread(os.open, file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        while start < stop:
            with _told():
                chunk = await asyncio.to_thread(os.pread, descriptor, min(CHUNK, stop - start), start)
            if not chunk:
                return
            start += len(chunk)
            yield chunk
    finally:
        os.close(descriptor)


@contextmanager
def _told() -> Iterator[None]:
    """Turn what the disk says into our words."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StoreFull("There's no space left to store this image.") from error
        raise StoreFailed(f"The disk refuses: {error.strerror}.") from error


def _put(file: Path, body: bytes) -> None:
    with _told():
        _write_once(file, body)


def _write_once(file: Path, body: bytes) -> None:
    """Give `file` its content, whole or not at all, whatever is killed or unplugged meanwhile."""
    if _size(file) == len(body):
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=DRAFT, dir=file.parent)
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


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _size(file: Path, absent: set[int] = _NO_FILE) -> int | None:
    """The size of a regular file; None where there is none, and for links, folders and whatever else."""
    with _told():
        try:
            status = file.lstat()
        except OSError as error:
            if error.errno in absent:
                return None
            raise
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _readable_size(file: Path, absent: set[int]) -> int | None:
    """The same for a file that is about to be read: a refusal is said before an answer has begun."""
    size = _size(file, absent)
    if size is not None and not os.access(file, os.R_OK):
        raise StoreFailed("The disk refuses: this file may not be read.")
    return size


def _remove(file: Path) -> None:
    with _told():
        file.unlink(missing_ok=True)


def _folders(root: Path) -> list[Path]:
    """The folders that may hold files of ours."""
    with _told():
        return [
            folder for folder in (root / WAITING, *sorted((root / FOLDER).glob("??/??"))) if folder.is_dir()
        ]


def _files(root: Path, folder: Path) -> list[Found]:
    now = time.time()
    found = []
    with _told(), os.scandir(folder) as entries:
        for entry in entries:
            path = str(Path(entry.path).relative_to(root))
            if is_ours(path) and entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                found.append(Found(path, status.st_size, now - status.st_mtime))
    return found


def _remove_drafts(root: Path) -> int:
    removed = 0
    with _told():
        for folder in _folders(root):
            for draft in folder.glob(f".*{DRAFT}"):
                if time.time() - draft.stat().st_mtime > OLD_DRAFT:
                    draft.unlink(missing_ok=True)
                    removed += 1
    return removed
