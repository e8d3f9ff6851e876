"""Where other servers put activities, at the addresses that PieFed has given them.

An activity is answered with 202 once it is on the disk; nothing of it is understood here. A refusal counts as delivered
for Lemmy, so trouble of our own is never answered by 4xx but by 503 with a time to come back.

This is a function of ASGI in front of the framework: it needs neither sessions nor templates, and a site that others
follow gets more of these requests than of all others.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Any, cast

import structlog
from prometheus_client import Counter

from service.federation.errors import Malformed, Refused
from service.federation.fetch import Later
from service.federation.intake.door import Blocked
from service.federation.intake.keyring import TooManyStrangers
from service.federation.intake.opening import Intake
from service.federation.intake.pace import TooFast
from service.federation.signatures.request import Received
from service.http.activitypub.signed import headers_of, target_of
from service.storage.transaction import StorageError

log = structlog.get_logger()

LARGEST = 1024 * 1024  # bytes
AT_ONCE = 256  # requests of one process
PATIENCE = 10.0  # seconds in which a body has to come
ASLEEP = 3600  # seconds after which those come back who find federation switched off
INBOX = re.compile(r"/(?:inbox|site_inbox|[uc]/[^/]+/inbox|f/.+/inbox)")

# The first class that fits, counts: status, and seconds after which to come back.
ANSWERS: tuple[tuple[type[Exception], int, int | None], ...] = (
    (Malformed, 400, None),
    (Blocked, 403, None),
    (TooManyStrangers, 503, 30),
    (Later, 503, 30),
    (Refused, 401, None),
    (StorageError, 503, 5),
)

Answer = tuple[int, str, int | None]  # status, words, and seconds after which to come back


class NotTaken(Exception):
    """What comes is refused before anything of it is looked at."""

    def __init__(self, status: int, words: str, come_back: int | None = None) -> None:
        super().__init__(words)
        self.answer: Answer = (status, words, come_back)


class Inbox:
    """Takes activities in.

    Parameters:
        intake: returns what lets them in; called for each, since it is opened after the app is built.
        is_awake: whether activities are taken.
        scheme: of this site's addresses.
        counted: counts them by what became of them.
    """

    def __init__(
        self, intake: Callable[[], Intake], *, is_awake: bool, scheme: str, counted: Counter
    ) -> None:
        self._intake = intake
        self._is_awake = is_awake
        self._scheme = scheme
        self._counted = counted
        self._at_once = 0

    def takes(self, scope: Any) -> bool:
        """Whether a request is for an inbox."""
        return scope["method"] == "POST" and INBOX.fullmatch(scope["path"]) is not None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request for which `takes` holds."""
        self._at_once += 1
        try:
            answer = await self._answer(scope, receive)
        finally:
            self._at_once -= 1
        await _say(send, *answer)

    async def _answer(self, scope: Any, receive: Any) -> Answer:
        try:
            headers = headers_of(scope)
            self._refuse_unread(headers)
            body = await _body(receive)
            received = Received(
                method="POST", target=target_of(scope), scheme=self._scheme, headers=headers, body=body
            )
            outcome = await self._intake().door.let_in(received)
        except NotTaken as refusal:
            return refusal.answer
        except Exception as error:  # noqa: BLE001 - whatever it is, the sender has to try again
            return self._refusal(error)
        self._counted.labels(outcome).inc()
        return 202, "", None

    def _refuse_unread(self, headers: dict[str, str]) -> None:
        length = headers.get("content-length", "0")
        if not self._is_awake:
            words = "This server does not take activities now. Keep them and try again later."
            raise NotTaken(503, words, ASLEEP)
        if self._at_once > AT_ONCE:
            raise NotTaken(503, "Too many activities come at once.", 5)
        if length.isdecimal() and int(length) > LARGEST:
            raise NotTaken(413, "That is too large.")
        if "json" not in headers.get("content-type", "") or "content-encoding" in headers:
            raise NotTaken(415, "Send application/activity+json, not compressed.")

    def _refusal(self, error: Exception) -> Answer:
        """Return what is said of an error; the sentences of refusals tell nothing of the inside."""
        if isinstance(error, Refused):
            self._counted.labels(error.reason).inc()
            log.info("activity_refused", reason=error.reason, words=str(error))
        if isinstance(error, TooFast):
            return 429, str(error), round(error.wait) + 1
        for kind, status, come_back in ANSWERS:
            if isinstance(error, kind):
                return status, str(error), come_back
        log.error("activity_not_taken", exc_info=error)
        self._counted.labels("error").inc()
        return 503, "Something went wrong on our side. It has been written down.", 60


async def _body(receive: Any) -> bytes:
    """Read what a request brings.

    Raises:
        NotTaken: it is too large, comes too slowly, or not to its end.
    """
    pieces, size = [], 0
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise NotTaken(400, "The request broke off.")
                piece = cast("bytes", message.get("body", b""))
                size += len(piece)
                if size > LARGEST:
                    raise NotTaken(413, "That is too large.")
                pieces.append(piece)
                if not message.get("more_body"):
                    return b"".join(pieces)
    except TimeoutError:
        raise NotTaken(408, "That came too slowly.") from None


async def _say(send: Any, status: int, words: str, come_back: int | None) -> None:
    body = f"{words}\n".encode() if words else b""
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"content-length", str(len(body)).encode()),
    ]
    if come_back is not None:
        headers.append((b"retry-after", str(come_back).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
