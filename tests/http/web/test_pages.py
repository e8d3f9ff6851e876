"""Every page answers those whom it is for, and sends the others where they can do something about it."""

import re
from html import unescape

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.posts.queries import post_by_id
from service.http.application import Application
from service.http.site import REMEMBERED
from service.storage.tables import Community, Post, Site, User
from tests.forum.discussions import Discussion, discuss
from tests.http.web.visitor import Visitor
from tests.serving import held_by

OPEN = (
    "/",
    "/home",
    "/home/new",
    "/home/top_1w/local",
    "/?feed=local&sort=new",
    "/?feed=popular&sort=scaled",
    "/?sort=nonsense&feed=nonsense",
    "/about",
    "/auth/login",
    "/auth/register",
    "/auth/please_wait",
    "/communities",
    "/communities?filter=Local&sort=New&q=cat&page=2",
    "/c/cats",
    "/c/cats?sort=top_all",
    "/c/cats/p/1/first-cat",
    "/post/1",
    "/post/1?sort=old",
    "/u/ana",
    "/u/ana?show=comments",
    "/u/ana?show=posts",
    "/explore",
    "/topics",
    "/feeds",
    "/tags",
    "/domains",
    "/post/1/options",
    "/modlog",
    "/search",
    "/search?q=cat",
    "/search?q=%00%25_'\"",
    "/robots.txt",
    "/favicon.ico",
)
FOR_MEMBERS = (
    "/submit",
    "/submit?q=cat",
    "/read-posts",
    "/hidden_posts",
    "/scheduled_posts",
    "/welcome",
    "/feed/new",
    "/delete_account",
    "/user/settings/reading",
    "/user/settings/account",
    "/user/settings/blocks",
    "/user/settings/import_export",
    "/u/ana/report",
    "/u/ana/note",
    "/post/1/reminder",
    "/post/1/report",
    "/community/cats/report",
    "/community/cats/submit/poll",
    "/community/cats/submit/event",
    "/bookmarks",
    "/bookmarks?show=comments",
    "/notifications",
    "/notifications?show=Unread",
    "/user/settings",
    "/community/add_local",
    "/community/cats/submit",
    "/community/cats/submit/photo",
    "/?feed=subscribed",
)
FOR_THE_FOUNDER = ("/post/1/schedule", "/post/1/edit", "/community/cats/edit", "/post/1/remove")
FOR_THE_SITE = ("/admin/", "/admin/approve_registrations", "/admin/site")
MISSING = (
    "/nothing",
    "/c/nothing",
    "/u/nobody",
    "/post/4711",
    "/comment/4711",
    "/post/1/comment/4711",
    "/static/0/no.js",
)


async def test_everybody_reads(app: Application, founder: Visitor, stranger: Visitor) -> None:
    for path in OPEN:
        page = await Visitor(app.test_client()).get(path)  # who has a cookie gets no other
        assert page.status == 200, path
        assert "Set-Cookie" not in page.headers or path.startswith("/auth/"), path


async def test_a_member_reaches_what_members_have(founder: Visitor, reader: Visitor) -> None:
    for path in OPEN + FOR_MEMBERS:
        if path not in ("/auth/login", "/auth/register"):
            assert (await reader.get(path)).status == 200, path
    for path in FOR_THE_FOUNDER + FOR_THE_SITE:
        assert (await reader.get(path)).status == 403, path


async def test_a_founder_edits(founder: Visitor) -> None:
    for path in FOR_THE_FOUNDER:
        assert (await founder.get(path)).status == 200, path
    for path in FOR_THE_SITE:
        assert (await founder.get(path)).status == 403, path


async def test_an_administrator_runs_the_site(administrator: Visitor) -> None:
    for path in FOR_THE_SITE:
        assert (await administrator.get(path)).status == 200, path


async def test_a_stranger_is_led_to_sign_in_and_back(founder: Visitor, stranger: Visitor) -> None:
    for path in FOR_MEMBERS[:-1] + FOR_THE_FOUNDER + FOR_THE_SITE:
        page = await stranger.get(path)
        assert (page.status, page.location.partition("?")[0]) == (303, "/auth/login"), path
    page = await stranger.follow(await stranger.get("/post/1/edit"))
    assert page.named("next")["value"] == "/post/1/edit"


async def test_what_is_not_there_is_a_page_too(founder: Visitor, stranger: Visitor) -> None:
    for path in MISSING:
        page = await stranger.get(path)
        assert page.status == 404, path
        assert page.links("/"), path


async def test_a_deleted_post_is_gone(founder: Visitor, stranger: Visitor) -> None:
    deleted = await founder.follow(await founder.send("/post/1/delete"))
    assert "/post/1/restore" in [attributes.get("formaction") for _, attributes in deleted.tags]
    assert (await stranger.get("/post/1")).status == 410
    await founder.send("/post/1/restore")
    assert (await stranger.get("/post/1")).status == 200


async def test_another_feed_keeps_the_order_that_was_chosen(founder: Visitor, stranger: Visitor) -> None:
    for path, beginning in {
        "/?sort=top_all": "/?sort=top_all&",
        "/home/new": "/?sort=new&",
        "/": "/?",
    }.items():
        links = (await stranger.get(path)).links("/?")
        assert {f"{beginning}feed={feed}" for feed in ("all", "local", "popular")} <= set(links), path


async def test_pages_follow_one_another(founder: Visitor, stranger: Visitor) -> None:
    for number in range(21):
        await founder.publish("cats", f"Cat number {number}")
    seen: list[str] = []
    path = "/c/cats?sort=new"
    while path:
        page = await stranger.get(path)
        seen += [attributes["id"] for tag, attributes in page.tags if tag == "article"]
        path = next((found["href"] for _, found in page.tags if found.get("rel") == "next"), "")
    assert len(seen) == len(set(seen)) == 22


@pytest.mark.parametrize("kind", [Discussion.MIXED, Discussion.WIDE, Discussion.DEEP])
async def test_a_discussion_is_read_by_links_to_its_end(
    app: Application, founder: Visitor, stranger: Visitor, kind: Discussion
) -> None:
    database = held_by(app).database
    async with database.read() as db:
        post = await post_by_id(db, None, 1)
    ids = await discuss(database, post.author.id, post.community.id, post.id, kind, 400)
    found: set[int] = set()
    waiting, seen = ["/post/1?sort=top"], set[str]()
    while waiting:
        seen.add(address := waiting.pop())
        page = await stranger.get(address)
        shown = [int(tag["id"][8:]) for _, tag in page.tags if tag.get("id", "").startswith("comment_")]
        assert len(shown) == len(set(shown)) <= 201
        found.update(shown)
        more = [tag["href"] for _, tag in page.tags if tag.get("class") == "continue"]
        waiting += [link for link in more if link not in seen]
    assert found >= set(ids)


async def test_who_comments_sees_the_comment_however_many_there_are(
    app: Application, founder: Visitor, stranger: Visitor
) -> None:
    database = held_by(app).database
    async with database.read() as db:
        post = await post_by_id(db, None, 1)
    for number in (300, 1):
        await founder.get("/post/1")
        sent = await founder.send("/post/1/reply", body=f"The last before {number} more")
        where, _, mark = sent.location.partition("#")
        assert mark in [tag.get("id") for _, tag in (await stranger.get(where)).tags]
        await discuss(database, post.author.id, post.community.id, post.id, Discussion.FLAT, number)


async def test_a_private_site_shows_strangers_nothing(
    founder: Visitor, administrator: Visitor, stranger: Visitor
) -> None:
    await administrator.send("/admin/site", name="Ours", registration_mode="Open", private_instance="1")
    for path in ("/", "/c/cats", "/post/1", "/u/ana", "/communities", "/search?q=cat"):
        assert (await stranger.get(path)).location.startswith("/auth/login"), path
    assert (await stranger.get("/auth/login")).status == 200
    assert (await founder.get("/")).status == 200


async def test_search_engines_pass_over_who_wants_it(app: Application, founder: Visitor) -> None:
    stranger, database = Visitor(app.test_client()), held_by(app).database

    async def passed_over() -> list[str]:
        pages = {path: await stranger.get(path) for path in ("/", "/post/1", "/u/ana", "/c/cats", "/about")}
        return [
            path
            for path, page in pages.items()
            if ("meta", {"name": "robots", "content": "noindex"}) in page.tags
        ]

    assert await passed_over() == []
    for change, paths in (
        (update(Post).values(indexable=False), ["/post/1"]),
        (update(Post).values(indexable=True), []),
        (update(User).values(indexable=False), ["/post/1", "/u/ana"]),
        (update(User).values(indexable=None), []),
    ):
        await database.write(AsyncSession.execute, change)
        assert await passed_over() == paths
    await database.write(AsyncSession.execute, update(Site).values(private_instance=True))
    app.extensions.pop(REMEMBERED, None)
    page = await founder.get("/communities")
    assert ("meta", {"name": "robots", "content": "noindex"}) in page.tags


async def _set_columns(session: AsyncSession, name: str, columns: dict[str, int]) -> None:
    await session.execute(update(Community).where(Community.name == name).values(**columns))


async def test_each_order_of_communities_does_what_its_name_says(founder: Visitor, app: Application) -> None:
    for name, members, posts in (("dogs", 9, 1), ("birds", 1, 9)):
        await founder.create_community(name)
        columns = {"total_subscriptions_count": members, "post_count": posts}
        await held_by(app).database.write(_set_columns, name, columns)
    page = await founder.get("/communities")
    for label, first in (
        ("Most members", "dogs"),
        ("Most posts", "birds"),
        ("Old", "cats"),
        ("New", "birds"),
    ):
        found = re.search(rf'href="([^"]*)"[^>]*>\s*{label}\s*<', page.html)
        assert found, label
        listed = await founder.get(unescape(found[1]))
        assert re.findall(r'href="/c/(\w+)"', listed.html.partition("<main")[2])[0] == first, label
