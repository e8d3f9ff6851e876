"""The header Idempotency-Key: a request that is sent again gets the first answer, and has no second effect."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from quart import Response, request

from service.forum import repeats
from service.forum.accounts.rules import storable
from service.forum.accounts.viewer import Viewer
from service.forum.errors import Conflict, Invalid
from service.forum.repeats import Asked, DoneBefore, FirstAnswer
from service.http.answer import JSON
from service.http.context import resources
from service.storage.transaction import StorageError

KEY = "Idempotency-Key"
REPEATED = "Idempotent-Replayed"
LONGEST_KEY = 255
# How long a repetition waits for the answer to the first request, which is under way still.
PATIENCE, PAUSE = 10.0, 0.05  # seconds


async def once(known: Viewer, give: Callable[[], Awaitable[Response]]) -> Response:
    """Return the answer that `give` makes; for a request with a key that was here before, the one that was given then.

    Parameters:
        known: who asks; a key is theirs alone.
        give: carries the request out.

    Raises:
        Invalid: the key is too long, or has characters that cannot be stored.
        Conflict: the key was used for another request, or the answer is not known.
    """
    key = request.headers.get(KEY, "").strip()
    if not key:
        return await give()
    asked = await _asked(known, key)
    try:
        return await _before(asked) or await _first_time(asked, give)
    except DoneBefore:
        return await _wait_for_answer(asked)


async def _asked(known: Viewer, key: str) -> Asked:
    if len(key) > LONGEST_KEY or not storable(key):
        raise Invalid({KEY: f"A key has at most {LONGEST_KEY} characters."})
    # A form is sent with another boundary each time.
    is_form = request.mimetype.startswith("multipart/")
    sent = b"" if is_form else await request.get_data(cache=True, as_text=False, parse_form_data=False)
    digest = hashlib.sha256(sent).hexdigest()
    return Asked(known.id, key, f"{request.method} {request.path}", digest)


async def _first_time(asked: Asked, give: Callable[[], Awaitable[Response]]) -> Response:
    database = resources().database
    with database.accompanied(partial(repeats.claim, asked=asked)):
        response = await give()
    answer = FirstAnswer(response.status_code, await response.get_data(as_text=True))
    with suppress(StorageError):  # it is done and can be answered; a repetition will learn that it is
        await database.write(repeats.keep_answer, asked, answer)
    return response


async def _wait_for_answer(asked: Asked) -> Response:
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                with suppress(DoneBefore):
                    if response := await _before(asked):
                        return response
                await asyncio.sleep(PAUSE)
    except TimeoutError:
        raise Conflict("This was done already, but its answer was lost.", code="done_before") from None


async def _before(asked: Asked) -> Response | None:
    async with resources().database.read() as db:
        answer = await repeats.first_answer(db, asked)
    if answer is None:
        return None
    return Response(answer.body, answer.status, {REPEATED: "true"}, content_type=JSON)
