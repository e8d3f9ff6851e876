"""The same windows, counted by one process alone for as long as Redis is away."""

import time
from collections import OrderedDict, deque

from service.http.passing.windows import Allowance, Rate, allowance


class OwnWindows:
    """The times of the calls that this process has let in."""

    MOST = 10_000  # keys; the ones that were used longest ago are forgotten first

    def __init__(self) -> None:
        self._calls: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, key: str, rate: Rate) -> Allowance:
        """Count one call under `key`; it passed or it did not."""
        now = time.time()
        calls = self._calls.setdefault(key, deque())
        self._calls.move_to_end(key)
        while calls and calls[0] <= now - rate.window:
            calls.popleft()
        passed = len(calls) < rate.most
        if passed:
            calls.append(now)
        if len(self._calls) > self.MOST:
            self._calls.popitem(last=False)
        return allowance(rate, passed, len(calls), calls[0] if calls else now, now)
