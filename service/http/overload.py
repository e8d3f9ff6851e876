"""What happens when too much comes at once, or too slowly, or is abandoned half-way.

A request waits for its turn in a bounded queue or is refused at once; it has a deadline; a read is cancelled when its
client goes away, a write is not: it is finished, and shutdown waits for it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from quart import Response, request

from service.http.passing.bodies.receiving import receive_body
from service.http.refusals import Overloaded, TooSlow

if TYPE_CHECKING:
    from service.http.application import Application

READS = {"GET", "HEAD", "OPTIONS"}


class Gate:
    """Lets a number of requests work at once and a number wait; the next one is refused.

    Parameters:
        in_work: how many may work at once.
        waiting: how many may wait.
    """

    def __init__(self, in_work: int, waiting: int) -> None:
        self._places = asyncio.Semaphore(in_work)
        self._limit = in_work
        self._most_waiting = waiting
        self.working = 0
        self.waiting = 0

    @asynccontextmanager
    async def admit(self) -> AsyncIterator[None]:
        """Wait for a place and hold it.

        Raises:
            Overloaded: too many are waiting already.
        """
        if self._places.locked() and self.waiting >= self._most_waiting:
            raise Overloaded
        place = _Place(self)
        self.waiting += 1
        try:
            await self._places.acquire()
        finally:
            self.waiting -= 1
        place.taken()
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
            await self._places.acquire()
            place.taken()

    def _release(self) -> None:
        self.working -= 1
        self._places.release()


class _Place:
    """The place of one request; whoever is cancelled while it has none gives none back."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._is_taken = False

    def taken(self) -> None:
        """Note that the request has it."""
        self._is_taken = True
        self._gate.working += 1

    def give_back(self) -> None:
        """Let another request have it."""
        if self._is_taken:
            self._is_taken = False
            self._gate._release()


_place: ContextVar[_Place | None] = ContextVar("place", default=None)


class Writes:
    """The writes under way, which outlive the clients that asked for them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    async def shield(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """Run `work` to its end even when the caller is cancelled."""
        task = asyncio.ensure_future(work())
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    async def drain(self, seconds: float) -> int:
        """Wait for all of them; return how many were not finished in time.

        Parameters:
            seconds: how long to wait.
        """
        if not self._tasks:
            return 0
        _, pending = await asyncio.wait(self._tasks, timeout=seconds)
        return len(pending)

    def _forget(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # somebody has looked: no warning about an abandoned error


async def run_request(app: "Application", dispatch: Callable[[], Awaitable[Any]]) -> Any:
    """Answer one request under the gate and the deadline, or say why not.

    What it brings is received before a place is taken, so that a slow upload holds up nobody.

    Parameters:
        app: whose gate and deadline apply.
        dispatch: the request's handling from its first hook to the finished response.
    """

    async def within_limits() -> Any:
        try:
            async with asyncio.timeout(app.settings.http.request_deadline), app.gate.admit():
                return await dispatch()
        except Overloaded as refusal:
            return await _refuse(app, refusal)
        except TimeoutError:
            return await _refuse(app, TooSlow())

    # Nothing is done, and nothing read, where there is no such page.
    if request.routing_exception is not None:
        return await within_limits()
    try:
        received = await receive_body(app)
    except Exception as refusal:  # noqa: BLE001 - whatever it is, it is answered as everywhere
        return await _refuse(app, refusal)

    async def work() -> Any:
        with received:
            return await within_limits()

    return await (work() if request.method in READS else app.writes.shield(work))


async def _refuse(app: "Application", refusal: Exception) -> Response:
    answer = await app.handle_user_exception(refusal)
    return await app.finalize_request(answer)  # type: ignore[return-value]
