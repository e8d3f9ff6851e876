"""Feeds that group communities: made, followed, changed and deleted, through the API."""

from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from service.http.application import Application
from service.storage.tables import Community, User
from tests.http.api.app_client import refusal
from tests.http.people import Person
from tests.servers import DOMAIN
from tests.serving import held_by
from tests.statements import counted


async def change(app: Application, statement: Any) -> None:
    await held_by(app).database.write(lambda session: session.execute(statement))


async def test_a_feed_is_made_found_and_changed(app: Application, ana: Person, ben: Person) -> None:
    (hers, _), (his, _) = ana, ben
    made = await hers.post(
        "/feed",
        name="Green",
        title="Green things",
        description="**Plants**",
        communities=f"!place_of_ana, place_of_ben@{DOMAIN}",
    )
    names = [community["name"] for community in made["communities"]]
    assert (names, made["communities_count"]) == (["place_of_ana", "place_of_ben"], 2)
    assert (made["name"], made["owner"], made["subscribed"], made["subscriptions_count"]) == (
        "green",
        True,
        True,
        1,
    )
    assert made["actor_id"] == f"https://{DOMAIN}/f/green"
    titled = await hers.post("/feed", name="All my Things ", title="All my things", communities="")
    assert titled["name"] == "all_my_things", "apps make the name of the title"
    assert "<strong>Plants</strong>" in made["description_html"]
    for query in ({"id": made["id"]}, {"name": "GREEN"}, {"name": f"~green@{DOMAIN}"}):
        assert (await his.get("/feed", **query))["id"] == made["id"]
    assert await hers.get("/resolve_object", q="~green") == {"feed": await hers.get("/feed", id=made["id"])}
    await refusal(his.put("/feed", feed_id=made["id"], title="Mine now"))
    changed = await hers.put(
        "/feed", feed_id=made["id"], title="Trees", communities="place_of_ben", nsfw=True, public=False
    )
    assert (changed["title"], changed["nsfw"], changed["public"]) == ("Trees", True, False)
    assert [community["name"] for community in changed["communities"]] == ["place_of_ben"]
    for query in ({"id": made["id"]}, {"name": "green"}):
        await refusal(his.get("/feed", **query))
    await refusal(his.put("/feed", feed_id=made["id"], title="Mine now"))
    await refusal(his.post("/feed/follow", feed_id=made["id"], follow=True))


async def test_posts_of_a_private_feed_are_its_makers(ana: Person, ben: Person) -> None:
    (hers, place), (his, _) = ana, ben
    await hers.post("/post", title="In the feed", community_id=place.community_id)
    feed = {"name": "secret", "title": "Secret", "communities": "place_of_ana", "public": False}
    made = await hers.post("/feed", **feed)
    assert len((await hers.get("/post/list", feed_id=made["id"]))["posts"]) == 1
    assert (await his.get("/post/list", feed_id=made["id"]))["posts"] == []
    await hers.put("/feed", feed_id=made["id"], public=True)
    assert len((await his.get("/post/list", feed_id=made["id"]))["posts"]) == 1


async def test_following_joins_and_leaving_leaves(app: Application, ana: Person, ben: Person) -> None:
    (hers, place), (his, other) = ana, ben
    made = await hers.post("/feed", name="green", title="Green", communities="place_of_ana place_of_ben")
    await change(app, update(User).where(User.id == other.member.id).values(feed_auto_leave=True))
    for _ in range(2):
        seen = await his.post("/feed/follow", feed_id=made["id"], follow=True)
        assert (seen["subscribed"], seen["subscriptions_count"]) == (True, 2)
    joined = await his.get("/community", id=place.community_id)
    assert joined["community_view"]["subscribed"] == "Subscribed"
    assert joined["community_view"]["counts"]["subscriptions_count"] == 2
    left = await his.post("/feed/follow", feed_id=made["id"], follow=False)
    assert (left["subscribed"], left["subscriptions_count"]) == (False, 1)
    after = await his.get("/community", id=place.community_id)
    assert after["community_view"]["subscribed"] == "NotSubscribed"
    assert after["community_view"]["counts"]["subscriptions_count"] == 1
    own = await his.get("/community", id=other.community_id)
    assert own["community_view"]["subscribed"] == "Subscribed"
    await refusal(hers.post("/feed/follow", feed_id=made["id"], follow=False))
    await his.post("/feed/follow", feed_id=made["id"], follow=True)
    await his.post("/community/leave_all")
    assert (await his.get("/feed", id=made["id"]))["subscribed"] is False


async def test_a_feed_is_deleted_and_restored(ana: Person, ben: Person) -> None:
    (hers, _), (his, _) = ana, ben
    made = await hers.post("/feed", name="green", title="Green")
    await refusal(his.post("/feed/delete", feed_id=made["id"], deleted=True))
    assert (await hers.post("/feed/delete", feed_id=made["id"], deleted=True))["id"] == made["id"]
    for who in (hers, his):
        await refusal(who.get("/feed", id=made["id"]))
        assert (await who.get("/feed/list"))["feeds"] == []
    await hers.post("/feed/delete", feed_id=made["id"], deleted=False)
    assert [feed["id"] for feed in (await his.get("/feed/list"))["feeds"]] == [made["id"]]


async def test_feeds_stand_below_each_other_without_a_circle(ana: Person, ben: Person) -> None:
    hers, _ = ana
    top = await hers.post("/feed", name="green", title="Green")
    low = await hers.post("/feed", name="moss", title="Moss", parent_feed_id=top["id"])
    assert low["parent_feed_id"] == top["id"]
    for above in (low["id"], top["id"], 99_999):
        refused = await refusal(hers.put("/feed", feed_id=top["id"], parent_feed_id=above))
        assert "parent_feed_id" in refused.body["errors"]["json"]
    await refusal(ben[0].post("/feed", name="mine", title="Mine", parent_feed_id=top["id"]))
    assert (await hers.put("/feed", feed_id=low["id"], parent_feed_id=None))["parent_feed_id"] is None


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": "x"}, "name"),
        ({"name": "place_of_ana"}, None),
        ({"title": " "}, "title"),
        ({"title": "\x00"}, "title"),
        ({"title": 3}, "title"),
        ({"description": "x" * 10_001}, "description"),
        ({"communities": "nowhere"}, "communities"),
        ({"communities": "\x00"}, "communities"),
        ({"communities": " ".join(f"c{at}" for at in range(201))}, "communities"),
        ({"icon_url": "https://elsewhere.example/a.png"}, "icon_url"),
        ({"banner_url": "\x00"}, "banner_url"),
        ({"parent_feed_id": 2**31}, "parent_feed_id"),
        ({"is_instance_feed": True}, None),
    ],
)
async def test_bad_feeds_name_what_is_wrong(ana: Person, sent: dict[str, Any], field: str | None) -> None:
    refused = await refusal(ana[0].post("/feed", **{"name": "green", "title": "Green"} | sent))
    assert field is None or field in refused.body["errors"]["json"]


async def test_a_private_community_is_in_nobody_elses_feed(
    app: Application, ana: Person, ben: Person
) -> None:
    (hers, place), (his, _) = ana, ben
    made = await hers.post("/feed", name="green", title="Green", communities="place_of_ana")
    await change(app, update(Community).where(Community.id == place.community_id).values(private=True))
    assert (await his.get("/feed", id=made["id"]))["communities"] == []
    assert len((await hers.get("/feed", id=made["id"]))["communities"]) == 1
    await refusal(his.post("/feed", name="spy", title="Spy", communities="place_of_ana"))


async def test_a_feed_takes_the_same_statements_however_large(app: Application, ana: Person) -> None:
    hers, _ = ana
    made = await hers.post("/feed", name="green", title="Green")
    sent = []
    for size in (10, 100):

        async def add(session: AsyncSession, size: int = size) -> None:
            for at in range(size):
                name = f"c{size}_{at}"
                session.add(Community(name=name, title=name, ap_profile_id=f"https://{DOMAIN}/c/{name}"))

        await held_by(app).database.write(add)
        names = " ".join(f"c{size}_{at}" for at in range(size))
        await hers.put("/feed", feed_id=made["id"], communities=names)
        with counted(held_by(app).database) as statements:
            seen = await hers.get("/feed", id=made["id"])
            listed = await hers.get("/feed/list")
        assert seen["communities_count"] == len(listed["feeds"][0]["communities"])
        sent.append((len(seen["communities"]), len(statements)))
    assert [number for number, _ in sent] == [10, 100]
    assert sent[0][1] == sent[1][1]
