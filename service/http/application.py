"""The Quart class with Pieloop's way to treat a request: admitted or refused, bounded in time, writes shielded."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import lru_cache, partial
from typing import Any, TypeVar

import structlog
from quart import Quart, request

from service.config import Config
from service.http.activitypub.inbox import Inbox
from service.http.context import route
from service.http.doors import READS
from service.http.passing.bodies.connection import Connection
from service.http.passing.bodies.request import ReceivedRequest
from service.http.passing.protocol.hosts import names_a_host
from service.http.passing.request import run_request
from service.http.passing.shared import EXTENSION, Shared
from service.http.passing.visitors import comes_by_unnamed_proxy
from service.storage.late_reads import reads_of_a_request
from service.storage.patience import together
from service.storage.transaction import ConnectionLost
from service.telemetry.watchdog import doing

T = TypeVar("T")

log = structlog.get_logger()

FUNCTIONS = 4096  # more than there are hooks and views

# What tells whether this process lives must answer when nothing else does.
UNGATED = {"/livez", "/readyz", "/metrics"}


class Application(Quart):
    """A Quart app whose requests pass the gate; `build_app` gives it its parts.

    Parameters:
        config: the whole configuration, with a secret key.
    """

    request_class = ReceivedRequest
    asgi_http_class = Connection

    def __init__(self, config: Config) -> None:
        super().__init__("service", static_folder=None, template_folder=None)
        self.settings = config
        self.shared = self.extensions[EXTENSION] = Shared(config.http)
        self.inbox: Inbox | None = None  # takes what is for it before the framework sees it
        self._as_async = lru_cache(FUNCTIONS)(super().ensure_async)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Take what the server gives; what can be no request to this site is refused at once."""
        if scope["type"] == "websocket":
            log.info("websocket_refused")
            await send({"type": "websocket.close"})  # before it was accepted: 403
        elif scope["type"] == "http" and not names_a_host(scope["headers"]):
            log.info("host_refused")
            await _say_bad_host(send)
        elif scope["type"] == "http" and self.inbox is not None and self.inbox.takes(scope):
            await self.inbox(scope, receive, send)
        elif scope["type"] == "http" and self.shared.strangers.takes(scope):
            await self._answer_stranger(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    async def _answer_stranger(self, scope: Any, receive: Any, send: Any) -> None:
        status = await self.shared.strangers.answer(scope, receive, send, super().__call__)
        if status is not None:
            self.shared.metrics.requests.labels("GET", status.value).inc()
            self.shared.metrics.shared.inc()

    def ensure_async(self, func: Any) -> Any:
        """Return a hook or a view as an asynchronous function; what it is is found out once, not for each request."""
        return self._as_async(func)

    async def full_dispatch_request(self, request_context: Any = None) -> Any:
        """Dispatch a request under the gate, the deadline and, for writes, the shield; and count it."""
        what = f"{request.method} {route()}"

        async def dispatch() -> Any:
            with doing(what), together(), reads_of_a_request():
                return await super(Application, self).full_dispatch_request(request_context)

        if request.path in UNGATED:
            return await dispatch()
        begun = time.perf_counter()
        try:
            with doing(what):
                response = await run_request(self, dispatch)
        except asyncio.CancelledError:
            self.shared.metrics.cancelled.labels(request.method).inc()
            raise
        finally:
            if request.method not in READS:
                self.shared.strangers.forget()
        self.shared.metrics.seconds.observe(time.perf_counter() - begun)
        self.shared.metrics.requests.labels(request.method, response.status_code).inc()
        if comes_by_unnamed_proxy(request):
            self.shared.metrics.unnamed_proxies.inc()
        return response

    async def preprocess_request(self, request_context: Any = None) -> Any:
        """Run what comes before each request, such as finding out who asks."""
        return await _once_more_if_lost(partial(super().preprocess_request, request_context))

    async def dispatch_request(self, request_context: Any = None) -> Any:
        """Have the request answered by whoever answers at its address."""
        return await _once_more_if_lost(partial(super().dispatch_request, request_context))


async def _once_more_if_lost(answer: Callable[[], Awaitable[T]]) -> T:
    """Answer; where only reading is asked for, once more if the connection to the database ended under it.

    So PostgreSQL may restart, or an administrator end our connections, without any reader noticing.
    """
    try:
        return await answer()
    except ConnectionLost:
        if request.method not in READS:
            raise
    return await answer()


async def _say_bad_host(send: Any) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": b"The Host header names no host.\n"})
