"""/api/alpha: live updates as server-sent events, for apps by their token and for pages by their cookie.

Events are `notification` (an item of /user/notifications) and `unread_count` (as /user/unread_count). The id of each is
that of the newest notification told so far, from which a client resumes by Last-Event-ID.

Source of the format: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec
from quart import Blueprint, Response, request

from service.forum import notifications
from service.forum.accounts import queries
from service.forum.accounts.tokens import read_api_token
from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.checks import is_id
from service.forum.errors import TooMany
from service.forum.notifications import UnreadCount
from service.http.api.contract import API
from service.http.api.notification_views import notification_views
from service.http.api.shapes.notifications import UserNotificationItemView
from service.http.context import current_viewer, resources
from service.http.openapi.endpoint import Media
from service.http.passing.identity import BEARER, COOKIE
from service.http.passing.shared import shared
from service.http.passing.streams import Listener, Streams
from service.http.refusals import Overloaded
from service.lifecycle import Resources
from service.storage.transaction import StorageError

blueprint = Blueprint("api_stream", __name__, url_prefix="/api/alpha/user")

HEARTBEAT = 20.0  # seconds; proxies close what is silent for a minute
RETRY = 3000  # milliseconds that a client waits before it comes back
AT_ONCE = 50  # notifications read at once

EVENTS: Media = {"text/event-stream": {"type": "string"}}
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

# Looks up who asks, once more at every look: who was signed out or banned meanwhile hears no more.
Asker = Callable[[Any], Awaitable[Viewer | None]]


class News(msgspec.Struct, frozen=True):
    """What there is to tell at one look."""

    notifications: list[UserNotificationItemView]
    unread: UnreadCount


@blueprint.get("/stream")
@API.endpoint(media=EVENTS)
async def stream() -> Response:
    """Tell new notifications and unread counts as they come, until the client goes or this process ends."""
    ask, opened = _asker(), resources()
    async with opened.database.read(newest=True) as db:
        viewer = signed_in(await ask(db))
        last_id = _last_event_id()
        if last_id is None:
            last_id = await notifications.newest_id(db, viewer)
    streams = shared().streams
    streams.check(viewer.id)
    response = Response(
        _hold_a_place(streams, viewer.id, partial(_events, opened, ask, last_id)),
        content_type="text/event-stream; charset=utf-8",
        headers=HEADERS,
    )
    response.timeout = None
    return response


def _asker() -> Asker:
    """Return how to look up who asks: by the token that was sent, else by the browser's cookie.

    The cookie is taken here alone in the API: this address changes nothing, and no other site may read what it answers.
    """
    if current_viewer() is not None:
        header = request.headers.get("Authorization", "")
        claims = read_api_token(header[len(BEARER) :], secret=resources().config.site.secret_key)
        assert claims is not None  # noqa: S101 - it was read before, to find the viewer
        return partial(queries.viewer_of_token, claims=claims)
    return partial(queries.viewer_of_session, token=request.cookies.get(COOKIE, ""))


def _last_event_id() -> int | None:
    text = request.headers.get("Last-Event-ID", "")
    sent = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(2**31)) else None
    return sent if sent is not None and (sent == 0 or is_id(sent)) else None


async def _hold_a_place(
    streams: Streams, account_id: int, events: Callable[[Listener], AsyncGenerator[bytes, None]]
) -> AsyncGenerator[bytes, None]:
    """Tell what there is to tell in a place that is taken when the answer begins, and given back at its end."""
    with suppress(TooMany, Overloaded), streams.place(account_id) as listener:
        async for event in events(listener):
            yield event


async def _events(
    opened: Resources, ask: Asker, last_id: int, listener: Listener
) -> AsyncGenerator[bytes, None]:
    yield f"retry: {RETRY}\n\n".encode()
    told: UnreadCount | None = None
    while not listener.ended:
        try:
            news = await _look(opened, ask, last_id)
        except StorageError:
            yield b": the database is busy\n\n"
            await listener.wait(HEARTBEAT)
            continue
        if news is None:
            return
        for view in news.notifications:
            last_id = view["notif_id"]
            yield _event("notification", last_id, view)
        if news.unread != told:
            told = news.unread
            yield _event("unread_count", last_id, told)
        elif not news.notifications:
            yield b": still here\n\n"
        if len(news.notifications) < AT_ONCE:
            await listener.wait(HEARTBEAT)


async def _look(opened: Resources, ask: Asker, last_id: int) -> News | None:
    """Return what is new in one short transaction; None if the one who asked may hear no more."""
    async with opened.database.read() as db:
        viewer = await ask(db)
        if viewer is None:
            return None
        rows = await notifications.since(db, viewer, last_id, at_most=AT_ONCE)
        views = await notification_views(db, opened.config.site.base_url, viewer, rows)
        return News(views, await notifications.unread_count(db, viewer))


def _event(name: str, event_id: int, data: Any) -> bytes:
    return b"event: %b\nid: %d\ndata: %b\n\n" % (name.encode(), event_id, msgspec.json.encode(data))
