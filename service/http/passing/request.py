"""What happens when too much comes at once, or too slowly, or is abandoned half-way.

A request waits for its turn in a bounded queue or is refused at once; it has a deadline; a read is cancelled when its
client goes away, a write is not: it is finished, and shutdown waits for it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from quart import Response, request

from service.http.passing.bodies.receiving import receive_body
from service.http.passing.limits import where_from
from service.http.refusals import Overloaded, TooManyAtOnce, TooSlow

if TYPE_CHECKING:
    from service.http.application import Application

READS = {"GET", "HEAD", "OPTIONS"}


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
    # Nothing is done, and nothing read, where there is no such page.
    if request.routing_exception is not None:
        return await _in_turn(app, dispatch)
    try:
        received = await receive_body(app)
    except Exception as refusal:  # noqa: BLE001 - whatever it is, it is answered as everywhere
        return await _in_turn(app, partial(_refuse, app, refusal))

    async def work() -> Any:
        with received:
            return await _in_turn(app, dispatch)

    return await (work() if request.method in READS else app.writes.shield(work))


async def _in_turn(app: "Application", answer: Callable[[], Awaitable[Any]]) -> Any:
    """Answer when it is this address's turn: a refusal's page takes its turn as everything does."""
    try:
        async with asyncio.timeout(app.settings.http.request_deadline), app.gate.admit(where_from()):
            return await answer()
    except (Overloaded, TooManyAtOnce) as refusal:
        return await _refuse(app, refusal)
    except TimeoutError:
        return await _refuse(app, TooSlow())


async def _refuse(app: "Application", refusal: Exception) -> Response:
    answer = await app.handle_user_exception(refusal)
    return await app.finalize_request(answer)  # type: ignore[return-value]
