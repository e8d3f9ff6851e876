"""Posts and comments from elsewhere (scenarios 28 to 57 and 71 to 79)."""

from typing import Any

import pytest

from tests.federation.hearing import HERE, PUBLIC, Hearing, group, note, page
from tests.federation.network import Peer
from tests.federation.signing import actor
from tests.forum import making


class There:
    """A community of another server that somebody here has joined, and somebody who writes in it."""

    def __init__(self, server: Peer) -> None:
        self.server = server
        self.group = group(server)
        self.ana = actor(server, "/u/ana")
        self.ben = actor(server, "/u/ben")


async def joined(site: Hearing) -> There:
    there = There(await site.server())
    await site.fetch_actor(there.group)
    member = await making.member(site.database, "reader")
    await site.do(
        "INSERT INTO community_member (user_id, community_id, is_moderator, is_owner, is_banned)"
        " SELECT :who, id, false, false, false FROM community",
        who=member.id,
    )
    return there


async def ours(site: Hearing) -> str:
    """A community of this site; its id."""
    await making.community(site.database, await making.member(site.database, "keeper"))
    return f"{HERE}/c/cats"


@pytest.mark.scenario(28)
async def test_a_post_is_announced_by_its_community(site: Hearing) -> None:
    there = await joined(site)
    thing = page(
        there.ana,
        there.group,
        name="Zürich 字 " + "long " * 30,
        attachment=[{"type": "Link", "href": "https://news.example/story"}],
        image={"type": "Image", "url": "https://news.example/picture.webp"},
        sensitive=False,
        language={"identifier": "de", "name": "Deutsch"},
        published="2099-01-01T00:00:00Z",
    )
    create = site.activity("Create", there.ana, thing)
    await site.hear(site.announced(there.group, create), by=there.group)
    ((title, url, body, ap_id, language, posted, now),) = await site.rows(
        "SELECT p.title, p.url, p.body, p.ap_id, l.code, p.posted_at, timezone('utc', now())"
        " FROM post p JOIN language l ON l.id = p.language_id"
    )
    assert title.startswith("Zürich 字 long")
    assert (url, body, ap_id, language) == ("https://news.example/story", "Some words", thing["id"], "de")
    assert posted <= now
    # The same by another way, and once more, changes nothing.
    await site.hear(site.announced(there.group, create), site.announced(there.group, thing), by=there.group)
    assert await site.value("SELECT count(*) FROM post") == 1
    assert await site.sent() == []


@pytest.mark.scenario(31, 32)
async def test_what_comes_into_our_community_is_announced(site: Hearing) -> None:
    cats, there = await ours(site), await site.server()
    ana = actor(there)
    await site.hear(site.activity("Create", ana, page(ana, cats), audience=cats), by=ana)
    toot = {
        "id": there.id("/notes/1"),
        "type": "Note",
        "attributedTo": ana,
        "content": f'<p><a href="{cats}">@cats</a> Look at this cat</p><p>It is mine.</p>',
        "to": [PUBLIC],
        "cc": [cats],
        "tag": [{"type": "Mention", "href": cats, "name": "@cats@pie.example"}],
    }
    await site.hear(site.activity("Create", ana, toot), by=ana)
    titles = await site.rows("SELECT title FROM post ORDER BY id")
    assert titles[0] == ("A title of some length",)
    assert "Look at this cat" in titles[1][0]
    sent = await site.sent()
    assert [(one["actor"], one["object"]["type"], one["object"]["object"]["id"]) for one in sent] == [
        (cats, "Create", f"{ana.rpartition('/u/')[0]}/post/1"),
        (cats, "Create", there.id("/notes/1")),
    ]


@pytest.mark.scenario(34, 37, 38)
async def test_what_may_not_stand_does_not(site: Hearing) -> None:
    cats, there, other = await ours(site), await site.server(), await site.server()
    ana, eve = actor(there), actor(other, "/u/eve")
    for_followers = page(ana, cats, to=[f"{ana}/followers"], cc=[cats])
    await site.hear(site.activity("Create", ana, for_followers, to=[f"{ana}/followers"]), by=ana)
    stolen = page(ana, cats, attributedTo=eve)
    await site.hear(site.activity("Create", eve, stolen), by=eve)
    await site.do("UPDATE community SET restricted_to_mods = true")
    await site.hear(site.activity("Create", ana, page(ana, cats)), by=ana)
    assert await site.value("SELECT count(*) FROM post") == 0
    assert await site.sent() == []
    assert site.outcomes["Create", "only_mods_can_post"] == 1
    await site.do(
        "INSERT INTO community_member (user_id, community_id, is_moderator)"
        " SELECT u.id, c.id, true FROM \"user\" u, community c WHERE u.user_name = 'ana'"
    )
    await site.hear(site.activity("Create", ana, page(ana, cats, "/post/2")), by=ana)
    assert await site.value("SELECT count(*) FROM post") == 1


@pytest.mark.scenario(46)
async def test_comments_stand_in_their_tree(site: Hearing) -> None:
    there = await joined(site)
    post = page(there.ana, there.group)
    await site.hear(site.announced(there.group, site.activity("Create", there.ana, post)), by=there.group)
    parent, activities = post["id"], []
    for depth in range(10):
        answer = note(there.ben, parent, there.group, f"/comment/{depth}")
        activities.append(site.announced(there.group, site.activity("Create", there.ben, answer)))
        parent = answer["id"]
    await site.hear(*activities, by=there.group)  # all in one batch
    rows = await site.rows("SELECT id, depth, path FROM post_reply ORDER BY id")
    ids = [row[0] for row in rows]
    assert [row[1] for row in rows] == list(range(10))
    assert rows[-1][2] == [0, *ids]
    assert await site.value("SELECT reply_count FROM post") == 10


@pytest.mark.scenario(47)
async def test_the_parents_of_a_comment_are_fetched_root_first(site: Hearing) -> None:
    there = await joined(site)
    has = there.server.has
    post = page(there.ana, there.group)
    has("/post/1", **post)
    parent = post["id"]
    for depth in range(3):
        answer = note(there.ben, parent, there.group, f"/comment/{depth}")
        has(f"/comment/{depth}", **answer)
        parent = answer["id"]
    last = note(there.ana, parent, there.group, "/comment/9")
    await site.hear(site.announced(there.group, site.activity("Create", there.ana, last)), by=there.group)
    assert await site.value("SELECT count(*) FROM post") == 1
    assert await site.rows("SELECT depth FROM post_reply ORDER BY id") == [(0,), (1,), (2,), (3,)]


@pytest.mark.scenario(44)
async def test_what_cannot_be_had_now_waits(site: Hearing) -> None:
    cats, there = await ours(site), await site.server()
    ana = actor(there)
    await site.hear(site.activity("Create", ana, page(ana, cats)), by=ana)
    lost = note(ana, there.id("/comment/gone"), cats, "/comment/5")
    from tests.outbound.servers import replies

    there.answers_with("/comment/gone", replies(b"", "503 Busy", "text/plain"))
    edited = note(ana, there.id("/comment/gone"), cats, "/comment/5", updated="2026-02-01T00:00:00Z")
    other = note(ana, f"{ana.rpartition('/u/')[0]}/post/1", cats, "/comment/6")
    await site.hear(
        site.activity("Create", ana, lost),
        site.activity("Update", ana, edited),
        site.activity("Create", ana, other),
        by=ana,
    )
    assert await site.rows("SELECT ap_id FROM post_reply") == [(other["id"],)]
    assert await site.value("SELECT count(*) FROM pieloop.received") == 2
    there.has("/comment/gone", **note(ana, f"{ana.rpartition('/u/')[0]}/post/1", cats, "/comment/gone"))
    site.fetcher.forget(there.id("/comment/gone"))
    await site.do("UPDATE pieloop.received SET available_at = timezone('utc', now())")
    await site.work()
    assert await site.value("SELECT count(*) FROM pieloop.received") == 0
    assert await site.value("SELECT count(*) FROM post_reply") == 3


@pytest.mark.parametrize("written", ["id", "tombstone", "object"])
@pytest.mark.scenario(75, 76, 78)
async def test_an_author_takes_back_and_restores(site: Hearing, written: str) -> None:
    cats, there = await ours(site), await site.server()
    ana, eve = actor(there), actor(there, "/u/eve")
    thing = page(ana, cats)
    objects: dict[str, Any] = {
        "id": thing["id"],
        "tombstone": {"id": thing["id"], "type": "Tombstone"},
        "object": thing,
    }
    await site.hear(site.activity("Create", ana, thing), by=ana)
    delete = site.activity("Delete", ana, objects[written])
    await site.hear(site.activity("Delete", eve, objects[written]), by=eve)
    assert await site.value("SELECT deleted FROM post") is False
    await site.hear(delete, site.activity("Update", ana, thing | {"name": "Another title"}), by=ana)
    assert await site.rows("SELECT deleted, title FROM post") == [(True, "A title of some length")]
    await site.hear(site.activity("Undo", eve, site.activity("Delete", eve, thing["id"])), by=eve)
    assert await site.value("SELECT deleted FROM post") is True
    await site.hear(site.activity("Undo", ana, delete), by=ana)
    assert await site.value("SELECT deleted FROM post") is False


@pytest.mark.scenario(77)
async def test_what_was_deleted_before_it_came_does_not_appear(site: Hearing) -> None:
    cats, there = await ours(site), await site.server()
    ana = actor(there)
    thing = page(ana, cats)
    await site.fetch_actor(ana)
    await site.hear(site.activity("Delete", ana, thing["id"]), by=ana)
    await site.hear(site.activity("Create", ana, thing), by=ana)
    assert await site.value("SELECT count(*) FROM post") == 0


@pytest.mark.scenario(77)
async def test_what_a_community_said_was_deleted_does_not_appear_there(site: Hearing) -> None:
    there, other = await site.server(), await site.server()
    trains, planes, ana = group(there), group(other, "planes"), actor(there)
    for one in (trains, planes, ana):
        await site.fetch_actor(one)
    reader = await making.member(site.database, "reader")
    await site.do(
        "INSERT INTO community_member (user_id, community_id) SELECT :who, id FROM community", who=reader.id
    )
    first, second = page(ana, trains), page(ana, trains, "/post/2")
    # Each community speaks of what stands in it alone.
    await site.hear(site.announced(planes, site.activity("Delete", ana, second["id"])), by=planes)
    await site.hear(site.announced(trains, site.activity("Delete", ana, first["id"])), by=trains)
    for thing in (first, second):
        await site.hear(site.announced(trains, site.activity("Create", ana, thing)), by=trains)
    assert await site.rows("SELECT ap_id FROM post") == [(second["id"],)]


@pytest.mark.scenario(71, 72, 74)
async def test_only_its_author_edits(site: Hearing) -> None:
    cats, there = await ours(site), await site.server()
    ana, eve = actor(there), actor(there, "/u/eve")
    thing = page(ana, cats)
    edited = thing | {"name": "A new title", "updated": "2026-03-01T00:00:00Z"}
    await site.hear(site.activity("Update", ana, edited), by=ana)  # it never came
    assert await site.rows("SELECT title FROM post") == [("A new title",)]
    await site.hear(site.activity("Update", eve, edited | {"name": "Stolen title"}), by=eve)
    older = thing | {"name": "An old title", "updated": "2026-02-01T00:00:00Z"}
    await site.hear(site.activity("Update", ana, older), by=ana)
    assert await site.rows("SELECT title FROM post") == [("A new title",)]
    newer = thing | {"name": "The newest title", "updated": "2026-04-01T00:00:00Z"}
    await site.hear(site.activity("Update", ana, newer), by=ana)
    assert await site.rows("SELECT title, edited_at IS NOT NULL FROM post") == [("The newest title", True)]
