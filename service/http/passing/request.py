"""The way of one request through this folder, and what happens when it comes too slowly or is abandoned half-way.

A request waits for its turn in a bounded queue or is refused at once; it has a deadline; a read is cancelled when its
client goes away, a write is not: it is finished, and shutdown waits for it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from quart import Quart, Response, request

from service.forum.accounts.passwords import standing_aside
from service.http.context import resources
from service.http.doors import READS
from service.http.passing.receiving import receive_body
from service.http.passing.shared import shared
from service.http.passing.visitors import where_from
from service.http.refusals import Overloaded, TooManyAtOnce, TooSlow


async def run_request(app: Quart, dispatch: Callable[[], Awaitable[Any]]) -> Any:
    """Answer one request under the gate and the deadline, or say why not.

    What it brings is received before a place is taken, so that a slow upload holds up nobody.

    Parameters:
        app: which answers.
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

    return await (work() if request.method in READS else shared().writes.shield(work))


async def _in_turn(app: Quart, answer: Callable[[], Awaitable[Any]]) -> Any:
    """Answer when it is this address's turn: a refusal's page takes its turn as everything does."""
    try:
        async with (
            asyncio.timeout(resources().config.http.request_deadline),
            shared().gate.admit(where_from()),
        ):
            with standing_aside(shared().gate.left):  # passwords have a queue of their own
                return await answer()
    except (Overloaded, TooManyAtOnce) as refusal:
        return await _refuse(app, refusal)
    except TimeoutError:
        return await _refuse(app, TooSlow())


async def _refuse(app: Quart, refusal: Exception) -> Response:
    answer = await app.handle_user_exception(refusal)
    return await app.finalize_request(answer)  # type: ignore[return-value]
