"""Reads older texts into the search after a migration: see `forum.words_backlog`."""

import asyncio
import time
from typing import Any

from service.forum.words_backlog import read_some
from service.lifecycle import Resources

AT_ONCE = 50.0  # seconds; the next minute goes on


async def read_older_texts(ctx: dict[str, Any]) -> int:
    """Read batch after batch, resting after each as long as it took; return how many texts.

    The database has other things to do: so it is half a processor's work at most.
    """
    resources: Resources = ctx["resources"]
    until, total = time.monotonic() + AT_ONCE, 0
    while (begun := time.monotonic()) < until and (count := await resources.database.write(read_some)):
        total += count
        await asyncio.sleep(time.monotonic() - begun)
    return total
