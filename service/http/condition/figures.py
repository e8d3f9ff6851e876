"""The site's figures, counted once in a while in each process: counting every comment takes its time."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, Generic, TypeVar

from quart import current_app

from service.forum.activity import Days, lately
from service.forum.site import Statistics, statistics
from service.http.context import resources

T = TypeVar("T")

FIGURES, ACTIVITY = "pieloop_figures", "pieloop_activity"
FRESH = 60.0  # seconds
FRESH_ACTIVITY = 300.0


class _Counted(Generic[T]):
    """What was counted last, and when; only one request counts at a time, the others wait for it."""

    def __init__(self) -> None:
        self.counting = asyncio.Lock()
        self.counted: T | None = None
        self.counted_at = 0.0
        self.refreshing: asyncio.Task[Any] | None = None


async def figures() -> Statistics:
    """Return the site's figures, at most a minute old."""
    return await _count(FIGURES, statistics, FRESH)


async def figures_at_hand() -> Statistics:
    """Return the site's figures as they were last counted: where they are old, nobody waits for the new ones."""
    known: _Counted[Statistics] | None = current_app.extensions.get(FIGURES)
    if known is None or known.counted is None:
        return await figures()
    if monotonic() - known.counted_at > FRESH and not known.counting.locked():
        known.refreshing = asyncio.create_task(figures())
    return known.counted


async def activity() -> Days:
    """Return how the site has lived lately, at most five minutes old."""
    return await _count(ACTIVITY, lately, FRESH_ACTIVITY)


async def _count(name: str, count: Callable[[Any], Awaitable[T]], fresh: float) -> T:
    known: _Counted[T] = current_app.extensions.setdefault(name, _Counted())
    async with known.counting:
        if known.counted is None or monotonic() - known.counted_at > fresh:
            async with resources().database.read() as db:
                known.counted = await count(db)
            known.counted_at = monotonic()
        return known.counted
