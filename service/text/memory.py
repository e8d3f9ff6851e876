"""What was made of long texts, remembered by their digests in a bounded number of bytes a process."""

from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from threading import Lock

OVERHEAD = 200  # bytes that an entry takes besides its text
WIDEST = 4  # bytes that a character may take


class Memory:
    """The texts asked for last. Threads may share one.

    Parameters:
        limit: in bytes; what would take more than an eighth of it is not kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._kept: OrderedDict[bytes, str] = OrderedDict()
        self._lock = Lock()

    def get(self, text: str, variant: str = "") -> str | None:
        """Return what was made of the text, None where it is not known."""
        return self._take(_key(text, variant))

    def get_or_make(self, text: str, variant: str, make: Callable[[], str]) -> str:
        """Return what was made of the text, or make it and keep it."""
        key = _key(text, variant)
        made = self._take(key)
        if made is None:
            made = make()
            self._keep(key, made)
        return made

    def forget(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._used = 0

    def _take(self, key: bytes) -> str | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: bytes, made: str) -> None:
        if _size(made) * 8 > self._limit:
            return
        with self._lock:
            self._used += _size(made) - _size_of_known(self._kept.pop(key, None))
            self._kept[key] = made
            while self._used > self._limit:
                self._used -= _size(self._kept.popitem(last=False)[1])


def _key(text: str, variant: str) -> bytes:
    return blake2b(f"{variant}\0{text}".encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _size(text: str) -> int:
    return OVERHEAD + (len(text) if text.isascii() else WIDEST * len(text))


def _size_of_known(text: str | None) -> int:
    return 0 if text is None else _size(text)
