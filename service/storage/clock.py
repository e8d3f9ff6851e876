"""The clocks: naive UTC, as every timestamp in the tables is.

`utcnow` is this process's own; it does not follow a clock that jumps until it has stood where it jumped to for a while.
`database_now` is the server's, in SQL: by it things expire. `steadiness` compares the two, and what was seen before,
ahead of whatever deletes by date.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import ColumnElement, DateTime, func

EPOCH = datetime(1970, 1, 1)  # where old rows have no time, and there has to be one
LEEWAY = 2.0  # seconds that a clock may be put right by at once
BELIEVED_AFTER = 60.0  # seconds that a clock has to stay where it jumped to


class SteadyClock:
    """A wall clock that is believed as long as it goes as fast as time does.

    Parameters:
        wall: seconds of the Unix epoch, as the system says; may jump.
        run: seconds that never jump, and go on while the machine sleeps.
    """

    def __init__(self, wall: Callable[[], float], run: Callable[[], float]) -> None:
        self._wall, self._run = wall, run
        self._offset = wall() - run()
        self._doubted: tuple[float, float] | None = None  # another offset, and since when

    def now(self) -> float:
        """Return seconds of the Unix epoch."""
        run = self._run()
        offset = self._wall() - run
        if abs(offset - self._offset) <= LEEWAY:
            self._offset, self._doubted = offset, None
        elif self._doubted is None or abs(offset - self._doubted[0]) > LEEWAY:
            self._doubted = offset, run
        elif run - self._doubted[1] >= BELIEVED_AFTER:
            self._offset, self._doubted = offset, None
        return run + self._offset


# Seconds since the machine started, with those that it slept where the system counts them.
_run_time: Callable[[], float] = (
    partial(time.clock_gettime, time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic
)
_CLOCK = SteadyClock(time.time, _run_time)


def utcnow() -> datetime:
    """Return the present moment in UTC, without a time zone attached."""
    return datetime.fromtimestamp(_CLOCK.now(), UTC).replace(tzinfo=None)


def database_now() -> ColumnElement[datetime]:
    """SQL: the present moment by the server's clock, also in the middle of a transaction."""
    return func.timezone("utc", func.clock_timestamp(), type_=DateTime())
