"""Following across servers (scenarios 15 to 27), feeds (113 to 114) and accounts (125 to 129)."""

from typing import Any

import pytest

from service.federation.gathering import gather
from service.federation.lookup import Lookup
from service.federation.speak.drain import drain
from service.federation.webfinger import WebFinger
from service.forum.communities import operations as communities
from tests.federation.hearing import HERE, Hearing, group
from tests.federation.signing import actor, key, pem_of
from tests.forum import making
from tests.http.web.visitor import Visitor
from tests.outbound.servers import replies
from tests.servers import DOMAIN
from tests.serving import held_by
from tests.working import work_off

MEMBERS = 'SELECT count(*) FROM community_member m JOIN "user" u ON u.id = m.user_id WHERE u.instance_id <> 1'


async def answers(site: Hearing) -> list[bool]:
    """The answers that are to be given to Follows."""
    rows = await site.rows(
        "SELECT (payload->>'accepted')::bool FROM pieloop.outbox WHERE kind = 'FollowAnswered' ORDER BY id"
    )
    return [row[0] for row in rows]


@pytest.mark.parametrize("undone", ["embedded", "id", "at once"])
@pytest.mark.scenario(15, 16, 17)
async def test_each_follow_is_answered_and_ends(site: Hearing, undone: str) -> None:
    await making.community(site.database, await making.member(site.database, "keeper"))
    ana = actor(await site.server())
    follows = [site.activity("Follow", ana, f"{HERE}/c/cats") for _ in range(2)]
    if undone == "at once":
        undo = site.activity("Undo", ana, follows[0]["id"])
        for one in (follows[0], undo):
            assert await site.send(one, by=ana) == 202
        await site.work()
        assert await site.value(MEMBERS) == 0
        return
    await site.hear(*follows, by=ana)
    assert await site.value(MEMBERS) == 1
    assert await answers(site) == [True, True]
    assert await site.value("SELECT total_subscriptions_count FROM community") == 2
    taken_back = follows[0] if undone == "embedded" else follows[0]["id"]
    eve = actor(await site.server(), "/u/eve")
    await site.fetch_actor(eve)
    await site.hear(site.activity("Undo", eve, taken_back), by=eve)
    assert await site.value(MEMBERS) == 1
    await site.hear(site.activity("Undo", ana, taken_back), by=ana)
    assert await site.value(MEMBERS) == 0
    assert await site.value("SELECT total_subscriptions_count FROM community") == 1


@pytest.mark.scenario(23, 26)
async def test_a_banned_person_is_refused(site: Hearing) -> None:
    await making.community(site.database, await making.member(site.database, "keeper"))
    ana = actor(await site.server())
    await site.fetch_actor(ana)
    await site.do("INSERT INTO community_ban (user_id, community_id) SELECT u.id, c.id FROM \"user\" u, community c"
                  " WHERE u.user_name = 'ana'")  # fmt: skip
    await site.hear(site.activity("Follow", ana, f"{HERE}/c/cats"), by=ana)
    assert await site.value(MEMBERS) == 0
    assert await answers(site) == [False]


@pytest.mark.scenario(23)
async def test_a_person_who_approves_followers_answers_each(site: Hearing) -> None:
    server = await site.server()
    ana, eve, joe = actor(server), actor(server, "/u/eve"), actor(server, "/u/joe")
    keeper = await making.member(site.database, "keeper")
    await site.do("UPDATE \"user\" SET ap_manually_approves_followers = true WHERE user_name = 'keeper'")
    follows = {who: site.activity("Follow", who, f"{HERE}/u/keeper") for who in (ana, eve, joe)}
    for who, follow in follows.items():
        await site.hear(follow, follow | {"id": f"{follow['id']}/again"}, by=who)
    await site.database.write(drain, DOMAIN)
    assert await site.sent() == [], "nobody is answered before the person did"
    await work_off(held_by(site.app))
    visitor = await Visitor(site.app.test_client()).arrive(site.database, keeper)
    told = (await visitor.get("/notifications")).text
    assert [told.count(f"{name}@127.0.0.2 wants to follow you") for name in ("ana", "eve", "joe")] == [1] * 3
    page = await visitor.get("/user/settings/followers")
    buttons = [tag["formaction"] for _, tag in page.tags if "/followers/" in tag.get("formaction", "")]
    assert [path.rpartition("/")[2] for path in buttons] == ["accept", "refuse"] * 3
    for path in (buttons[0], buttons[3], buttons[4]):
        await visitor.follow(await visitor.send(path))
    assert (await visitor.send(buttons[2])).status == 404, "who was refused does not ask any more"
    await visitor.send(buttons[5])  # who follows is put out again
    await site.database.write(drain, DOMAIN)
    said = [(one["type"], one["object"]["actor"], one["object"]["id"]) for one in await site.sent()]
    again = {who: f"{follow['id']}/again" for who, follow in follows.items()}
    assert said == [("Accept", ana, again[ana]), ("Reject", eve, again[eve]),
                    ("Accept", joe, again[joe]), ("Reject", joe, again[joe])]  # fmt: skip
    assert await site.rows("SELECT is_inward, is_accepted FROM user_follower") == [(True, True)]
    await site.hear(site.activity("Undo", ana, follows[ana]), by=ana)
    assert await site.value("SELECT count(*) FROM user_follower") == 0


@pytest.mark.parametrize("form", ["embedded", "id", "another"])
@pytest.mark.scenario(18, 19, 20, 21)
async def test_a_wish_of_ours_is_answered_by_its_own_community(site: Hearing, form: str) -> None:
    server = await site.server()
    trains, eve = group(server), group(server, "planes")
    for one in (trains, eve):
        await site.fetch_actor(one)
    reader = await making.member(site.database, "reader")
    await site.do(
        "INSERT INTO community_join_request (user_id, community_id, uuid) SELECT :who, id, gen_random_uuid()"
        " FROM community WHERE name = 'trains'",
        who=reader.id,
    )
    uuid = await site.value("SELECT uuid FROM community_join_request")
    follow = {
        "id": f"{HERE}/activities/follow/{uuid}",
        "type": "Follow",
        "actor": f"{HERE}/u/reader",
        "object": trains,
    }
    wish = {"embedded": follow, "id": follow["id"], "another": follow | {"id": f"{HERE}/else", "to": "x"}}[
        form
    ]
    joined = "SELECT count(*) FROM community_member"
    await site.hear(site.activity("Accept", eve, wish), by=eve)
    assert await site.value(joined) == 0
    await site.hear(site.activity("Accept", trains, wish), by=trains)
    assert await site.value(joined) == 1
    await site.hear(site.activity("Accept", trains, wish), by=trains)
    assert await site.value(joined) == 1
    await site.hear(site.activity("Reject", trains, follow), by=trains)
    assert await site.value(joined) == 0


@pytest.mark.scenario(125)
async def test_an_account_is_deleted(site: Hearing) -> None:
    server = await site.server()
    ana, eve = actor(server), actor(server, "/u/eve")
    await site.fetch_actor(ana)
    await site.hear(site.activity("Delete", eve, ana), by=eve)
    gone = "SELECT deleted FROM \"user\" WHERE user_name = 'ana'"
    assert await site.value(gone) is False
    await site.hear(site.activity("Delete", ana, ana, removeData=True), by=ana)
    assert await site.value(gone) is True
    assert await site.value("SELECT count(*) FROM pieloop.outbox WHERE kind = 'ContentPurgeRequested'") == 1
    unknown = actor(server, "/u/nobody")
    server.server.asked.clear()
    await site.hear(site.activity("Delete", unknown, unknown), by=unknown)
    assert server.server.asked == []


@pytest.mark.scenario(128)
async def test_what_an_actor_says_of_itself_is_fetched_from_it(site: Hearing) -> None:
    server = await site.server()
    ana = actor(server)
    await site.fetch_actor(ana)
    actor(server, name="Ana the Second")
    forged: dict[str, Any] = {
        "id": ana,
        "type": "Person",
        "preferredUsername": "ana",
        "inbox": f"{ana}/inbox",
        "name": "Forged",
    }
    forged["publicKey"] = {"id": f"{ana}#main-key", "owner": ana, "publicKeyPem": pem_of(key(1))}
    await site.hear(site.activity("Update", ana, forged), by=ana)
    title, pem = (await site.rows("SELECT title, public_key FROM \"user\" WHERE user_name = 'ana'"))[0]
    assert (title, pem) == ("Ana the Second", pem_of(key()))


@pytest.mark.scenario(113, 114)
async def test_feeds_of_others(site: Hearing) -> None:
    server = await site.server()
    dates: dict[str, Any] = {"published": "2026-01-02T03:04:05Z", "updated": "2026-02-03T04:05:06Z"}
    feed = actor(server, "/f/all", type="Feed", following=server.id("/f/all/following"), **dates)
    trains = group(server)
    for one in (feed, trains):
        await site.fetch_actor(one)
    (dated,) = await site.rows("SELECT created_at, last_edit FROM feed")
    assert [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in dated] == list(dates.values())
    target = server.id("/f/all/following")
    items = "SELECT count(*) FROM feed_item"
    eve = actor(await site.server(), "/u/eve")
    await site.hear(site.activity("Add", eve, trains, target=target), by=eve)
    assert await site.value(items) == 0
    add = site.activity("Add", feed, trains, target=target)
    await site.hear(site.announced(feed, add), by=feed)
    assert await site.value(items) == 1
    await site.hear(site.announced(feed, site.activity("Remove", feed, trains, target=target)), by=feed)
    assert await site.value(items) == 0
    await site.hear(site.activity("Delete", feed, feed), by=feed)
    assert await site.value("SELECT banned FROM feed") is True


@pytest.mark.scenario(115)
async def test_a_multi_community_of_lemmy_is_a_feed(site: Hearing) -> None:
    server = await site.server()
    trains, planes = group(server), group(server, "planes")
    owner = actor(server)
    url, following = server.id("/m/travel"), server.id("/m/travel/following")
    multi: dict[str, Any] = {
        "type": "Feed",
        "name": "Travel",
        "inbox": server.id("/inbox"),
        "following": following,
        "publicKey": {
            "id": server.id("/#main-key"),
            "owner": server.id("/"),
            "publicKeyPem": pem_of(key()),
        },
        "summary": "<p>All that moves</p>",
        "source": {"content": "All that moves", "mediaType": "text/markdown"},
        "mediaType": "text/html",
        "attributedTo": owner,
    }
    actor(server, "/m/travel", **multi)
    listed: dict[str, Any] = {"id": following, "type": "Collection", "totalItems": 1, "items": [trains]}
    server.has("/m/travel/following", **listed)
    finder = site.drain._finder
    lookup = Lookup(WebFinger(held_by(site.app).outbound), site.fetcher, finder, site.database, DOMAIN)
    assert await lookup.bring(url) == url
    stand = "SELECT c.name FROM feed_item i JOIN community c ON c.id = i.community_id ORDER BY c.name"
    feed_id = await site.value(
        "SELECT (payload->>'feed_id')::int FROM pieloop.outbox WHERE kind = 'FeedFound'"
    )
    await gather(site.database, site.fetcher, finder, feed_id)
    assert await site.rows(stand) == [("trains",)]
    assert await site.rows("SELECT title, description, user_id FROM feed") == [
        ("Travel", "All that moves", None)
    ]
    # Its owner tells of changes with the whole of it; what stands in it is asked for.
    server.has("/m/travel/following", **(listed | {"items": [planes]}))
    changed = site.activity("Update", owner, {"id": url, "preferredUsername": "travel"} | multi)
    await site.hear(changed, by=owner)
    found = "SELECT count(*) FROM pieloop.outbox WHERE kind = 'FeedFound'"
    assert await site.value(found) == 2
    await gather(site.database, site.fetcher, finder, feed_id)
    assert await site.rows(stand) == [("planes",)]


@pytest.mark.scenario(25)
async def test_who_joins_again_asks_again_under_another_id(site: Hearing) -> None:
    trains = group(await site.server())
    await site.fetch_actor(trains)
    reader = await making.member(site.database, "reader")
    community_id = await site.value("SELECT id FROM community")
    for _ in range(2):  # the first was never answered
        await site.database.write(communities.join, reader, community_id)
    asked = await site.rows(
        "SELECT payload->>'request' FROM pieloop.outbox WHERE kind = 'MembershipChanged' ORDER BY id"
    )
    first, second = (f"{HERE}/activities/follow/{uuid}" for (uuid,) in asked)
    assert first != second
    await site.hear(site.activity("Accept", trains, second), by=trains)
    assert await site.rows("SELECT user_id FROM community_member") == [(reader.id,)]
    assert await site.value("SELECT count(*) FROM community_join_request") == 0


@pytest.mark.scenario(126)
async def test_a_farewell_is_believed_though_its_document_is_gone(site: Hearing) -> None:
    server = await site.server()
    ana = actor(server)
    await site.fetch_actor(ana)
    server.answers_with("/u/ana", replies(b"", "410 Gone", "text/plain"))
    await site.hear(site.activity("Delete", ana, ana), by=ana)
    assert await site.value("SELECT deleted FROM \"user\" WHERE user_name = 'ana'") is True
