"""One request between the server and the app: what comes is taken only as fast as it is read.

What is still being sent when its answer is ready is heard out for a while: a browser that sends everything before it
listens would show a broken connection in place of our page.
"""

import asyncio
from contextlib import aclosing, suppress
from typing import cast

from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, HTTPResponseStartEvent
from quart import Request
from quart.asgi import ASGIHTTPConnection

from service.http.passing.bodies.stream import Body

HEAR_OUT_FOR = 10.0  # seconds
MOST_HEARD = 64 * 2**20  # bytes
AT_ONCE = 50
PAUSE = 0.002  # seconds between two pieces of 64 kB, times as many as are heard out: 32 MB a second of all together


class HearingOut:
    """Reads for nothing what is still being sent, of some at once, and for no longer than is bearable."""

    def __init__(self) -> None:
        self._under_way = 0

    async def listen(self, body: Body) -> None:
        """Return when all of it has come, or enough; at once if there are too many."""
        if self._under_way >= AT_ONCE:
            return
        self._under_way += 1
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(HEAR_OUT_FOR):
                    await self._listen(body)
        finally:
            self._under_way -= 1

    async def _listen(self, body: Body) -> None:
        heard = 0
        async with aclosing(body.pieces()) as pieces:
            async for piece in pieces:
                heard += len(piece)
                if heard > MOST_HEARD:
                    return
                await asyncio.sleep(PAUSE * self._under_way)


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
        hearing_out: HearingOut = self.app.shared.hearing_out  # type: ignore[attr-defined]

        async def send_and_hear_out(message: ASGISendEvent) -> None:
            if message["type"] == "http.response.start" and not body.over and request.http_version < "2":
                message = _closing(message)
            elif message["type"] == "http.response.body" and not message.get("more_body", False):
                if not body.over:
                    await hearing_out.listen(body)
                body.drop()
            await send(message)

        await super().handle_request(request, send_and_hear_out)


def _closing(message: HTTPResponseStartEvent) -> HTTPResponseStartEvent:
    closing: HTTPResponseStartEvent = message.copy()
    closing["headers"] = [*message["headers"], (b"connection", b"close")]
    return closing
