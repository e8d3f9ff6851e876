"""Numbers that only limit: apps send what is large and mean everything."""

import pytest

from service.http.application import Application
from tests.forum import making
from tests.http.api.app_client import App
from tests.http.people import Person
from tests.serving import held_by

LARGE = (101, 10_000_000_000, 2**31, 2**63, 10**30, int("9" * 400))
SMALL = (0, -1, -(2**63), -(10**30))
PAGED = {
    "/post/list": "posts",
    "/post/list2": "posts",
    "/comment/list": "comments",
    "/community/list": "communities",
    "/user/replies": "replies",
    "/user/mentions": "replies",
    "/user/notifications": "items",
    "/user/media": "media",
    "/private_message/list": "private_messages",
    "/modlog": "removed_posts",
}


@pytest.mark.parametrize("path", PAGED)
async def test_a_limit_is_never_a_mistake(ana: Person, path: str) -> None:
    mine, _ = ana
    for limit in (*LARGE, *SMALL):
        answered = await mine.get(path, limit=limit, status="All")
        assert isinstance(answered[PAGED[path]], list), limit


async def test_more_than_the_most_is_the_most_and_less_than_the_least_is_nothing(
    app: Application, ana: Person
) -> None:
    mine, place = ana
    database = held_by(app).database
    post_ids = await making.posts(database, place.member, place.community_id, 120)
    await making.comments(database, place.member, place.community_id, [post_ids[0]] * 130)
    for limit in LARGE:
        assert len((await mine.get("/post/list", limit=limit))["posts"]) == 100
    for limit in SMALL:
        assert len((await mine.get("/post/list", limit=limit))["posts"]) == 50, "as if it was not sent"
    for page in LARGE:
        answered = await mine.get("/post/list", page=page)
        assert (answered["posts"], answered["next_page"]) == ([], None), page
    for page in SMALL:
        assert await mine.get("/post/list", page=page) == await mine.get("/post/list")


async def test_the_comments_of_a_post_are_given_to_who_asks_for_all(app: Application, ana: Person) -> None:
    mine, place = ana
    database = held_by(app).database
    post_ids = await making.posts(database, place.member, place.community_id, 1)
    ids = await making.comments(database, place.member, place.community_id, post_ids * 130)
    for large in LARGE[1:]:
        listed = await mine.get("/comment/list", post_id=post_ids[0], limit=large, max_depth=large)
        assert {view["comment"]["id"] for view in listed["comments"]} == set(ids)
        nested = await mine.get("/post/replies", post_id=post_ids[0], limit=large, max_depth=large)
        assert {view["comment"]["id"] for view in nested["comments"]} == set(ids)


async def test_the_topmost_comments_say_what_they_stand_under(app: Application, ana: Person) -> None:
    mine, place = ana
    post = (await mine.post("/post", title="A fine day", community_id=place.community_id))["post_view"]
    post_id = post["post"]["id"]
    top = (await mine.post("/comment", body="Top", post_id=post_id))["comment_view"]["comment"]["id"]
    for body in ("One", "Two"):
        await mine.post("/comment", body=body, post_id=post_id, parent_id=top)
    for query in ({"post_id": post_id}, {"parent_id": top}, {"post_id": post_id, "parent_id": top}):
        for app_ in (mine, App(mine.client)):
            (view,) = (await app_.get("/post/replies", **query))["comments"]
            assert view["post"]["id"] == post_id
            assert view["community"]["id"] == place.community_id
            assert [set(child) & {"post", "community"} for child in view["replies"]] == [set(), set()]
