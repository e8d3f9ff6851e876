"""A small memory of what was learned and for how long it holds, bounded in entries; the oldest are forgotten first."""

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memory(Generic[K, V]):
    """Values that hold for some time.

    Parameters:
        most: how many are kept.
        clock: seconds; for tests.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._entries: dict[K, tuple[float, V]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """Return what is remembered; None for nothing, or not any more."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        until, value = entry
        if until <= self._clock():
            del self._entries[key]
            return None
        return value

    def put(self, key: K, value: V, seconds: float) -> None:
        """Remember a value for so many seconds."""
        self._entries.pop(key, None)
        while len(self._entries) >= self._most:
            del self._entries[next(iter(self._entries))]
        self._entries[key] = (self._clock() + seconds, value)

    def forget(self, key: K) -> None:
        """Forget it, if it was remembered."""
        self._entries.pop(key, None)
