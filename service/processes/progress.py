"""The lines that a person sees while something starts or stops: a step in work, then a tick and its seconds."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TextIO

Report = Callable[[str], AbstractContextManager[None]]


def silent(step: str) -> AbstractContextManager[None]:
    """Report nothing."""
    return nullcontext()


def to_stream(stream: TextIO | None = None) -> Report:
    """Return a report that writes a line for each step to `stream` (standard output when None).

    On a terminal the step is shown while it runs; elsewhere a line is written when it is done.
    """
    stream = stream or sys.stdout
    tick, cross = ("✓", "✗") if _can_show("✓✗", stream) else ("ok", "failed")

    @contextmanager
    def report(step: str) -> Iterator[None]:
        begun = time.monotonic()
        mark = cross
        if stream.isatty():
            print(f"  {step} ", end="", file=stream, flush=True)
        try:
            yield
            mark = tick
        finally:
            start_of_line = "\r\033[K" if stream.isatty() else ""
            seconds = time.monotonic() - begun
            print(f"{start_of_line}{mark} {step} ({seconds:.1f} s)", file=stream, flush=True)

    return report


def _can_show(text: str, stream: TextIO) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
