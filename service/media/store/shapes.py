"""What every store can do."""

from collections.abc import AsyncIterator
from typing import NamedTuple, Protocol


class Opened(NamedTuple):
    """A file that is being read.

    Attributes:
        size: of the whole file, in bytes.
        chunks: what was asked for of it, in order.
    """

    size: int
    chunks: AsyncIterator[bytes]


class Found(NamedTuple):
    """A file that lies in the store.

    Attributes:
        path: as the database has it.
        size: in bytes.
        age: seconds since it was written.
    """

    path: str
    size: int
    age: float


class Store(Protocol):
    """A place for files. Paths are the database's; of one that is not ours (`names.is_ours`) nothing is done.

    Every method raises StoreUnavailable when the place does not answer in time, and StoreFailed when it refuses.
    """

    async def put(self, path: str, body: bytes) -> None:
        """Keep a file, whole or not at all, to stay; one that is there with the same length is left alone.

        Raises:
            StoreFull: there is no room.
        """

    async def size_of(self, path: str) -> int | None:
        """Return a file's size in bytes; None without one."""

    async def open(self, path: str, start: int = 0, stop: int | None = None) -> Opened | None:
        """Begin to read the bytes from `start` up to and without `stop`; None when there is no such file."""

    async def remove(self, path: str) -> None:
        """Delete a file; one that is not there is no error."""

    def listing(self) -> AsyncIterator[Found]:
        """Yield every file of ours."""

    async def tidy(self) -> int:
        """Remove what crashed writers left behind more than a day ago; return how many pieces."""


async def read_whole(store: Store, path: str) -> bytes | None:
    """Return a file's bytes; None when there is no such file."""
    opened = await store.open(path)
    return None if opened is None else b"".join([chunk async for chunk in opened.chunks])
