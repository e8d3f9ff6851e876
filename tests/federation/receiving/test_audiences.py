"""Whom something is for stays as it was said first, and what is not for everybody is given to nobody else."""

from typing import Any

import pytest

from service.federation.history import History
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost
from service.storage.tables import UserFollower
from service.storage.transaction import Database
from tests.federation.hearing import HERE, PUBLIC, Hearing, group, note, page
from tests.federation.signing import actor
from tests.federation.test_speaking import Talk
from tests.forum import making
from tests.forum.elsewhere import stranger
from tests.servers import DOMAIN


@pytest.mark.scenario(34, 103)
async def test_an_update_lets_nobody_else_see_it(site: Hearing) -> None:
    server = await site.server()
    ana = actor(server)
    await site.fetch_actor(ana)
    reader = f"{HERE}/u/reader"
    await making.community(site.database, await making.member(site.database, "reader"))
    letter: dict[str, Any] = {
        "id": server.id("/note/1"),
        "type": "Note",
        "attributedTo": ana,
        "content": "<p>Between us</p>",
        "to": [reader],
        "published": "2026-01-02T03:04:05Z",
    }
    await site.hear(site.activity("Create", ana, letter, to=[reader]), by=ana)
    wider = letter | {
        "content": "<p>For all</p>",
        "to": [PUBLIC, reader, f"{HERE}/c/cats"],
        "audience": f"{HERE}/c/cats",
        "updated": "2026-02-02T00:00:00Z",
    }
    await site.hear(site.activity("Update", ana, wider), by=ana)
    assert await site.value("SELECT count(*) FROM chat_message") == 1
    assert await site.value("SELECT count(*) FROM post") == 0
    assert await site.value("SELECT count(*) FROM post_reply") == 0
    assert await site.sent() == []


@pytest.mark.scenario(24)
async def test_who_waits_for_consent_gets_nothing_of_a_persons_posts(database: Database) -> None:
    talk = Talk(database)
    ana = await making.member(database, "ana")
    place = await making.community(database, ana)
    for number, is_accepted in enumerate((True, False)):
        fan = await stranger(database, f"fan{number}", ap_inbox_url=f"https://toot{number}.example/inbox")
        row = UserFollower(local_user_id=ana.id, remote_user_id=fan.id, is_accepted=is_accepted)
        row.is_inward = True
        await making.add(database, row)
    new = NewPost(community_id=place, title="A fine day", body="")
    said = await talk.after(posts.publish, ana, new, domain=DOMAIN)
    assert [one.inboxes for one in said] == [["https://toot0.example/inbox"], []]


async def test_new_languages_and_addresses_that_are_none_keep_nothing_away(site: Hearing) -> None:
    server = await site.server()
    trains, ana = group(server), actor(server)
    await site.fetch_actor(trains)
    reader = await making.member(site.database, "reader")
    await site.do("INSERT INTO community_member (user_id, community_id) VALUES (:who, 1)", who=reader.id)
    odd = page(
        ana,
        trains,
        language={"identifier": "tlh", "name": "tlhIngan Hol"},
        attachment=[
            {"type": "Link", "href": "javascript:alert(1)"},
            {"type": "Link", "href": "ftp://x.example/1"},
        ],
        image={"type": "Image", "url": "data:image/png;base64,AAAA"},
    )
    await site.hear(site.announced(trains, site.activity("Create", ana, odd)), by=trains)
    assert await site.rows("SELECT p.url, l.code FROM post p JOIN language l ON l.id = p.language_id") == [
        (None, "tlh")
    ]
    assert await site.value("SELECT count(*) FROM file WHERE source_url NOT LIKE 'http%'") == 0


@pytest.mark.scenario(150)
async def test_a_history_goes_on_page_by_page_on_its_own_server(site: Hearing) -> None:
    server, other = await site.server(), await site.server()
    trains, ana = group(server), actor(server)
    await site.fetch_actor(trains)
    written = [page(ana, trains, f"/post/{number}") for number in range(3)]
    for number, one in enumerate(written):
        server.has(f"/post/{number}", **one)
    pages = [server.id("/c/trains/outbox"), server.id("/outbox/1"), other.id("/outbox/2")]
    for number, url in enumerate(pages):
        document = {"id": url, "type": "OrderedCollectionPage", "orderedItems": [written[number]["id"]]}
        following = {"next": pages[number + 1]} if number < 2 else {}
        (other if number == 2 else server).has("/" + url.split("/", 3)[3], **(document | following))
    history = History(site.database, site.fetcher, site.drain._finder)
    assert await history.read(1) == 2
    assert await site.rows("SELECT ap_id FROM post ORDER BY id") == [(one["id"],) for one in written[:2]]
    assert other.server.asked == []


async def test_what_a_community_features_is_pinned_and_nothing_else_of_it(site: Hearing) -> None:
    server, other = await site.server(), await site.server()
    trains, ana = group(server, featured=server.id("/c/trains/featured")), actor(server)
    await site.fetch_actor(trains)
    first, second, third = [page(ana, trains, f"/post/{number}") for number in range(3)]
    for number, one in enumerate((first, second, third)):
        server.has(f"/post/{number}", **one)
    listing = {"type": "OrderedCollection", "orderedItems": [one["id"] for one in (first, second, third)]}
    server.has("/c/trains/outbox", id=f"{trains}/outbox", **listing)

    async def pinned(*items: Any, **more: Any) -> list[str]:
        listed = {"type": "OrderedCollection", "orderedItems": list(items)} | more
        server.has("/c/trains/featured", id=f"{trains}/featured", **listed)
        await History(site.database, site.fetcher, site.drain._finder).read(1)
        return [one for (one,) in await site.rows("SELECT ap_id FROM post WHERE sticky ORDER BY id")]

    assert await pinned(first["id"]) == [first["id"]]
    assert await pinned(second, third) == [second["id"], third["id"]]  # as Lemmy lists them
    for broken in ({"type": "Page"}, {"next": other.id("/more")}):
        assert set(await pinned(third["id"], **broken)) >= {second["id"], third["id"]}
    await site.do("UPDATE community SET ap_featured_url = :url", url=other.id("/featured"))
    assert await pinned() == [second["id"], third["id"]]
    assert other.server.asked == []
    await site.do("UPDATE community SET ap_featured_url = :url", url=f"{trains}/featured")
    assert await pinned() == []
    assert await site.value("SELECT count(*) FROM post") == 3


@pytest.mark.scenario(51)
async def test_below_what_is_gone_answers_keep_their_place(site: Hearing) -> None:
    server = await site.server()
    ana = actor(server)
    keeper = await making.member(site.database, "keeper")
    place = await making.community(site.database, keeper)
    (post_id,) = await making.posts(site.database, keeper, place, 1)
    await site.do("UPDATE post SET ap_id = :url", url=f"{HERE}/post/{post_id}")
    first = note(ana, f"{HERE}/post/{post_id}", f"{HERE}/c/cats", content="<p>Secret</p>", source=None)
    second = note(ana, first["id"], f"{HERE}/c/cats", "/comment/2")
    for one in (first, second):
        await site.hear(site.activity("Create", ana, one), by=ana)
    await site.hear(site.activity("Delete", ana, first["id"]), by=ana)
    answer = await site.client.get(f"/api/alpha/post/replies?post_id={post_id}")
    body = await answer.get_data(as_text=True)
    assert "Secret" not in body
    assert second["id"] in body
