"""The signals that ask us to stop: the first to drain, the second to leave at once."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class StopSignals:
    """What has been asked of us so far."""

    drain: asyncio.Event = field(default_factory=asyncio.Event)
    leave: asyncio.Event = field(default_factory=asyncio.Event)

    def count(self) -> None:
        """Take note of a signal."""
        (self.leave if self.drain.is_set() else self.drain).set()


@contextmanager
def stop_signals() -> Iterator[StopSignals]:
    """Count SIGINT, SIGTERM and SIGHUP (a closed terminal) while the body runs, in place of dying from them."""
    loop = asyncio.get_running_loop()
    signals = StopSignals()
    for number in SIGNALS:
        loop.add_signal_handler(number, signals.count)
    try:
        yield signals
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
