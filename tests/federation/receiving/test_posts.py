"""What posts from elsewhere become: each kind, each spelling, and what the site does not take."""

from typing import Any

import pytest

from service.federation.lookup import Lookup
from service.federation.webfinger import WebFinger
from service.forum.posts.choices import PostType
from tests.federation.hearing import HERE, PUBLIC, Hearing, group, page
from tests.federation.receiving.test_content import There, joined, ours
from tests.federation.signing import actor
from tests.forum import making
from tests.outbound.servers import redirects
from tests.servers import DOMAIN


async def announce(site: Hearing, there: There, *things: dict[str, Any], kind: str = "Create") -> None:
    """Let the community there announce what ana has written."""
    made = [site.announced(there.group, site.activity(kind, one["attributedTo"], one)) for one in things]
    await site.hear(*made, by=there.group)


@pytest.mark.scenario(10)
async def test_an_actor_without_a_shared_inbox_is_written_to_in_its_own(site: Hearing) -> None:
    shapes: dict[str, dict[str, Any]] = {
        "none": {},
        "empty": {"endpoints": {}},
        "other": {"endpoints": {"oauthTokenEndpoint": "https://x.example/token"}},
        "null": {"endpoints": None},
        "shared": {"endpoints": {"sharedInbox": "/inbox"}},
    }
    await making.community(site.database, await making.member(site.database, "keeper"))
    for name, fields in shapes.items():
        server = await site.server()
        shared = server.id("/inbox")
        if name == "shared":
            fields["endpoints"]["sharedInbox"] = shared
        who = actor(server, f"/u/{name}", **fields)
        await site.hear(site.activity("Follow", who, f"{HERE}/c/cats"), by=who)
        inbox = shared if name == "shared" else f"{who}/inbox"
        found = 'SELECT u.ap_inbox_url, i.inbox FROM "user" u JOIN instance i ON i.id = u.instance_id'
        assert await site.rows(f"{found} WHERE user_name = :name", name=name) == [(inbox, inbox)]


@pytest.mark.scenario(12)
async def test_an_address_that_leads_elsewhere_is_kept_under_the_id_of_what_is_there(site: Hearing) -> None:
    there = await joined(site)
    thing = page(there.ana, there.group)
    there.server.has("/post/1", **thing)
    there.server.answers_with("/old", redirects(there.server.id("/newer"), "301 Moved Permanently"))
    there.server.answers_with("/newer", redirects(thing["id"]))
    webfinger = WebFinger(site.fetcher._client)
    lookup = Lookup(webfinger, site.fetcher, site.drain._finder, site.database, DOMAIN)
    for address in ("/old", "/newer", "/post/1"):
        await lookup.bring(there.server.id(address))
    assert await site.rows("SELECT ap_id FROM post") == [(thing["id"],)]


@pytest.mark.scenario(33)
async def test_a_note_that_names_two_communities_stands_in_the_first(site: Hearing) -> None:
    keeper = await making.member(site.database, "keeper")
    for name in ("cats", "dogs", "owls"):
        await making.community(site.database, keeper, name)
    cats, dogs, owls = (f"{HERE}/c/{name}" for name in ("cats", "dogs", "owls"))
    there = await site.server()
    ana = actor(there)
    named: dict[str, dict[str, Any]] = {
        "to": {"to": [PUBLIC, dogs], "cc": [cats], "tag": owls},
        "cc": {"to": [PUBLIC], "cc": [cats, dogs], "tag": owls},
        "tag": {"to": [PUBLIC], "cc": [], "tag": owls},
    }
    for name, fields in named.items():
        toot = page(ana, "", f"/notes/{name}", type="Note") | fields
        for key in ("audience", "name"):
            toot.pop(key)
        toot["tag"] = [{"type": "Mention", "href": one} for one in (fields["tag"], cats)]
        await site.hear(site.activity("Create", ana, toot, to=toot["to"]), by=ana)
    rows = "SELECT c.name FROM post p JOIN community c ON c.id = p.community_id ORDER BY p.id"
    assert await site.rows(rows) == [("dogs",), ("cats",), ("owls",)]
    assert [one["actor"] for one in await site.sent()] == [dogs, cats, owls]


KINDS: dict[str, tuple[dict[str, Any], PostType, str | None]] = {
    "Article": ({"summary": "An excerpt"}, PostType.TEXT, None),
    "Video": (
        {"url": [{"type": "Link", "mediaType": "text/html", "href": "https://tube.example/w/1"}]},
        PostType.VIDEO,
        "https://tube.example/w/1",
    ),
    "Event": ({"startTime": "2027-01-01T10:00:00Z", "endTime": "2027-01-01T12:00:00Z"}, PostType.EVENT, None),
    "Link": ({"href": "https://news.example/a"}, PostType.LINK, "https://news.example/a"),
    "Question": (
        {"oneOf": [{"type": "Note", "name": "Tea"}, {"type": "Note", "name": "No"}]},
        PostType.POLL,
        None,
    ),
}


@pytest.mark.scenario(35)
async def test_each_type_becomes_a_post_of_its_kind(site: Hearing) -> None:
    there = await joined(site)
    for number, (kind, (fields, _, _)) in enumerate(KINDS.items()):
        thing = page(there.ana, there.group, f"/{kind}/announced", type=kind, name=kind, **fields)
        await announce(site, there, thing)
        fetched = page(there.ana, there.group, f"/{kind}/fetched", type=kind, name=kind, **fields)
        there.server.has(f"/{kind}/fetched", **fetched)
        await site.hear(site.announced(there.group, fetched["id"]), by=there.group)
        wanted = [(kind, KINDS[kind][1].value, KINDS[kind][2], False)] * 2
        rows = "SELECT title, type, url, nsfw FROM post WHERE title = :kind"
        assert await site.rows(rows, kind=kind) == wanted, number


CAT, DOG = "https://pics.example/cat", "https://pics.example/dog.png"
PICTURED: dict[str, tuple[dict[str, Any], tuple[Any, ...]]] = {
    # What a post has attached, and its type, address, and picture with its description.
    "as PieFed": (
        {
            "attachment": [{"type": "Image", "url": CAT, "name": "A cat"}],
            "image": {"type": "Image", "url": CAT},
        },
        (PostType.IMAGE, CAT, CAT, "A cat"),
    ),
    "as Mastodon": (
        {"attachment": [{"type": "Document", "mediaType": "image/png", "url": DOG, "name": None}]},
        (PostType.IMAGE, DOG, DOG, None),
    ),
    "one of several": (
        {"attachment": [{"type": "Image", "url": CAT}, {"type": "Image", "url": DOG, "name": "A dog"}]},
        (PostType.IMAGE, CAT, CAT, None),
    ),
    "beside a link": (
        {"attachment": [{"type": "Link", "href": "https://news.example/"}, {"type": "Image", "url": CAT}]},
        (PostType.LINK, "https://news.example/", CAT, None),
    ),
    "for a link": (
        {"attachment": [{"type": "Link", "href": "https://news.example/"}], "image": {"url": CAT}},
        (PostType.LINK, "https://news.example/", CAT, None),
    ),
    "on an event": (
        {"type": "Event", "startTime": "2027-01-01T10:00:00Z", "attachment": [{"type": "Image", "url": CAT}]},
        (PostType.EVENT, None, CAT, None),
    ),
    "with an endless address": (
        {"attachment": [{"type": "Image", "url": f"https://pics.example/{'x' * 3000}"}]},
        (PostType.TEXT, None, None, None),
    ),
}


@pytest.mark.scenario(35)
async def test_a_picture_is_what_a_post_leads_to_unless_it_has_a_link(site: Hearing) -> None:
    there = await joined(site)
    rows = (
        "SELECT p.type, p.url, f.source_url, f.alt_text FROM post p LEFT JOIN file f ON f.id = p.image_id"
        " WHERE p.ap_id = :id"
    )
    for name, (fields, wanted) in PICTURED.items():
        thing = page(
            there.ana, there.group, f"/post/{name.replace(' ', '-')}", **({"attachment": []} | fields)
        )
        await announce(site, there, thing)
        assert await site.rows(rows, id=thing["id"]) == [wanted], name
        # A text that becomes a picture, as its author wants it now.
        plain = page(there.ana, there.group, f"/text/{name.replace(' ', '-')}", attachment=[])
        await announce(site, there, plain)
        await announce(site, there, plain | fields | {"type": "Page", "name": name}, kind="Update")
        kind = PostType.TEXT if wanted[0] is PostType.EVENT else wanted[0]
        if kind is not PostType.TEXT:
            assert await site.rows(rows, id=plain["id"]) == [(kind, *wanted[1:])], name


SPELLINGS: dict[str, dict[str, Any]] = {
    "as Lemmy": {},
    "to a string": {"to": PUBLIC},
    "Public short": {"to": ["as:Public"]},
    "Public shorter": {"to": "Public"},
    "one attachment": {"attachment": {"type": "Link", "href": "https://news.example/a"}},
    "an address": {"attachment": [], "url": "https://news.example/a"},
    "an object": {"attachment": [], "url": {"type": "Link", "href": "https://news.example/a"}},
    "a list": {
        "attachment": [],
        "url": [{"type": "Link", "mediaType": "text/html", "href": "https://news.example/a"}],
    },
    "one tag": {"tag": {"type": "Hashtag", "name": "#steam"}},
    "everybody as an object": {"to": [{"id": PUBLIC}], "cc": []},
}


@pytest.mark.scenario(36)
async def test_one_thing_is_read_in_every_spelling(site: Hearing) -> None:
    there = await joined(site)
    for name, fields in SPELLINGS.items():
        plain: dict[str, Any] = {
            "to": [there.group, PUBLIC],
            "attachment": [{"type": "Link", "href": "https://news.example/a"}],
            "tag": [{"type": "Hashtag", "name": "#steam"}],
        }
        path = f"/post/{name.replace(' ', '-')}"
        await announce(site, there, page(there.ana, there.group, path, name=name, **(plain | fields)))
    tubed = [{"type": "Group", "id": there.group}, {"type": "Person", "id": there.ana}]
    thing = page(there.ana, there.group, "/post/tube", name="authors", attributedTo=tubed)
    thing["url"] = "https://news.example/a"
    thing["tag"] = {"type": "Hashtag", "name": "#steam"}
    await site.hear(site.announced(there.group, site.activity("Create", there.ana, thing)), by=there.group)
    rows = await site.rows(
        "SELECT p.title, p.url, u.user_name, array_agg(t.name)::text[] FROM post p"
        ' JOIN "user" u ON u.id = p.user_id JOIN post_tag pt ON pt.post_id = p.id JOIN tag t ON t.id = pt.tag_id'
        " GROUP BY p.id, u.id ORDER BY p.id"
    )
    assert rows == [(name, "https://news.example/a", "ana", ["steam"]) for name in (*SPELLINGS, "authors")]


@pytest.mark.scenario(37)
async def test_who_writes_in_anothers_name_is_refused_and_the_thing_comes_from_its_own_server(
    site: Hearing,
) -> None:
    cats, there, other = await ours(site), await site.server(), await site.server()
    ana, eve = actor(there), actor(other, "/u/eve")
    real = page(ana, cats)
    there.has("/post/1", **real)
    forged = real | {"name": "What ana never said"}
    await site.hear(site.activity("Create", eve, forged), by=eve)
    assert await site.rows("SELECT title FROM post") == []
    await site.hear(site.activity("Create", eve, real | {"attributedTo": eve}), by=eve)
    assert await site.rows("SELECT title FROM post") == []
    await site.hear(site.activity("Like", eve, real["id"]), by=eve)
    assert await site.rows("SELECT title, up_votes FROM post") == [(real["name"], 2)]


@pytest.mark.scenario(42, 43)
async def test_what_the_site_does_not_take_is_not_kept(site: Hearing) -> None:
    there, cats = await joined(site), await ours(site)
    await site.do("INSERT INTO domain (name, banned) VALUES ('spam.example', true)")
    await site.do("UPDATE site SET blocked_phrases = 'cheap pills', enable_nsfw = false")
    link = [{"type": "Link", "href": "https://spam.example/x"}]
    unwanted: dict[str, dict[str, Any]] = {
        "domain_blocked": {"attachment": link},
        "blocked_phrase": {"source": {"content": "Cheap  PILLS here", "mediaType": "text/markdown"}},
        "nsfw_not_allowed": {"sensitive": True},
    }
    for number, (code, fields) in enumerate(unwanted.items()):
        thing = page(there.ana, there.group, f"/post/{number}", **fields)
        await announce(site, there, thing)
        direct = page(there.ana, cats, f"/post/ours{number}", **fields)
        await site.hear(site.activity("Create", there.ana, direct), by=there.ana)
        assert site.outcomes["Create", code] == 2
    assert await site.rows("SELECT title FROM post") == []
    assert await site.sent() == []
    await site.do("UPDATE site SET enable_nsfw = true")
    await announce(site, there, page(there.ana, there.group, sensitive=True))
    assert await site.rows("SELECT nsfw FROM post") == [(True,)]


@pytest.mark.scenario(45)
async def test_flairs_come_with_posts_and_change_with_them(site: Hearing) -> None:
    there = await site.server()
    tags = [
        {"type": "lemmy:CommunityTag", "id": there.id("/tag/1"), "preferredUsername": "Steam"},
        {"type": "CommunityTag", "id": there.id("/tag/2"), "displayName": "Diesel", "textColor": "#ff0000"},
    ]
    trains = group(there, tag=tags[:1])
    await site.fetch_actor(trains)
    ana = actor(there)
    member = await making.member(site.database, "reader")
    await site.do(
        "INSERT INTO community_member (user_id, community_id) SELECT :who, id FROM community", who=member.id
    )
    carried = (
        "SELECT f.flair FROM post_flair pf JOIN community_flair f ON f.id = pf.flair_id ORDER BY f.flair"
    )
    assert await site.rows("SELECT flair, ap_id FROM community_flair") == [("Steam", there.id("/tag/1"))]
    thing = page(ana, trains, tag=tags)
    await site.hear(site.announced(trains, site.activity("Create", ana, thing)), by=trains)
    assert await site.rows(carried) == [("Diesel",), ("Steam",)]
    for number, (now, wanted) in enumerate(((tags[1], ["Diesel"]), ([], []), (tags[:1], ["Steam"]))):
        edited = thing | {"tag": now, "updated": f"2026-02-0{number + 1}T00:00:00Z"}
        await site.hear(site.announced(trains, site.activity("Update", ana, edited)), by=trains)
        assert await site.rows(carried) == [(one,) for one in wanted]
