"""Lists of blocks that other sites publish are read every hour; what cannot be read changes nothing."""

import json
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.asking import Unreadable, json_at
from service.federation.blocklists import entries_in
from service.forum.accounts.authority import Authority
from service.forum.instances import operations, queries
from service.forum.instances.choices import Change, Mode
from service.forum.instances.pasted import Entry, Published
from service.lifecycle import Resources
from service.outbound.client import OutboundClient, Response
from service.storage.clock import utcnow
from service.storage.tables import FollowedList, Instance
from tests.forum.making import DOMAIN, add
from workers.blocklists import read_blocklists

BOSS = Authority(name="boss")
HIDDEN = sha256(b"evil.example").hexdigest()


def lemmys(*domains: str) -> Any:
    return {
        "federated_instances": {"linked": [], "allowed": [], "blocked": [{"domain": one} for one in domains]}
    }


@pytest.mark.parametrize(
    ("answer", "entries"),
    [
        ([], []),
        (
            [
                {"domain": "a.example", "digest": "00", "severity": "suspend", "comment": "spam"},
                {"domain": "b.example", "severity": "silence", "comment": ""},
                {"domain": "C.example"},
                {"domain": "dar**s.example", "severity": "suspend", "comment": None},
                {"domain": "e**.ex***le", "digest": HIDDEN, "comment": "spam"},
            ],
            [
                Published("a.example", "spam"),
                Published("c.example"),
                Published("dar**s.example"),
                Published("", "spam", HIDDEN),
            ],
        ),
        (["a.example", "*.b.example"], [Published("a.example"), Published("b.example")]),
        (lemmys("a.example"), [Published("a.example")]),
        (
            [{"domain": 7}, None, 7, {"x": 1}, {"domain": "com"}, {"domain": "*"}, {"domain": "a\0.example"}],
            [],
        ),
    ],
)
def test_what_a_published_list_says(answer: Any, entries: list[Published]) -> None:
    assert entries_in(answer) == entries


@pytest.mark.parametrize(
    "answer", [7, {}, {"federated_instances": []}, {"federated_instances": {"blocked": 1}}]
)
def test_what_is_no_list_is_refused(answer: Any) -> None:
    with pytest.raises(Unreadable):
        entries_in(answer)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 5000])
async def test_what_is_no_json_is_refused(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    async def get(*_: Any, **__: Any) -> Response:
        return Response(200, "https://a.example/", "application/json", body)

    monkeypatch.setattr(OutboundClient, "get", get)
    client = OutboundClient.__new__(OutboundClient)
    with pytest.raises(Unreadable):
        await json_at(client, "https://a.example/", largest=10_000)


class Network:
    """What other sites answer, by address; others answer 404."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, Any]] = {}
        self.asked: list[str] = []

    async def get(self, client: OutboundClient, url: str, **options: Any) -> Response:
        self.asked.append(url.removeprefix("https://"))
        status, answer = self.answers.get(url.removeprefix("https://"), (404, ""))
        return Response(status, url, "application/json", json.dumps(answer).encode())


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    network = Network()
    monkeypatch.setattr(OutboundClient, "get", lambda *args, **options: network.get(*args, **options))
    return network


async def reasons(resources: Resources, *hosts: str) -> list[str | None]:
    async with resources.database.read() as db:
        lists = await queries.read_lists(db)
    return [lists.reason(host) for host in hosts]


async def later(resources: Resources) -> None:
    """Let an hour have passed since the lists were read."""
    then = utcnow() - timedelta(hours=1, seconds=1)

    async def age(session: AsyncSession) -> None:
        await session.execute(update(FollowedList).values(tried_at=then))

    await resources.database.write(age)


@pytest.mark.scenario(146)
async def test_lists_are_read_every_hour_and_kept_while_they_cannot_be(
    resources: Resources, network: Network
) -> None:
    ctx = {"resources": resources}
    write = resources.database.write
    await add(
        resources.database,
        Instance(domain="lemmy.example", software="Lemmy"),
        Instance(domain="evil.example"),
    )
    for name in ("lemmy.example", "masto.example"):
        await write(operations.follow, BOSS, name, own_host=DOMAIN)
    network.answers = {
        "lemmy.example/api/v3/federated_instances": (200, lemmys("a.example", "b.example")),
        "masto.example/api/v1/instance/domain_blocks": (
            200,
            [{"domain": "c.example"}, {"domain": DOMAIN}, {"domain": "e***.ex***le", "digest": HIDDEN}],
        ),
    }
    assert await read_blocklists(ctx) == 2
    assert await reasons(resources, "a.example", "c.example", DOMAIN) == ["subscribed", "subscribed", None]
    assert await reasons(resources, "evil.example", "ewil.example") == ["subscribed", None]
    asked = len(network.asked)
    assert await read_blocklists(ctx) == 0
    assert len(network.asked) == asked == 2, "not again within the hour"
    network.answers = {
        "lemmy.example/api/v3/federated_instances": (200, lemmys("b.example")),
        "masto.example/api/v1/instance/domain_blocks": (502, ""),
    }
    await later(resources)
    assert await read_blocklists(ctx) == 1
    assert await reasons(resources, "a.example", "b.example", "c.example") == [
        None,
        "subscribed",
        "subscribed",
    ]
    async with resources.database.read() as db:
        rows = (await queries.federation(db)).subscriptions
    assert [row.problem for row in rows] == ["", "The server responded with status 502."]
    await later(resources)
    await write(operations.change, BOSS, Change.BLOCK, [Entry("lemmy.example")], own_host=DOMAIN)
    network.asked.clear()
    assert await read_blocklists(ctx) == 0
    assert not [url for url in network.asked if url.startswith("lemmy.example")], (
        "who is blocked is not asked"
    )
    await later(resources)
    await write(operations.set_mode, BOSS, Mode.OFF)
    network.asked.clear()
    await read_blocklists(ctx)
    assert network.asked == []
