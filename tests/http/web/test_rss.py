"""Feeds show a stranger what lists show a stranger, at the addresses that readers have."""

from xml.etree.ElementTree import fromstring

from service.http.application import Application
from service.http.context import EXTENSION
from service.storage.tables import Feed, FeedItem, Topic
from tests.forum import making
from tests.http.web.visitor import Page, Visitor


def titles(page: Page) -> list[str]:
    assert page.status == 200, page.text
    assert page.headers["Content-Type"].startswith("application/rss+xml")
    return [element.findtext("title") or "" for element in fromstring(page.html).iter("item")]


async def grouped(app: Application) -> None:
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
        *(FeedItem(feed_id=1, community_id=id_) for id_ in (1, 2, 3)),
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
    await grouped(app)
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


async def test_pages_name_their_feeds(founder: Visitor, stranger: Visitor) -> None:
    await founder.create_community("ours", local_only="1")
    for path, feed in {
        "/": "/feed",
        "/c/cats": "/community/cats/feed",
        "/u/ana": "/u/ana/feed",
        "/c/ours": "",
    }.items():
        found = [
            a["href"] for t, a in (await stranger.get(path)).tags if a.get("type") == "application/rss+xml"
        ]
        assert found == ([feed] if feed else []), path


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
