"""Answers that are the same for everybody who says nothing of who they are: made once a moment, however many ask.

A view says of itself that its answers are such (`same_for_strangers`). One is kept if the request carried neither
cookie nor token and the answer is a success that sets no cookie and does not ask not to be stored; nothing personal
meets all of that. It is kept for `http.kept_for_strangers` seconds, or until this process is asked to change something;
other processes learn of that change when the moment is over.

Kept answers are sent without the app being asked at all: no queue, no hooks, no statement.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from math import ceil
from time import monotonic
from typing import Any, ParamSpec, TypeVar, cast

import msgspec
from quart import Response, request

P = ParamSpec("P")
T = TypeVar("T")

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Asked = Callable[[Any, Receive, Send], Awaitable[None]]

MOST_BYTES = 16 * 2**20  # of all answers that one process keeps
LARGEST = 2 * 2**20  # bytes of one
BESIDES = 2048  # bytes of its headers and of what holds it
TELLS_WHO = frozenset({b"cookie", b"authorization", b"signature", b"signature-input"})
ASKS_FOR_A_PART = (b"hx-", b"range", b"if-")  # what such headers begin with
# What else makes another answer of the same address.
DECIDES = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"accept-language",
        b"host",
        b"origin",
        b"save-data",
        b"x-forwarded-host",
        b"x-forwarded-proto",
    }
)
IF_NONE_MATCH = b"if-none-match"
RECORDING = "pieloop.recording"


def same_for_strangers(view: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Let what a view answers to one stranger be sent to others for a moment."""

    @wraps(view)
    async def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        if (recording := _recording()) is not None:
            recording.wanted = True
        return await view(*args, **kwargs)

    return wrapped


def mark_as_shared(response: Response, seconds: float) -> None:
    """Let caches between here and strangers keep the answer as long as this process does, if its view lets them."""
    recording = _recording()
    if recording is not None and recording.wanted and response.status_code == HTTPStatus.OK:
        response.headers.setdefault("Cache-Control", f"public, max-age={ceil(seconds)}")
        response.vary.update(("Accept", "Accept-Language", "Authorization", "Cookie", "Save-Data"))


def _recording() -> "Recording | None":
    return cast("Recording | None", request.scope.get(RECORDING))


class Kept(msgspec.Struct, frozen=True):
    """An answer as it was sent; `until` is by the monotonic clock, in seconds."""

    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    etag: bytes
    until: float


class Recording(msgspec.Struct):
    """An answer that is being sent."""

    wanted: bool = False
    status: int = 0
    headers: tuple[tuple[bytes, bytes], ...] = ()
    pieces: list[bytes] = []
    size: int = 0
    complete: bool = False

    def note(self, message: Message) -> None:
        """Write down a part of the answer, while it can still become one that is kept."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], tuple(message["headers"])
            self.wanted = self.wanted and self.status == HTTPStatus.OK and _may_be_shared(self.headers)
        elif message["type"] == "http.response.body" and self.wanted:
            piece = message.get("body", b"")
            self.pieces.append(piece)
            self.size += len(piece)
            self.wanted = self.size <= LARGEST
            self.complete = not message.get("more_body", False)


class _Making:
    """An answer that is being made."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.answered = False


class Strangers:
    """What one process keeps for them.

    Parameters:
        seconds: how long an answer is kept; 0 keeps none.
        patience: seconds that one waits for an answer that is being made for another.
        most: bytes of all that is kept.
    """

    def __init__(self, seconds: float, patience: float, most: int = MOST_BYTES) -> None:
        self._seconds, self._patience, self._most = seconds, patience, most
        self._kept: OrderedDict[bytes, Kept] = OrderedDict()
        self._being_made: dict[bytes, _Making] = {}
        self._bytes = 0
        self._changes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def takes(self, scope: Any) -> bool:
        """Whether the request may be answered with what another was answered."""
        return (
            self._seconds > 0
            and scope["method"] == "GET"
            and not any(
                name in TELLS_WHO or (name.startswith(ASKS_FOR_A_PART) and name != IF_NONE_MATCH)
                for name, _ in scope["headers"]
            )
        )

    async def answer(self, scope: Any, receive: Receive, send: Send, ask: Asked) -> HTTPStatus | None:
        """Send what is kept, or what is being made for another; else ask the app, and keep what it answers.

        Parameters:
            ask: the app.

        Returns:
            The status, where the app was not asked.
        """
        key = _key(scope)
        kept = self._fresh(key) or await self._made_for_another(key)
        if kept is not None:
            return await _send(kept, scope, send)
        if (
            key in self._being_made
        ):  # by somebody else who waited in vain: one after another would take too long
            await ask(scope, receive, send)
        else:
            await self._make(key, scope, receive, send, ask)
        return None

    def forget(self) -> None:
        """Keep nothing of what was answered so far: something may have changed."""
        self._changes += 1
        self._kept.clear()
        self._bytes = 0

    def _fresh(self, key: bytes) -> Kept | None:
        kept = self._kept.get(key)
        return kept if kept is not None and kept.until > monotonic() else None

    async def _made_for_another(self, key: bytes) -> Kept | None:
        """Wait while it is being made; whoever makes it may go away, and then one of those who wait makes it."""
        try:
            async with asyncio.timeout(self._patience):
                while (making := self._being_made.get(key)) is not None:
                    await making.over.wait()
                    if making.answered:
                        break
        except TimeoutError:
            return None
        return self._fresh(key)

    async def _make(self, key: bytes, scope: Any, receive: Receive, send: Send, ask: Asked) -> None:
        recording, changes = Recording(), self._changes
        making = self._being_made[key] = _Making()

        async def note_and_send(message: Message) -> None:
            recording.note(message)
            making.answered = True
            if recording.complete and changes == self._changes:
                self._keep(key, recording)
                recording.complete = False
            await send(message)

        try:
            await ask({**scope, RECORDING: recording}, receive, note_and_send)
        finally:
            del self._being_made[key]
            making.over.set()

    def _keep(self, key: bytes, recording: Recording) -> None:
        body = b"".join(recording.pieces)
        etag = b'W/"' + sha256(body).hexdigest()[:32].encode() + b'"'
        self._drop(key)
        self._kept[key] = Kept(recording.headers, body, etag, monotonic() + self._seconds)
        self._bytes += len(body) + BESIDES
        while self._bytes > self._most:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: bytes) -> None:
        if (dropped := self._kept.pop(key, None)) is not None:
            self._bytes -= len(dropped.body) + BESIDES


def _key(scope: Any) -> bytes:
    deciding = [b"%s:%s" % header for header in scope["headers"] if header[0] in DECIDES]
    parts = (scope["scheme"].encode(), scope["raw_path"], scope["query_string"], *sorted(deciding))
    return sha256(b"\0".join(parts)).digest()


def _may_be_shared(headers: tuple[tuple[bytes, bytes], ...]) -> bool:
    for name, value in headers:
        if name.lower() == b"set-cookie":
            return False
        if name.lower() == b"cache-control" and (b"no-store" in value or b"private" in value):
            return False
    return True


async def _send(kept: Kept, scope: Any, send: Send) -> HTTPStatus:
    status, body = HTTPStatus.OK, kept.body
    headers = [*kept.headers, (b"etag", kept.etag)]
    if any(name == IF_NONE_MATCH and kept.etag in value for name, value in scope["headers"]):
        status, body = HTTPStatus.NOT_MODIFIED, b""
        headers = [
            header for header in headers if header[0].lower() not in {b"content-length", b"content-type"}
        ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
    return status
