"""Feeds show a stranger what lists show a stranger, at the addresses that readers have, as readers want it."""

from typing import Any
from xml.etree.ElementTree import fromstring

from sqlalchemy import update

from service.http.application import Application
from service.http.context import EXTENSION
from service.storage.tables import Community, Feed, FeedItem, Post, PostTag, Tag, Topic, User
from tests.forum import making
from tests.http.web.feed_rules import broken_rules
from tests.http.web.visitor import Page, Visitor


def titles(page: Page) -> list[str]:
    assert page.status == 200, page.text
    assert page.headers["Content-Type"].startswith("application/rss+xml")
    return [element.findtext("title") or "" for element in fromstring(page.html).iter("item")]


async def grouped(app: Application, *communities: int) -> None:
    """Put the communities into a topic and a public feed."""
    database = app.extensions[EXTENSION].database
    await making.add(
        database,
        Topic(id=1, name="Animals", machine_name="animals", num_communities=1),
        Feed(
            id=1,
            title="Mix",
            name="mix",
            machine_name="mix",
            public=True,
            ap_profile_id=f"https://{app.settings.site.domain}/f/mix",
        ),
        *(FeedItem(feed_id=1, community_id=id_) for id_ in communities),
    )
    await database.write(_into_topic)


async def _into_topic(session: object) -> None:
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import AsyncSession

    assert isinstance(session, AsyncSession)
    await session.execute(text("UPDATE community SET topic_id = 1"))
    await session.execute(text("UPDATE community SET private = true WHERE name = 'secret'"))


async def test_each_list_has_a_feed_of_what_strangers_see(
    app: Application, founder: Visitor, stranger: Visitor
) -> None:
    await founder.create_community("secret")
    await founder.create_community("ours", local_only="1")
    await founder.publish(
        "cats",
        'On "<this>" & ]]> that',
        kind="link",
        url="https://news.example/a",
        body="::: spoiler s\nHe dies\n:::",
    )
    await founder.publish("cats", "Naked [NSFW]", body="x")
    await founder.publish("secret", "Hidden")
    await founder.publish("ours", "Among us")
    await grouped(app, 1, 2, 3)
    seen = ['On "<this>" & ]]> that', "First cat"]
    for path in ("/feed", "/community/cats/feed", "/u/ana/feed", "/topic/animals.rss", "/f/mix.rss"):
        page = await stranger.get(path)
        assert titles(page) == seen, path
        assert "He dies" not in page.html
        assert titles(await founder.get(path)) == seen, path
    assert titles(await stranger.get("/d/1/feed")) == seen[:1]
    for path in ("secret", "ours", "nothing"):
        assert (await stranger.get(f"/community/{path}/feed")).status == 404, path
    for path in ("/u/nobody/feed", "/d/4711/feed", "/d/99999999999/feed", "/topic/none.rss", "/f/none.rss"):
        assert (await stranger.get(path)).status == 404, path


# What may stand where: characters that XML cannot have, marks of its own, entities, half an element.
WORDS = "a\x01b\x1f]]> <i>x & &nbsp;&#0; \ufffe \u202e🐈 <![CDATA["
ADDRESS = 'https://bücher.example/a b/ä?q="<x>"&r=[1]|{2}^`\\#é'
HTML = (
    '<p>&nbsp;&bogus; \x0b <a href="/c/cats">here</a> <a href="../x">up</a> <a href="ä b">away</a></p>'
    '<script>1</script><p onclick="x">Half <img src="//e.example/a.png"><p><b>' + "long " * 900
)
# Each page and its feed, on a site with the communities, posts and tags of the test below.
FEEDS = {
    "/": "/feed",
    "/c/cats": "/community/cats/feed",
    "/u/ana": "/u/ana/feed",
    "/topic/animals": "/topic/animals.rss",
    "/f/mix": "/f/mix.rss",
    "/d/1": "/d/1/feed",
    "/tag/k%C3%A4tzchen%26": "/tag/k%C3%A4tzchen%26/feed",
    "/search?q=%22%3Cx%3E%26%C3%A4": "/search/feed?q=%22%3Cx%3E%26%C3%A4",
}


async def test_every_page_names_its_feed_and_validators_take_it_whatever_people_write(
    app: Application, founder: Visitor, stranger: Visitor
) -> None:
    await founder.publish("cats", "Second", kind="link", url="https://news.example/a")
    await founder.publish("cats", "A picture", kind="link", url="https://news.example/a.png")
    await grouped(app, 1)
    await write_everywhere(app)
    base = app.settings.site.base_url
    own = (await founder.get("/user/settings/reading")).with_id("f-feed")["value"]
    for page, feed in (FEEDS | {"/user/settings/reading": own}).items():
        visitor = founder if feed == own else stranger
        named = [
            a["href"] for _, a in (await visitor.get(page)).tags if a.get("type") == "application/rss+xml"
        ]
        assert named == [feed], page
        answer = await stranger.get(feed.removeprefix(base))
        assert len(titles(answer)) == 3 - (page == "/d/1"), feed
        assert broken_rules(answer.html.encode(), base + feed.removeprefix(base)) == [], feed
    await founder.create_community("ours", local_only="1")
    assert "application/rss+xml" not in (await stranger.get("/c/ours")).html


async def write_everywhere(app: Application) -> None:
    """Put what nobody expects into everything that stands in feeds."""
    database = app.extensions[EXTENSION].database
    await making.add(database, Tag(id=7, name="kätzchen&", display_as=WORDS, post_count=3, banned=False))
    await making.add(database, *(PostTag(post_id=post, tag_id=7) for post in (1, 2, 3)))

    async def change(session: Any) -> None:
        for table, values in (
            (Post, {"title": WORDS, "body_html": HTML, "body": WORDS}),
            (Community, {"title": WORDS, "description": WORDS}),
            (User, {"title": WORDS}),
            (Topic, {"name": WORDS}),
            (Feed, {"title": WORDS, "description": "\x01"}),
        ):
            await session.execute(update(table).values(**values))
        await session.execute(update(Post).where(Post.id == 1).values(ap_id=f"{ADDRESS}1", title="\x01 "))
        await session.execute(update(Post).where(Post.id == 3).values(url=f"{ADDRESS}.png"))

    await database.write(change)


async def test_a_reader_is_not_sent_twice_what_it_has(founder: Visitor, stranger: Visitor) -> None:
    first = await stranger.get("/community/cats/feed")
    for header, value in {
        "If-None-Match": first.headers["ETag"],
        "If-Modified-Since": first.headers["Last-Modified"],
    }.items():
        again = await stranger.get("/community/cats/feed", **{header: value})
        assert (again.status, again.html) == (304, ""), header
    await founder.publish("cats", "News", body="x")
    page = await stranger.get("/community/cats/feed", **{"If-None-Match": first.headers["ETag"]})
    assert titles(page) == ["News", "First cat"]


async def test_a_feed_has_the_newest_twenty(app: Application, founder: Visitor, stranger: Visitor) -> None:
    database = app.extensions[EXTENSION].database
    author = await making.member(database, "bob")
    await making.posts(database, author, 1, 30)
    assert len(titles(await stranger.get("/community/cats/feed"))) == 20
