"""What one received thing may cost: fetches, levels, bytes and time, handed down to whatever it leads to."""

import time

import msgspec

from service.federation.errors import Refused

FETCHES = 20
LEVELS = 8
SECONDS = 30.0
BYTES = 3 * 1024 * 1024


class OverBudget(Refused):
    """Understanding this would cost more than one thing may."""

    def __init__(self, what: str) -> None:
        super().__init__("budget", f"This leads to more {what} than one activity may cost.")


class Budget(msgspec.Struct, kw_only=True):
    """What is left to spend; shared by all that one received thing leads to.

    Attributes:
        fetches, bytes: how many are left.
        ends_at: the monotonic time after which nothing more is asked for.
    """

    fetches: int = FETCHES
    bytes: int = BYTES
    ends_at: float = msgspec.field(default_factory=lambda: time.monotonic() + SECONDS)

    def seconds_left(self) -> float:
        """Return how long it may still take.

        Raises:
            OverBudget: not any longer.
        """
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise OverBudget("time")
        return left

    def spend_fetch(self) -> None:
        """Count a fetch that is about to be made.

        Raises:
            OverBudget: there were too many.
        """
        if self.fetches <= 0:
            raise OverBudget("fetches")
        self.fetches -= 1

    def spend_bytes(self, count: int) -> None:
        """Count what has come; the next fetch is refused when it was too much."""
        self.bytes -= count

    def bytes_left(self, most: int) -> int:
        """Return how many bytes the next answer may have, at most `most`.

        Raises:
            OverBudget: none.
        """
        if self.bytes <= 0:
            raise OverBudget("bytes")
        return min(self.bytes, most)


def check_level(level: int) -> None:
    """Refuse to follow a chain of things further than so many steps.

    Raises:
        OverBudget: it is too long.
    """
    if level > LEVELS:
        raise OverBudget("levels")
