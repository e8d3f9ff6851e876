"""One request between the server and the app: what comes is taken only as fast as it is read.

What is still being sent when its answer is ready is heard out for a while: a browser that sends everything before it
listens would show a broken connection in place of our page.
"""

import asyncio
from contextlib import suppress
from typing import cast

from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, HTTPResponseStartEvent
from quart import Request
from quart.asgi import ASGIHTTPConnection

from service.http.passing.bodies.stream import Body

HEAR_OUT_FOR = 10.0  # seconds
AT_ONCE = 50


class HearingOut:
    """Waits for the ends of bodies that nobody reads, of some at once and for no longer than is bearable."""

    def __init__(self) -> None:
        self._under_way = 0

    async def wait(self, body: Body) -> None:
        """Return when the body is over, or was long enough, or at once if there are too many."""
        if self._under_way >= AT_ONCE:
            return
        self._under_way += 1
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(HEAR_OUT_FOR):
                    await body.over.wait()
        finally:
            self._under_way -= 1


class Connection(ASGIHTTPConnection):
    """Quart's handling of one request, which holds back the server while nobody reads."""

    async def handle_messages(self, request: Request, receive: ASGIReceiveCallable) -> None:
        """Hand on what comes, until the client goes away."""
        body = cast("Body", request.body)
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            if message["type"] == "http.request":
                if piece := message.get("body"):
                    await body.put(piece)
                if not message.get("more_body", False):
                    body.end()

    async def handle_request(self, request: Request, send: ASGISendCallable) -> None:
        """Answer; an answer that came before the request's end ends the connection."""
        body = cast("Body", request.body)
        hears_out: HearingOut = self.app.hearing_out  # type: ignore[attr-defined]

        async def send_and_hear_out(message: ASGISendEvent) -> None:
            if not body.over.is_set():
                if message["type"] == "http.response.start":
                    body.drop()
                    if request.http_version < "2":
                        message = _closing(message)
                elif message["type"] == "http.response.body" and not message.get("more_body", False):
                    await hears_out.wait(body)
            await send(message)

        await super().handle_request(request, send_and_hear_out)


def _closing(message: HTTPResponseStartEvent) -> HTTPResponseStartEvent:
    closing: HTTPResponseStartEvent = message.copy()
    closing["headers"] = [*message["headers"], (b"connection", b"close")]
    return closing
