"""How long anybody waits for the database: for one read or write, and for all those of one request together."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

LEAST = 1.0  # seconds that every read or write gets, however long the earlier ones took


class _Spent:
    """The seconds that have been spent so far."""

    def __init__(self) -> None:
        self.seconds = 0.0


_spent: ContextVar[_Spent | None] = ContextVar("spent", default=None)


@contextmanager
def together() -> Iterator[None]:
    """Let all reads and writes in the body share one deadline: who waits for an answer waits for their sum."""
    token = _spent.set(_Spent())
    try:
        yield
    finally:
        _spent.reset(token)


@asynccontextmanager
async def within(deadline: float | None) -> AsyncIterator[None]:
    """Give the body so many seconds, less those that others of the same request have spent; None is for ever.

    Raises:
        TimeoutError: they are over.
    """
    spent = _spent.get() or _Spent()
    begun = time.monotonic()
    try:
        async with asyncio.timeout(None if deadline is None else max(LEAST, deadline - spent.seconds)):
            yield
    finally:
        spent.seconds += time.monotonic() - begun
