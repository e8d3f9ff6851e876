"""The site's figures, counted at most once a minute in each process: counting every comment takes its time."""

import asyncio
from time import monotonic

from quart import current_app

from service.forum.site import Statistics, statistics
from service.http.context import resources

EXTENSION = "pieloop_figures"
FRESH = 60.0  # seconds


class _Figures:
    """What was counted last, and when; only one request counts at a time, the others wait for it."""

    def __init__(self) -> None:
        self.counting = asyncio.Lock()
        self.counted: Statistics | None = None
        self.counted_at = 0.0


async def figures() -> Statistics:
    """Return the site's figures, at most a minute old."""
    known: _Figures = current_app.extensions.setdefault(EXTENSION, _Figures())
    async with known.counting:
        if known.counted is None or monotonic() - known.counted_at > FRESH:
            async with resources().database.read() as db:
                known.counted = await statistics(db)
            known.counted_at = monotonic()
        return known.counted
