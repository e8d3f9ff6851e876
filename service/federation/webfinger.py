"""Finds the id of whoever has a handle, as RFC 7033 and the servers of the threadiverse have it.

A name may be a person's and a community's at once. Lemmy and PieFed then give both links and say of each what it is;
others know communities only with the sign in front, and most know one kind.
"""

import asyncio
from contextlib import suppress
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from service.federation.budget import Budget
from service.federation.fetch import ACTIVITY, LINKED_DATA, Later, Missing, NotHad
from service.federation.origin import is_id
from service.outbound import errors as outbound
from service.outbound.client import OutboundClient, Response

Kind = Literal["person", "community", "feed"]

JRD = "application/jrd+json, application/json"
LARGEST = 64 * 1024  # bytes
TYPE = "https://www.w3.org/ns/activitystreams#type"
# How a server may know one of a kind, the most common way first.
SPELLINGS: dict[Kind, tuple[str, ...]] = {
    "person": ("{}",),
    "community": ("{}", "!{}"),
    "feed": ("~{}", "{}"),
}
TYPES: dict[Kind, frozenset[str]] = {
    "person": frozenset({"Person", "Service"}),
    "community": frozenset({"Group"}),
    "feed": frozenset({"Feed"}),
}


class Link(msgspec.Struct):
    """One of the links of a resource; Lemmy writes null for what one does not have."""

    rel: str | None = None
    type: str | None = None
    href: str | None = None
    properties: dict[str, Any] | None = None

    @property
    def says(self) -> str:
        """The type of what it leads to, as far as it says so; else empty."""
        said = (self.properties or {}).get(TYPE)
        return said if isinstance(said, str) else ""


class Resource(msgspec.Struct):
    """What a server has of a name."""

    links: list[Any] | None = None


class WebFinger:
    """Asks other servers for handles; lives as long as the process.

    Parameters:
        client: the way out.
        scheme: how to reach them; RFC 7033 allows nothing but https.
    """

    def __init__(self, client: OutboundClient, scheme: str = "https") -> None:
        self._client = client
        self._scheme = scheme

    async def ids(self, kind: Kind, name: str, host: str, budget: Budget) -> list[str]:
        """Return whose the handle may be: first those that are said to be of this kind, then those of unsaid kinds.

        Parameters:
            name: without a sign.
            host: of the handle, with its port if it has one.
            budget: what it may cost.

        Raises:
            Missing: the server knows nobody of that name.
            Later: it cannot be asked at the moment.
            Refused: the answer is none, or the budget is spent.
        """
        for spelling in SPELLINGS[kind]:
            found = _actors(await self._ask(spelling.format(name), host, budget), kind)
            if found:
                return found
        raise Missing(f"{self._scheme}://{host}")

    async def _ask(self, name: str, host: str, budget: Budget) -> list[Link]:
        """Return the links of a name; none where the server does not know it."""
        site = f"{self._scheme}://{host}"
        if not is_id(site):
            raise Missing(site)
        budget.spend_fetch()
        resource = quote(f"acct:{name}@{host}", safe="!~:@")
        answer = await self._get(f"{site}/.well-known/webfinger?resource={resource}", budget)
        if answer.status in {408, 429} or answer.status >= 500:
            raise Later(site)
        if not 200 <= answer.status < 300 or not answer.body:  # PieFed has nobody in an empty answer
            return []
        try:
            return _readable(msgspec.json.decode(answer.body, type=Resource).links or [])
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise NotHad("refused", f"{host} answers a question about a name with something else.") from None

    async def _get(self, url: str, budget: Budget) -> Response:
        try:
            async with asyncio.timeout(budget.seconds_left()):
                answer = await self._client.get(url, accept=JRD, max_bytes=budget.bytes_left(LARGEST))
        except (TimeoutError, outbound.TimedOut, outbound.Unreachable):
            raise Later(url) from None
        except outbound.OutboundError as error:
            raise NotHad("refused", str(error)) from None
        budget.spend_bytes(len(answer.body))
        return answer


def _readable(links: list[Any]) -> list[Link]:
    """Return the links that are some; those beside them may be whatever they like."""
    found = []
    for link in links:
        with suppress(msgspec.ValidationError):
            found.append(msgspec.convert(link, Link))
    return found


def _actors(links: list[Link], kind: Kind) -> list[str]:
    actors = [(link.href or "", link.says) for link in links if link.rel == "self" and _is_streams(link.type)]
    certain = [url for url, says in actors if is_id(url) and says in TYPES[kind]]
    return certain + [url for url, says in actors if is_id(url) and not says]


def _is_streams(media_type: str | None) -> bool:
    return (media_type or "").partition(";")[0].strip().lower() in {ACTIVITY, LINKED_DATA}
