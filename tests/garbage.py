"""Spares a test run the collector where there is nothing to collect.

What is loaded and collected as tests stays: the collector need not look through it again and again, neither while it
comes nor later. And what a web process does with the collector once it has started, a test run would do thousands of
times: each app would look through all that there is, and keep what lives then from being freed for ever. What tests
make is looked through seldom: at the usual pace that was a tenth of a run, since what is compiled for them stays.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

from service import assembly

# Things made until the young are looked through; how often those, until the older are.
SELDOM = (20_000, 10, 20)


def collect_no_garbage_at_start() -> None:
    """Let apps start without it from now on."""
    assembly.gc = SimpleNamespace(collect=lambda: 0, freeze=lambda: None)  # type: ignore[assignment, attr-defined]


def collect_nothing_yet() -> None:
    """Keep the collector off until all tests are known."""
    gc.disable()


def collect_from_now_on() -> None:
    """Let it look at what tests make, and at nothing that was there before."""
    gc.freeze()
    gc.set_threshold(*SELDOM)
    gc.enable()


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the collector off while the body is timed: it would look through what all tests before have made."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
