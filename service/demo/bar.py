"""A progress bar a step: drawn anew while it grows on a terminal, one line when it is done elsewhere."""

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO, TypeVar

T = TypeVar("T")

WIDTH = 30
EVERY = 0.1  # seconds between two drawings


class Bar:
    """One step's bar; `step` counts, `over` counts the things that pass."""

    def __init__(self, stream: TextIO, what: str, total: int) -> None:
        self._stream = stream
        self._what = what
        self._total = max(total, 1)
        self._done = 0
        self._drawn = 0.0

    def step(self) -> None:
        """Count one."""
        self._done += 1
        if self._stream.isatty() and time.monotonic() - self._drawn > EVERY:
            self._drawn = time.monotonic()
            filled = WIDTH * self._done // self._total
            bar = "█" * filled + "░" * (WIDTH - filled)
            print(f"\r  {self._what:<18} {bar} {self._done:>9,}", end="", file=self._stream, flush=True)

    def over(self, things: Iterable[T]) -> Iterator[T]:
        """Hand on things and count them."""
        for thing in things:
            yield thing
            self.step()

    def end(self, seconds: float) -> None:
        """Replace the bar by what was done."""
        start_of_line = "\r\033[K" if self._stream.isatty() else ""
        line = f"{start_of_line}✓ {self._what:<18} {self._done:>9,}  ({seconds:.1f} s)"
        print(_showable(line, self._stream), file=self._stream, flush=True)


@contextmanager
def bar(what: str, total: int, stream: TextIO | None = None) -> Iterator[Bar]:
    """Show a bar for a step of so many things, on standard output when `stream` is None."""
    shown = Bar(stream or sys.stdout, what, total)
    begun = time.monotonic()
    yield shown
    shown.end(time.monotonic() - begun)


def _showable(line: str, stream: TextIO) -> str:
    return line.encode(stream.encoding or "ascii", "replace").decode(stream.encoding or "ascii")
