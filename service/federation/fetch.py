"""Gets documents from other servers: once at a time, within a budget, with a memory of what failed.

What comes back is checked as if it had been sent to us: its type, and that it is what was asked for. No database
connection is ever held here; this module knows none.
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Literal

from service.federation.budget import Budget
from service.federation.errors import Malformed, NotTheirs, Refused
from service.federation.memory import Memory
from service.federation.origin import host_of, same_origin
from service.federation.vocabulary import Document, as_id, document_from, kind_of
from service.outbound import errors as outbound
from service.outbound.client import OutboundClient, Response, Signer

ACTIVITY = "application/activity+json"
LINKED_DATA = "application/ld+json"
STREAMS = "https://www.w3.org/ns/activitystreams"
ACCEPT = f'{ACTIVITY}, {LINKED_DATA}; profile="{STREAMS}"'
LARGEST = 1024 * 1024  # bytes of one document

MOST_REMEMBERED = 20_000
MISSING_FOR, GONE_FOR, REFUSED_FOR = 3600.0, 30 * 86_400.0, 600.0  # seconds
LATER_FOR, LATER_AT_MOST = 120.0, 3600.0
TROUBLES_IN_A_ROW, HOST_RESTS = 5, 300.0
SIGNED_FOR = 7 * 86_400.0
ASKS_FOR_A_SIGNATURE = {400, 401, 403}  # Lemmy says 400 of what is not for everybody

Why = Literal["missing", "gone", "refused", "later"]


class NotHad(Refused):
    """A document could not be had."""

    def __init__(self, why: Why, words: str) -> None:
        super().__init__(why, words)
        self.why = why


class Missing(NotHad):
    """It is not there (404), or not for us."""

    def __init__(self, url: str) -> None:
        super().__init__("missing", f"{host_of(url)} does not have it.")


class Gone(NotHad):
    """It was there and is not any more (410, or a Tombstone)."""

    def __init__(self, url: str) -> None:
        super().__init__("gone", f"{host_of(url)} had it and does not have it any more.")


class Later(NotHad):
    """The server cannot be reached or has trouble of its own; trying again may help."""

    def __init__(self, url: str) -> None:
        super().__init__("later", f"{host_of(url)} cannot be asked at the moment.")


class Fetcher:
    """Asks other servers for documents; lives as long as the process.

    Parameters:
        client: the way out.
        may_ask: whether a host may be asked: it is neither blocked nor this site itself.
        sign: signs in the name of the instance, for servers that answer nobody whom they do not know.
        always_sign: sign every request.
    """

    def __init__(
        self,
        client: OutboundClient,
        *,
        may_ask: Callable[[str], bool],
        sign: Signer | None = None,
        always_sign: bool = False,
    ) -> None:
        self._client = client
        self._may_ask = may_ask
        self._sign = sign
        self._always_sign = always_sign
        self._under_way: dict[str, asyncio.Task[Document]] = {}
        self._failed: Memory[tuple[str, bool], Why] = Memory(MOST_REMEMBERED)
        self._troubles: Memory[str, int] = Memory(MOST_REMEMBERED)
        self._wants_signature: Memory[str, bool] = Memory(MOST_REMEMBERED)

    async def document(self, url: str, budget: Budget) -> Document:
        """Return the document at an address; several who want it at once share one request.

        Parameters:
            url: the id of an object or an actor.
            budget: what it may cost.

        Raises:
            Missing, Gone, Later: it cannot be had, now or at all.
            Refused: we do not ask there, it is no document of that id, or the budget is spent.
        """
        self._check(url)
        if task := self._under_way.get(url):
            return await asyncio.shield(task)
        budget.spend_fetch()
        task = asyncio.create_task(self._within(budget, url))
        self._under_way[url] = task
        task.add_done_callback(lambda done: self._over(url, done))
        return await asyncio.shield(task)

    def may_ask(self, host: str) -> bool:
        """Whether a host, in lower case, may be asked: it is neither blocked nor this site itself."""
        return self._may_ask(host)

    def sign_for(self, host: str) -> None:
        """Sign what is asked of a host from now on: it has something that is not for everybody."""
        self._wants_signature.put(host, True, SIGNED_FOR)

    def forget(self, url: str) -> None:
        """Ask again at once for what failed before: something new has come from there."""
        self._failed.forget(self._asked(url))
        if host := host_of(url):
            self._troubles.forget(host)

    def _check(self, url: str) -> None:
        host = host_of(url)
        if host is None or not self._may_ask(host):
            raise Refused("host", "That server is not asked.")
        if why := self._failed.get(self._asked(url)):
            raise _failure(why, url)
        if (self._troubles.get(host) or 0) >= TROUBLES_IN_A_ROW:
            raise Later(url)

    def _over(self, url: str, task: "asyncio.Task[Document]") -> None:
        self._under_way.pop(url, None)
        if not task.cancelled():
            task.exception()  # somebody has looked: no warning where nobody waits any more

    async def _within(self, budget: Budget, url: str) -> Document:
        try:
            async with asyncio.timeout(budget.seconds_left()):
                document = await self._right_one(url, budget)
        except TimeoutError:
            raise self._trouble(url) from None
        except NotHad as failure:
            self._remember(url, failure)
            raise
        self._troubles.forget(host_of(url) or "")
        return document

    async def _right_one(self, url: str, budget: Budget) -> Document:
        """Return what is at an address if it says so itself; where it names another id of its server, what is there."""
        asked, document = url, await self._ask(url, budget)
        for _ in range(2):
            answered_at, found = document
            identity = as_id(found)
            if identity is None:
                raise Malformed("What was fetched has no id.")
            if identity in {asked, answered_at}:
                if kind_of(found) == "Tombstone":
                    raise Gone(url)
                return found
            if not same_origin(identity, answered_at):
                raise NotTheirs("What was fetched says that it is another server's.")
            budget.spend_fetch()
            asked, document = identity, await self._ask(identity, budget)
        raise NotTheirs("What was fetched names another id than the one that it is fetched from.")

    async def _ask(self, url: str, budget: Budget) -> tuple[str, Document]:
        host = host_of(url) or ""
        is_signed = self._signs(host)
        answer = await self._get(url, budget, signed=is_signed)
        if answer.status in ASKS_FOR_A_SIGNATURE and self._sign is not None and not is_signed:
            budget.spend_fetch()
            answer = await self._get(url, budget, signed=True)
            if answer.status < 400:
                self._wants_signature.put(host, True, SIGNED_FOR)
        return answer.url, self._document_in(url, answer)

    async def _get(self, url: str, budget: Budget, *, signed: bool) -> Response:
        largest = budget.bytes_left(LARGEST)
        try:
            answer = await self._client.get(
                url, accept=ACCEPT, max_bytes=largest, sign=self._sign if signed else None
            )
        except (outbound.TimedOut, outbound.Unreachable):
            raise self._trouble(url) from None
        except outbound.OutboundError as error:
            raise NotHad("refused", str(error)) from None
        budget.spend_bytes(len(answer.body))
        return answer

    def _document_in(self, url: str, answer: Response) -> Document:
        if answer.status == 410:
            raise Gone(url)
        if answer.status in {408, 429} or answer.status >= 500:
            raise self._trouble(url)
        if not 200 <= answer.status < 300:
            raise Missing(url)
        if not _is_streams(answer):
            raise NotHad("refused", f"{host_of(url)} answers with another type than ActivityStreams.")
        return document_from(answer.body)

    def _trouble(self, url: str) -> Later:
        host = host_of(url) or ""
        self._troubles.put(host, (self._troubles.get(host) or 0) + 1, HOST_RESTS)
        return Later(url)

    def _remember(self, url: str, failure: NotHad) -> None:
        times = self._troubles.get(host_of(url) or "") or 0
        later = min(LATER_AT_MOST, LATER_FOR * 2 ** max(0, times - 1)) * random.uniform(0.9, 1.1)  # noqa: S311
        seconds = {"missing": MISSING_FOR, "gone": GONE_FOR, "refused": REFUSED_FOR, "later": later}
        self._failed.put(self._asked(url), failure.why, seconds[failure.why])

    def _asked(self, url: str) -> tuple[str, bool]:
        """Return an address, and whether it is asked for with a signature: that may be answered otherwise."""
        return url, self._signs(host_of(url) or "")

    def _signs(self, host: str) -> bool:
        return self._sign is not None and (self._always_sign or bool(self._wants_signature.get(host)))


def _failure(why: Why, url: str) -> NotHad:
    match why:
        case "missing":
            return Missing(url)
        case "gone":
            return Gone(url)
        case "later":
            return Later(url)
        case _:
            return NotHad(why, f"What {host_of(url)} answered was refused a moment ago.")


def retry_after(header: str, now: float) -> float | None:
    """Return how many seconds a Retry-After header asks to wait; None where it says nothing that can be read.

    Parameters:
        header: seconds, or a date.
        now: seconds since 1970.
    """
    if header.strip().isdecimal() and len(header) < 10:
        return float(header)
    with suppress(ValueError, TypeError, OverflowError):
        return max(0.0, parsedate_to_datetime(header).timestamp() - now)
    return None


def _is_streams(answer: Response) -> bool:
    """Whether an answer is of the type that nothing uploaded by a member is ever served as."""
    if answer.media_type == ACTIVITY:
        return True
    return answer.media_type == LINKED_DATA and STREAMS in answer.content_type
