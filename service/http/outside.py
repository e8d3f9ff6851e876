"""Requests that wait for other sites: few at once, and without a place among those at work meanwhile.

How long another site takes is its own affair. A handler that asks one goes outside with `async with outside():`.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from service.forum.errors import TooMany
from service.http.context import the_application
from service.http.limits import who_asks
from service.http.refusals import Overloaded

COME_BACK_AFTER = 10  # seconds


class Outside:
    """How many wait for other sites, in all and for each visitor.

    Parameters:
        most: how many there may be.
        most_of_one: how many of them may be one account's, or one address's.
    """

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most, self._most_of_one = most, most_of_one
        self._by_visitor: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._by_visitor.total()

    @contextmanager
    def place(self, visitor: str) -> Iterator[None]:
        """Count one more of this visitor's while the body runs.

        Raises:
            TooMany: the visitor has as many as one may have.
            Overloaded: the process has.
        """
        if self._by_visitor[visitor] >= self._most_of_one:
            raise TooMany("You wait for too many other sites already.", retry_after=COME_BACK_AFTER)
        if len(self) >= self._most:
            raise Overloaded
        self._by_visitor[visitor] += 1
        try:
            yield
        finally:
            self._by_visitor[visitor] -= 1
            if not self._by_visitor[visitor]:
                del self._by_visitor[visitor]


@asynccontextmanager
async def outside() -> AsyncIterator[None]:
    """Let the body wait for another site; it holds no place at the gate, and nothing else that others wait for.

    Raises:
        TooMany, Overloaded: see Outside.place.
    """
    app = the_application()
    with app.outside.place(who_asks()):
        async with app.gate.left():
            yield
