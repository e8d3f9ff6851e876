"""Activities with odd values and of odd sizes: each is taken or refused, and none fails, parks or costs much."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from service.config import Config
from service.federation.origin import host_of
from service.federation.read.activities import MOST_IN_ONE, activities_in
from service.federation.receive.missing import ids_of
from service.federation.receive.plan import Item, read
from service.federation.receive.queue import Row
from service.storage.clock import utcnow
from tests.federation.hearing import HERE, PUBLIC, Hearing, group, hearing, note, page
from tests.federation.signing import actor
from tests.forum import making

CATS = f"{HERE}/c/cats"
ODD: tuple[Any, ...] = (
    *(None, "", " ", 0, -1, 2**70, 1.5e300, True, [], {}, [[]], [None], [{}], {"id": None}, {"id": []}),
    *("\0", "a\0b", "\u202e", "x" * 3000, "https://", "https://[", "http://a:99999/", "javascript:alert(1)"),
    *("9999-12-31T23:59:59Z", "0000-00-00T00:00:00Z", "https://ü.example/" + "é" * 300, ["x"] * 50),
    *({"type": 5, "name": 7, "href": 9, "url": {}}, {"en": 5}, {"x" * 300: "y"}),
)
FIELDS = (
    *("name", "content", "contentMap", "source", "tag", "attachment", "image", "url", "to", "cc", "audience"),
    *("published", "updated", "language", "sensitive", "endTime", "oneOf", "anyOf", "startTime", "location"),
    *("inReplyTo", "replies", "context", "searchableBy", "quoteUrl", "flair", "commentsEnabled", "stickied"),
)
OF_ACTORS = (
    *("name", "summary", "source", "icon", "image", "endpoints", "outbox", "featured", "attributedTo", "tag"),
    *("published", "attachment", "alsoKnownAs", "movedTo", "followers", "url", "language", "matrixUserId"),
    *("acceptPrivateMessages", "postingWarning", "publicKey", "preferredUsername", "type", "inbox", "id"),
)
ACTIVITIES = (
    *("Like", "Dislike", "EmojiReact", "Update", "Delete", "Undo", "Add", "Remove", "Block", "Flag", "Lock"),
    *("Follow", "Accept", "Reject", "Resolve", "PollVote", "ChooseAnswer", "Announce", "Create", "Move"),
)


# Each value for some fields and each field with some values; EACH = 1 tries all of them, for a minute.
EACH = 13


def some(number: int) -> tuple[Any, ...]:
    return ODD[number % EACH :: EACH]


@pytest.fixture
async def site(config: Config) -> AsyncIterator[Hearing]:
    """The site, with nothing in it."""
    async with hearing(config) as running:
        yield running


async def test_no_odd_value_of_what_is_written_or_done_fails(site: Hearing) -> None:
    await making.community(site.database, await making.member(site.database, "keeper"))
    server = await site.server()
    ana = actor(server)
    post = page(ana, CATS)
    await site.hear(site.activity("Create", ana, post), by=ana)
    several: list[dict[str, Any]] = []
    for number, field in enumerate(FIELDS):
        kind = ("Page", "Question", "Event")[number % 3]
        for at, odd in enumerate(some(number)):
            path = f"/odd/{number}/{at}"
            thing = page(ana, CATS, path, type=kind) if at % 2 else note(ana, post["id"], CATS, path)
            several.append(site.activity("Create", ana, thing | {field: odd}))
    for number, kind in enumerate(ACTIVITIES):
        for odd in some(number):
            target = f"{CATS}/featured"
            for thing in (post["id"], odd, {"type": "Note", "id": post["id"], "content": odd}):
                said = {"target": odd, "summary": odd, "content": odd, "endTime": odd, "choice_text": odd}
                several.append(
                    site.activity(kind, ana, thing, **(said if thing != odd else {"target": target}))
                )
    await store(site, several, by=ana)
    await site.work()
    bad = {pair: count for pair, count in site.outcomes.items() if pair[1] in {"failed", "parked"}}
    assert bad == {}
    assert site.outcomes["Create", "done"] > len(FIELDS) // 2


async def store(site: Hearing, several: list[dict[str, Any]], by: str) -> None:
    """Put activities where the inbox puts them: who sent them is another test's subject."""
    host = host_of(by)
    for number, one in enumerate(several):
        await site.do(
            "INSERT INTO pieloop.received (key, lane, kind, host, body, received_at, available_at, attempts)"
            " VALUES (decode(md5(:n), 'hex'), 0, :kind, :host, :body, timezone('utc', now()),"
            " timezone('utc', now()), 0)",
            n=f"{number} {one['id']}",
            kind=one["type"],
            host=host,
            body=msgspec.json.encode(one),
        )


async def test_no_odd_value_of_an_actor_fails(site: Hearing) -> None:
    server = await site.server()
    several = []
    for number, field in enumerate(OF_ACTORS):
        for at, odd in enumerate(some(number)):
            path = f"/u/p{number}-{at}"
            who = group(server, f"p{number}-{at}") if at % 2 else actor(server, path)
            document = {"id": who, "type": "Group" if at % 2 else "Person", field: odd}
            named = actor(server, who.partition(server.id(""))[2], **document)
            several.append(site.activity("Update", named, {"id": named, "type": "Person"}))
    await store(site, several, by=server.id("/u/x"))
    await site.work()
    bad = {pair: count for pair, count in site.outcomes.items() if pair[1] in {"failed", "parked"}}
    assert bad == {}


def heard(document: dict[str, Any]) -> Item:
    body = msgspec.json.encode(document)
    row = Row(1, b"", 0, str(document["type"]), "a.example", body, 0, utcnow())
    return read(row, lambda host: True)


def test_what_one_activity_names_is_bounded() -> None:
    ana = "https://a.example/u/ana"
    many = [f"https://a.example/u/{number}" for number in range(20_000)]
    tags = [{"type": "Mention", "href": one} for one in many[:2000]]
    flood = {"to": [*many, PUBLIC], "cc": many, "tag": tags}
    thing = page(ana, "https://a.example/c/x") | flood
    create = {"id": "https://a.example/1", "type": "Create", "actor": ana, "object": thing} | flood
    report = {"id": "https://a.example/2", "type": "Flag", "actor": ana, "object": many}
    for document in (create, report):
        item = heard(document)
        assert item.steps
        assert len([one for step in item.steps for one in ids_of(step)]) < 250, document["type"]
    like = {"id": "https://a.example/3", "type": "Like", "actor": ana, "object": thing["id"]}
    announce = {"id": "https://a.example/4", "type": "Announce", "actor": ana}
    nested: Any = [like]
    for _ in range(10):
        nested = {"type": "OrderedCollection", "orderedItems": nested}
    for wrapped in ([like] * 10_000, {"type": "Collection", "items": [like] * 10_000}):
        assert len(activities_in(announce | {"object": wrapped}, utcnow())) == MOST_IN_ONE
    assert len(heard(announce | {"object": nested}).steps) <= 1
