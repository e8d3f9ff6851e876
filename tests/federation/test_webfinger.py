"""Handles of other servers: what is asked, which link is taken, and what is no answer."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest

from service.federation.budget import Budget, OverBudget
from service.federation.errors import Refused
from service.federation.fetch import Later, Missing
from service.federation.webfinger import TYPE, Kind, WebFinger
from tests.federation.network import STREAMS, Peer, client, peer
from tests.outbound.servers import replies

SAFE = "!~"
PATH = "/.well-known/webfinger"


@pytest.fixture
async def ours() -> AsyncIterator[Peer]:
    async with peer() as running:
        yield running


@pytest.fixture
async def webfinger() -> AsyncIterator[WebFinger]:
    async with client() as opened:
        yield WebFinger(opened, "http")


def link(href: str, says: str = "", **more: Any) -> dict[str, Any]:
    about = {"properties": {TYPE: says}} if says else {}
    return {"rel": "self", "type": STREAMS, "href": href, **about, **more}


def knows(ours: Peer, name: str, *links: dict[str, Any]) -> None:
    host = ours.id("").removeprefix("http://").rstrip("/")
    ours.answers[f"{PATH}?resource=acct:{quote(name, safe=SAFE)}@{host}"] = replies(
        json.dumps({"subject": name, "links": links}).encode(), content_type="application/jrd+json"
    )


async def ids(webfinger: WebFinger, ours: Peer, kind: Kind, name: str = "garden") -> list[str]:
    host = ours.id("").removeprefix("http://").rstrip("/")
    return await webfinger.ids(kind, name, host, Budget())


PERSON, GROUP, PLAIN = "https://a.example/u/garden", "https://a.example/c/garden", "https://a.example/x"


async def test_links_are_taken_by_what_they_say(ours: Peer, webfinger: WebFinger) -> None:
    page = {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": PLAIN}
    knows(ours, "garden", page, link(PERSON, "Person"), link(PLAIN), link(GROUP, "Group"))
    assert await ids(webfinger, ours, "person") == [PERSON, PLAIN]
    assert await ids(webfinger, ours, "community") == [GROUP, PLAIN]


async def test_a_community_is_asked_for_with_its_sign_where_the_name_is_a_persons(
    ours: Peer, webfinger: WebFinger
) -> None:
    knows(ours, "garden", link(PERSON, "Person"))
    knows(ours, "!garden", link(GROUP))
    assert await ids(webfinger, ours, "community") == [GROUP]


ODD: list[Any] = [
    {
        "rel": "http://ostatus.org/schema/1.0/subscribe",
        "type": None,
        "href": None,
        "template": "https://a.example/",
    },
    {"rel": None, "properties": None},
    {"rel": "self", "type": STREAMS, "href": None},
    {"rel": ["self"], "type": STREAMS, "href": PERSON},
    {"rel": "self", "type": STREAMS, "href": PERSON, "properties": "Person"},
    None,
    PERSON,
]


@pytest.mark.parametrize("odd", ODD, ids=str)
async def test_links_that_are_none_spoil_no_others(ours: Peer, webfinger: WebFinger, odd: Any) -> None:
    knows(ours, "garden", odd, link(PERSON, "Person", template=None), odd)
    assert await ids(webfinger, ours, "person") == [PERSON]


@pytest.mark.scenario(11)
async def test_names_of_other_scripts_are_asked_for(ours: Peer, webfinger: WebFinger) -> None:
    knows(ours, "花园", link(GROUP))
    assert await ids(webfinger, ours, "community", "花园") == [GROUP]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        ("404 Not Found", b"", Missing),
        ("400 Bad Request", b"{}", Missing),
        ("200 OK", b"", Missing),
        ("200 OK", b"{}", Missing),
        ("200 OK", b'{"links": null}', Missing),
        (
            "200 OK",
            b'{"links": [{"rel": "self", "type": "text/html", "href": "https://a.example/"}]}',
            Missing,
        ),
        ("200 OK", json.dumps({"links": [link("javascript:alert(1)")]}).encode(), Missing),
        ("200 OK", b"nonsense", Refused),
        ("200 OK", b'{"links": 1}', Refused),
        ("200 OK", b"[" * 100_000, Refused),
        ("503 Busy", b"", Later),
        ("429 Slowly", b"", Later),
    ],
)
async def test_what_is_no_answer(
    ours: Peer, webfinger: WebFinger, status: str, body: bytes, error: type[Exception]
) -> None:
    host = ours.id("").removeprefix("http://").rstrip("/")
    ours.answers[f"{PATH}?resource=acct:garden@{host}"] = replies(body, status, "application/json")
    with pytest.raises(error):
        await ids(webfinger, ours, "person")


async def test_a_host_that_is_none_and_a_budget_that_is_spent(webfinger: WebFinger, ours: Peer) -> None:
    for host in ("a b.example", "[::1", "a.example:99999", ""):
        with pytest.raises(Refused):
            await webfinger.ids("person", "ana", host, Budget())
    with pytest.raises(OverBudget):
        await webfinger.ids("person", "ana", "a.example", Budget(fetches=0))
