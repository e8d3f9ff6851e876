"""The description of an API as it is served, for programs and for people: the same for everybody, so made once."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from quart import Response, current_app

from service.http.answer import JSON
from service.http.openapi.document import document
from service.http.openapi.endpoint import Api
from service.http.openapi.page import page
from service.http.precompressed import Precompressed, answer_with, precompress
from service.http.site import site_shown
from service.http.web.frame.looks import look_of_page

KEPT = "pieloop_manuals"
MOST = 12  # that are kept
# Who comes back asks whether it is still the same version.
HEADERS = {"Cache-Control": "no-cache"}


async def answer_document(*apis: Api) -> Response:
    """Return the OpenAPI document; parameters as `document`."""
    return await _answer(
        (apis[0].title, JSON),
        None,
        lambda: precompress(msgspec.json.encode(document(current_app, *apis)), JSON),
    )


async def answer_page(address: str, *apis: Api) -> Response:
    """Return the document as a page, as nobody sees it.

    Parameters:
        address: where the document itself is found.
        apis: as `document`.
    """

    def make() -> Precompressed:
        html = page(document(current_app, *apis), address)
        return precompress(html.encode(), "text/html; charset=utf-8")

    return await _answer((apis[0].title, look_of_page().words), site_shown(), make)


async def _answer(name: tuple[str, str], state: Any, make: Callable[[], Precompressed]) -> Response:
    """Answer with what is kept under a name: made off the loop for all who ask meanwhile, anew in another state."""
    kept: dict[tuple[str, str], tuple[Any, asyncio.Task[Precompressed]]] = current_app.extensions.setdefault(
        KEPT, {}
    )
    known = kept.get(name)
    if known is None or known[0] != state or _has_failed(known[1]):
        known = kept[name] = (state, asyncio.create_task(asyncio.to_thread(make)))
        if len(kept) > MOST:
            del kept[next(iter(kept))]
    return answer_with(await asyncio.shield(known[1]), HEADERS)


def _has_failed(made: asyncio.Task[Precompressed]) -> bool:
    return made.done() and (made.cancelled() or made.exception() is not None)
