"""Requests that wait for other sites: few at once, in all and of one visitor."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.forum.errors import TooMany
from service.http.refusals import Overloaded
from service.language import _

COME_BACK_AFTER = 10  # seconds
# A page with many pictures of other sites asks for all of them at once: they take turns, for so long.
PATIENCE = 8.0  # seconds
WAITING_FOR_EACH = 8  # so many may wait for each place that there is
TOO_MANY_OF_ONE = _("Too many of your requests are already waiting for other servers.")


class Outside:
    """How many wait for other sites, in all and for each visitor; the next ones wait for a turn, within bounds.

    Parameters:
        most: how many there may be.
        most_of_one: how many of them may be one account's, or one address's.
        patience: seconds that one waits for a turn.
    """

    def __init__(self, most: int, most_of_one: int, patience: float = PATIENCE) -> None:
        self._most, self._most_of_one, self._patience = most, most_of_one, patience
        self._by_visitor: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()
        self._freed = asyncio.Condition()

    def __len__(self) -> int:
        return self._by_visitor.total()

    @asynccontextmanager
    async def place(self, visitor: str) -> AsyncIterator[None]:
        """Wait for a turn, and count one more of this visitor's while the body runs.

        Raises:
            TooMany: too many of the visitor's wait already, or for too long.
            Overloaded: too many wait altogether.
        """
        await self._turn(visitor)
        try:
            yield
        finally:
            self._take(self._by_visitor, visitor)
            async with self._freed:
                self._freed.notify_all()

    async def _turn(self, visitor: str) -> None:
        if self._waiting[visitor] >= self._most_of_one * WAITING_FOR_EACH:
            raise TooMany(TOO_MANY_OF_ONE, retry_after=COME_BACK_AFTER)
        if self._waiting.total() >= self._most * WAITING_FOR_EACH:
            raise Overloaded
        self._waiting[visitor] += 1
        try:
            async with asyncio.timeout(self._patience), self._freed:
                await self._freed.wait_for(lambda: self._is_free(visitor))
                self._by_visitor[visitor] += 1
        except TimeoutError:
            raise TooMany(TOO_MANY_OF_ONE, retry_after=COME_BACK_AFTER) from None
        finally:
            self._take(self._waiting, visitor)

    def _is_free(self, visitor: str) -> bool:
        return self._by_visitor[visitor] < self._most_of_one and len(self) < self._most

    def _take(self, counted: Counter[str], visitor: str) -> None:
        counted[visitor] -= 1
        if not counted[visitor]:
            del counted[visitor]
