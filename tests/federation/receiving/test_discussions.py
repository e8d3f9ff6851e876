"""What was said below something of another server, as far as servers give it (scenarios 151 and 152)."""

from typing import Any

import pytest

from service.federation.discussions import read_discussion
from service.federation.lookup import Lookup
from service.federation.webfinger import WebFinger
from tests.federation.hearing import Hearing, group, note, page
from tests.federation.signing import actor
from tests.servers import DOMAIN
from tests.serving import held_by

COLLECTION = {"type": "OrderedCollection"}


async def found(site: Hearing, url: str) -> int:
    """Let somebody look for an address, and do what the worker does about what it found."""
    finder = site.drain._finder
    lookup = Lookup(WebFinger(held_by(site.app).outbound), site.fetcher, finder, site.database, DOMAIN)
    await lookup.bring(url)
    wanted = await site.rows(
        "SELECT payload->>'url' FROM pieloop.outbox WHERE kind = 'DiscussionFound' ORDER BY id DESC"
    )
    return await read_discussion(site.fetcher, finder, wanted[0][0])


@pytest.mark.scenario(152)
@pytest.mark.parametrize("embedded", [True, False])
async def test_the_replies_of_a_note_are_read_two_pages_of_them(site: Hearing, embedded: bool) -> None:
    server, other = await site.server(), await site.server()
    place, ana, eve = group(server), actor(server), actor(other, "/u/eve")
    url, replies = server.id("/note/1"), server.id("/note/1/replies")
    answers = [note(who, url, place, f"/note/{10 + number}") for number, who in enumerate((ana, eve, ana))]
    for answer in answers:
        (server if answer["attributedTo"] == ana else other).has(
            "/" + answer["id"].split("/", 3)[3], **answer
        )
    pages: list[dict[str, Any]] = [
        {
            "id": f"{replies}?page={number}",
            "type": "CollectionPage",
            "partOf": replies,
            "next": f"{replies}?page={number + 1}",
            "items": [answer["id"]],
        }
        for number, answer in enumerate(answers)
    ]
    for number, one in enumerate(pages):
        server.has(f"/note/1/replies?page={number}", **one)
    whole = {"id": replies, "type": "Collection", "first": pages[0] if embedded else pages[0]["id"]}
    server.has("/note/1/replies", **whole)
    server.has("/note/1", **page(ana, place, "/note/1", replies=whole if embedded else replies))
    assert await found(site, url) == 2
    assert await site.rows("SELECT ap_id FROM post_reply ORDER BY id") == [
        (answer["id"],) for answer in answers[:2]
    ]
    assert server.asked("/note/1/replies?page=2") == []
    # Nobody is told, and nothing comes twice.
    assert await found(site, url) == 2
    assert await site.value("SELECT count(*) FROM post_reply") == 2


@pytest.mark.scenario(151)
@pytest.mark.parametrize("kind", ["OrderedCollection", "Conversation"])
async def test_a_conversation_is_read_from_its_own_server_alone(site: Hearing, kind: str) -> None:
    server, other = await site.server(), await site.server()
    place, ana, eve = group(server), actor(server), actor(other, "/u/eve")
    url, topic = server.id("/post/1"), server.id("/topic/1")
    first, second = note(eve, url, place), note(ana, other.id("/comment/1"), place, "/post/2")
    other.has("/comment/1", **first)
    server.has("/post/2", **second)
    # Bare numbers, as NodeBB once wrote them, are no ids; what cannot be had keeps nothing else away.
    listed = {"orderedItems": [url, "103076", other.id("/gone"), second["id"], first["id"]]}
    if kind == "Conversation":
        server.has("/topic/1", type=kind, posts=server.id("/topic/1/posts"))
        server.has("/topic/1/posts", **(COLLECTION | listed))
    else:
        server.has("/topic/1", **(COLLECTION | listed))
    server.has("/post/1", **page(ana, place, context=topic))
    assert await found(site, url) == 4
    assert await site.rows("SELECT ap_id, depth FROM post_reply ORDER BY id") == [
        (first["id"], 0),
        (second["id"], 1),
    ]
    elsewhere = other.has("/topic/9", **(COLLECTION | listed))
    server.has("/post/9", **page(ana, place, "/post/9", context=elsewhere))
    assert await found(site, server.id("/post/9")) == 0
    assert other.asked("/topic/9") == []
