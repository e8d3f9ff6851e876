"""Who works now, who waits, and who is next: places are shared by address, so nobody's crowd keeps others waiting.

A free place goes to whoever waits from the address that has the fewest places, and among those that have equally many
to each in turn. When there is no room to wait, the last one to come of the longest queue makes room.
"""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

from service.http.refusals import Overloaded, TooManyAtOnce

Waiting = asyncio.Future[None]


class Gate:
    """Lets a number of requests work at once and a number wait; the next one is refused.

    Fewer may work for a while, and fewer from each address in proportion: `limit`.

    Parameters:
        in_work: how many may work at once, at best.
        waiting: how many may wait.
        in_work_per_address: how many of those at work may come from one address.
        waiting_per_address: how many of those that wait.
    """

    def __init__(
        self, in_work: int, waiting: int, in_work_per_address: int, waiting_per_address: int
    ) -> None:
        self.most = self._limit = in_work
        self._limit_of_one = in_work_per_address
        self._share = in_work_per_address / in_work
        self._most_waiting, self._most_waiting_of_one = waiting, waiting_per_address
        self._at_work: Counter[str] = Counter()
        self._queues: OrderedDict[str, deque[Waiting]] = (
            OrderedDict()
        )  # in the order of their turns; none is empty
        self.working = 0
        self.waiting = 0

    @asynccontextmanager
    async def admit(self, address: str) -> AsyncIterator[None]:
        """Wait for a place and hold it.

        Parameters:
            address: where the request comes from, as `accounts.households` names it.

        Raises:
            TooManyAtOnce: too many from this address are waiting already.
            Overloaded: too many are waiting altogether.
        """
        if not self._has_place_for(address):
            self._make_room_for(address)
        place = _Place(self, address)
        await place.take()
        token = _place.set(place)
        try:
            yield
        finally:
            _place.reset(token)
            place.give_back()

    @asynccontextmanager
    async def left(self) -> AsyncIterator[None]:
        """Give this request's place to another while the body runs, and wait for one again afterwards."""
        place = _place.get()
        if place is None:
            yield
            return
        place.give_back()
        try:
            yield
        finally:
            await place.take(returning=True)

    @property
    def limit(self) -> int:
        """How many may work at once for now."""
        return self._limit

    @limit.setter
    def limit(self, limit: int) -> None:
        self._limit = limit
        self._limit_of_one = max(1, int(limit * self._share))
        self._call_the_next()

    def _has_place_for(self, address: str) -> bool:
        """Whether it can work at once: where there is a free place, those who wait have as many as they may."""
        return self.working < self._limit and self._at_work[address] < self._limit_of_one

    def _make_room_for(self, address: str) -> None:
        waiting = len(self._queues.get(address, ()))
        if waiting >= self._most_waiting_of_one:
            raise TooManyAtOnce
        if self.waiting < self._most_waiting:
            return
        longest = max(self._queues, key=lambda other: len(self._queues[other]), default=address)
        if len(self._queues.get(longest, ())) <= waiting + 1:
            raise Overloaded
        self._turn_away_the_last(longest)

    async def _take(self, address: str, *, returning: bool) -> None:
        if self._has_place_for(address):
            self._grant(address)
            return
        mine = self._enqueue(address, first=returning)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.cancelled():
                self._leave(address, mine)
            elif mine.exception() is None:
                self._give_back(address)  # it was granted a moment ago
            raise

    def _grant(self, address: str) -> None:
        self._at_work[address] += 1
        self.working += 1

    def _give_back(self, address: str) -> None:
        self.working -= 1
        self._at_work[address] -= 1
        if not self._at_work[address]:
            del self._at_work[address]
        self._call_the_next()

    def _call_the_next(self) -> None:
        while self._queues:
            address = min(self._queues, key=self._at_work.__getitem__)
            if not self._has_place_for(address):
                return
            following = self._queues[address].popleft()
            self._queues.move_to_end(address)
            self._is_one_less(address)
            if not following.cancelled():  # it has gone, and has not had time to leave
                self._grant(address)
                following.set_result(None)

    # The queues

    def _enqueue(self, address: str, *, first: bool) -> Waiting:
        mine: Waiting = asyncio.get_running_loop().create_future()
        queue = self._queues.setdefault(address, deque())
        (queue.appendleft if first else queue.append)(mine)
        self.waiting += 1
        return mine

    def _turn_away_the_last(self, address: str) -> None:
        last = self._queues[address].pop()
        self._is_one_less(address)
        if not last.cancelled():
            last.set_exception(Overloaded())

    def _leave(self, address: str, mine: Waiting) -> None:
        if mine in self._queues.get(address, ()):
            self._queues[address].remove(mine)
            self._is_one_less(address)

    def _is_one_less(self, address: str) -> None:
        self.waiting -= 1
        if not self._queues[address]:
            del self._queues[address]


class _Place:
    """The place of one request; whoever is cancelled while it has none gives none back."""

    def __init__(self, gate: Gate, address: str) -> None:
        self._gate, self._address = gate, address
        self._is_taken = False

    async def take(self, *, returning: bool = False) -> None:
        """Wait for it; whoever had one before comes first, and is not refused."""
        await self._gate._take(self._address, returning=returning)
        self._is_taken = True

    def give_back(self) -> None:
        """Let another request have it."""
        if self._is_taken:
            self._is_taken = False
            self._gate._give_back(self._address)


_place: ContextVar[_Place | None] = ContextVar("place", default=None)
