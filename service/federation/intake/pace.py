"""How many activities of a kind one server may send: a bucket a host, in the memory of this process."""

import time
from collections.abc import Callable

from service.federation.errors import Refused
from service.federation.memory import Memory

MOST_HOSTS = 10_000


class TooFast(Refused):
    """A server sends more of these than it may.

    Parameters:
        wait: seconds until there is room again.
    """

    def __init__(self, wait: float) -> None:
        super().__init__("pace", "Your server sends these too fast.")
        self.wait = wait


class Pace:
    """Lets so many through in so many seconds; what was not used is saved up to that number.

    Parameters:
        rate: `count/seconds`.
        clock: seconds; for tests.
    """

    def __init__(self, rate: str, clock: Callable[[], float] = time.monotonic) -> None:
        count, _, seconds = rate.partition("/")
        self._most, self._seconds = float(count), float(seconds)
        self._clock = clock
        self._buckets: Memory[str, tuple[float, float]] = Memory(MOST_HOSTS, clock)

    def spend(self, host: str) -> None:
        """Count one.

        Raises:
            TooFast: there were too many.
        """
        now = self._clock()
        left, since = self._buckets.get(host) or (self._most, now)
        left = min(self._most, left + (now - since) * self._most / self._seconds)
        if left < 1:
            raise TooFast((1 - left) * self._seconds / max(self._most, 1))
        self._buckets.put(host, (left - 1, now), self._seconds)
