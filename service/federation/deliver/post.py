"""Sends one delivery: signed at this moment, with the other form of signature where the first is not taken."""

from collections.abc import Callable, Mapping

import msgspec

from service.federation.answers import Verdict, verdict
from service.federation.deliver.signers import Credentials
from service.federation.fetch import ACTIVITY
from service.federation.signatures import cavage, messages
from service.outbound.client import OutboundClient, Response
from service.outbound.errors import OutboundError, TimedOut, Unreachable

SIGNATURES = {"cavage": cavage.signed_headers, "rfc9421": messages.signed_headers}
OTHER = {"cavage": "rfc9421", "rfc9421": "cavage"}
# Answers that may be about this activity alone; 502 to 504 speak of the server.
MAY_BE_ITS_OWN_FAULT = {500, 501, 508}
SAID = 200  # characters of an answer that are kept


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a delivery.

    Attributes:
        verdict: what follows from it.
        reason: a word for the counters: the status, or why there was no answer.
        why: in a sentence.
        suspicious: whether it may be the activity that is at fault and not the server.
        speaks: the form of signature that was taken.
        said: the beginning of the answer.
    """

    verdict: Verdict
    reason: str
    why: str = ""
    suspicious: bool = False
    speaks: str = "cavage"
    said: str = ""


class Post:
    """The way to other servers' inboxes.

    Parameters:
        client: with connections of its own, so that a server that hangs takes nobody else's.
        clock: seconds since 1970.
    """

    def __init__(self, client: OutboundClient, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock

    async def send(
        self, inbox: str, body: bytes, credentials: Credentials, *, speaks: str, shared: bool
    ) -> Outcome:
        """Send an activity to an inbox.

        Parameters:
            inbox: the address.
            body: the document.
            credentials: of its actor.
            speaks: the form of signature that the server took last, `cavage` or `rfc9421`.
            shared: whether it is the inbox of the whole server.
        """
        outcome = await self._try(inbox, body, credentials, speaks, shared)
        if outcome.verdict.means == "other signature":
            outcome = await self._try(inbox, body, credentials, OTHER[speaks], shared)
        if outcome.verdict.means == "other signature":
            return msgspec.structs.replace(outcome, verdict=Verdict("again"), speaks=speaks)
        return outcome

    async def _try(
        self, inbox: str, body: bytes, credentials: Credentials, speaks: str, shared: bool
    ) -> Outcome:
        def sign(method: str, url: str, content: bytes | None) -> Mapping[str, str]:
            return SIGNATURES[speaks](
                method, url, content, key_id=credentials.key_id, key=credentials.key, now=self._clock()
            )

        try:
            try:
                answer = await self._client.post(inbox, body, content_type=ACTIVITY, sign=sign)
            except Unreachable as error:
                if error.reason != "reset":
                    raise
                # A connection that was kept open is closed at any moment; a repetition has no second effect.
                answer = await self._client.post(inbox, body, content_type=ACTIVITY, sign=sign)
        except OutboundError as error:
            return _without_answer(error, speaks)
        found = verdict(answer, shared_inbox=shared, now=self._clock())
        return _answered(answer, found, speaks)


def _answered(answer: Response, found: Verdict, speaks: str) -> Outcome:
    said = answer.body[: 4 * SAID].decode("utf-8", "replace").strip()[:SAID]
    return Outcome(
        verdict=found,
        reason=f"{answer.status}",
        why="" if found.means == "done" and not found.refused else f"HTTP {answer.status}: {said}",
        suspicious=answer.status in MAY_BE_ITS_OWN_FAULT,
        speaks=speaks,
        said=said,
    )


def _without_answer(error: OutboundError, speaks: str) -> Outcome:
    return Outcome(
        verdict=Verdict("again"),
        reason=error.name,
        why=str(error),
        suspicious=isinstance(error, TimedOut),
        speaks=speaks,
    )
