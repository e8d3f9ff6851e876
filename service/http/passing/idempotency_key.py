"""The header Idempotency-Key: a request that is sent again gets the first answer, and has no second effect."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Concatenate, ParamSpec, TypeVar

from quart import Response, g, request

from service.forum import idempotency
from service.forum.accounts.viewer import Viewer
from service.forum.checks import storable
from service.forum.errors import Conflict, Invalid
from service.forum.idempotency import AlreadyDone, FirstAnswer, IdempotentRequest
from service.http.answer import JSON
from service.http.context import resources
from service.language import _
from service.storage.transaction import StorageError

P = ParamSpec("P")
T = TypeVar("T")

KEY = "Idempotency-Key"
REPEATED = "Idempotent-Replayed"
LONGEST_KEY = 255
# How long a repetition waits for the answer to the first request, which is under way still.
PATIENCE, PAUSE = 10.0, 0.05  # seconds


async def run_once(viewer: Viewer, handler: Callable[[], Awaitable[Response]]) -> Response:
    """Return the answer that `handler` makes; for a request with a key that was here before, the first answer.

    Parameters:
        viewer: who asks; a key is theirs alone.
        handler: carries the request out.

    Raises:
        Invalid: the key is too long, or has characters that cannot be stored.
        Conflict: the key was used for another request, or the answer is not known.
    """
    key = request.headers.get(KEY, "").strip()
    if not key:
        return await handler()
    asked = await _asked(viewer, key)
    try:
        return await _before(asked) or await _first_time(asked, handler)
    except AlreadyDone:
        return await _wait_for_answer(asked)


async def effect(work: Callable[Concatenate[Any, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do what a request is for: one transaction, which also keeps the request's key if it has one.

    Whatever else is written on the way (an announcement of files, a count) goes by `database.write` and leaves the key
    alone, so that what is refused in the end has burnt nothing.

    Parameters:
        work: an operation, and what it takes.

    Raises:
        AlreadyDone: the request was carried out before.
        StorageError: see Database.write.
    """
    database = resources().database
    request_with_key: IdempotentRequest | None = g.pop("idempotent_request", None)
    if request_with_key is None:
        return await database.write(work, *args, **kwargs)
    return await database.write(idempotency.claimed(request_with_key, work), *args, **kwargs)


async def _asked(viewer: Viewer, key: str) -> IdempotentRequest:
    if len(key) > LONGEST_KEY or not storable(key):
        raise Invalid({KEY: _("Use at most %(longest_key)s characters.", longest_key=LONGEST_KEY)})
    # A form is sent with another boundary each time.
    is_form = request.mimetype.startswith("multipart/")
    sent = b"" if is_form else await request.get_data(cache=True, as_text=False, parse_form_data=False)
    digest = hashlib.sha256(sent).hexdigest()
    return IdempotentRequest(viewer.id, key, f"{request.method} {request.path}", digest)


async def _first_time(asked: IdempotentRequest, handler: Callable[[], Awaitable[Response]]) -> Response:
    g.idempotent_request = asked
    response = await handler()
    answer = FirstAnswer(response.status_code, await response.get_data(as_text=True))
    with suppress(StorageError):  # it is done and can be answered; a repetition will learn that it is
        await resources().database.write(idempotency.keep_answer, asked, answer)
    return response


async def _wait_for_answer(asked: IdempotentRequest) -> Response:
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                with suppress(AlreadyDone):
                    if response := await _before(asked):
                        return response
                await asyncio.sleep(PAUSE)
    except TimeoutError:
        raise Conflict(
            _("This has already been done, but the response was lost."), code="done_before"
        ) from None


async def _before(asked: IdempotentRequest) -> Response | None:
    async with resources().database.read() as db:
        answer = await idempotency.first_answer(db, asked)
    if answer is None:
        return None
    return Response(answer.body, answer.status, {REPEATED: "true"}, content_type=JSON)
