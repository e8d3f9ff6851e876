"""Pieloop's web service: `app` is what `hypercorn service:app` runs."""

import sys
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


async def app(scope: Any, receive: Receive, send: Send) -> None:
    """Answer one ASGI event, building the application on the first one (Hypercorn's lifespan start-up).

    Importing `service` therefore reads no file and loads no framework: the workers and the image
    processes, which live in this package too, start small, and nothing exists before the process that owns it.
    """
    await _the_app()(scope, receive, send)


@cache
def _the_app() -> Any:
    """Return this process's app; without one the process ends, for Hypercorn would go on and answer errors for ever."""
    from service.config import ensure_secret_key, load_config
    from service.loading import collecting_nothing
    from service.processes.report import leave, mortal, refusing

    try:
        with mortal(), refusing(), collecting_nothing():
            config = ensure_secret_key(
                load_config()
            )  # first: a mistake in it is told before all else is loaded
            from service.assembly import build_app

            return build_app(config)
    except Exception as error:  # noqa: BLE001 - whatever it is, it ends the process
        from service.logs import formatted_trace

        print(formatted_trace(error), file=sys.stderr, flush=True)  # noqa: T201 - there is no log yet
        leave()
