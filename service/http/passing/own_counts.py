"""Counts of one process, for as long as Redis is away."""

import time
from collections import OrderedDict


class OwnCounts:
    """Counts of one process, for as long as Redis is away; without the fineness of a window that slides."""

    MOST = 10_000  # keys; the oldest are forgotten first

    def __init__(self) -> None:
        self._counts: OrderedDict[tuple[str, int], int] = OrderedDict()

    def count(self, key: str, most: int, window: int) -> int | None:
        """Count one; return None, or the seconds to wait."""
        number, elapsed = divmod(time.time(), window)
        place = (key, int(number))
        self._counts[place] = self._counts.get(place, 0) + 1
        if len(self._counts) > self.MOST:
            self._counts.popitem(last=False)
        return max(1, round(window - elapsed)) if self._counts[place] > most else None
