"""Who wants to be told of new posts in topics and feeds is told, also of what these show of those below them."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select, update

from service.forum.notifications.rules import POST_IN_FEED, POST_IN_TOPIC
from service.http.application import Application
from service.storage.tables import Community, Feed, FeedItem, Notification, Topic, UserFlair
from tests.forum import making
from tests.http.web.visitor import Visitor
from tests.serving import held_by
from tests.working import work_off

Told = Callable[[], Awaitable[list[str | None]]]


@pytest.fixture
async def grouped(app: Application, founder: Visitor) -> Told:
    """A topic and a public feed with another of their kind below, where the cats are; and what is told of them."""
    database = held_by(app).database
    await making.add(
        database,
        Topic(id=1, name="Animals", machine_name="animals", show_posts_in_children=True),
        Topic(id=2, name="Pets", machine_name="pets", parent_id=1, show_posts_in_children=False),
        Feed(
            id=1,
            title="Mix",
            name="mix",
            machine_name="mix",
            public=True,
            show_posts_in_children=True,
            user_id=2,
        ),
        Feed(id=2, title="Low", name="low", machine_name="low", public=True, parent_feed_id=1, user_id=2),
        FeedItem(feed_id=2, community_id=1),
    )
    await database.write(lambda session: session.execute(update(Community).values(topic_id=2)))

    async def told() -> list[str | None]:
        await work_off(held_by(app))
        async with database.read() as db:
            rows = await db.execute(
                select(Notification.subtype, Notification.title).order_by(Notification.id)
            )
            return [row.subtype for row in rows if row.title == "News of cats"]

    return told


@pytest.mark.parametrize(
    ("page", "watch", "subtype"),
    [
        ("/topic/animals/pets", "/topic/2", POST_IN_TOPIC),
        ("/topic/animals", "/topic/1", POST_IN_TOPIC),
        ("/f/low", "/f/low", POST_IN_FEED),
        ("/f/mix", "/f/mix", POST_IN_FEED),
    ],
)
async def test_who_watches_a_group_is_told_once(
    founder: Visitor, reader: Visitor, grouped: Told, page: str, watch: str, subtype: str
) -> None:
    shown = await reader.get(page)
    assert "First cat" in shown.text
    assert f"{watch}/watch" in [tag.get("formaction") for _, tag in shown.tags]
    for _ in range(2):
        await reader.send(f"{watch}/watch", next=page)
    assert f"{watch}/unwatch" in [tag.get("formaction") for _, tag in (await reader.get(page)).tags]
    await founder.publish("cats", "News of cats")
    assert await grouped() == [subtype]
    await reader.send(f"{watch}/unwatch", next=page)
    await founder.publish("cats", "Other news of cats")
    assert len(await grouped()) == 1


async def test_a_topic_that_keeps_to_itself_shows_nothing_of_those_below(
    app: Application, founder: Visitor, reader: Visitor, grouped: Told
) -> None:
    await held_by(app).database.write(
        lambda session: session.execute(
            update(Topic).where(Topic.id == 1).values(show_posts_in_children=False)
        )
    )
    assert "First cat" not in (await reader.get("/topic/animals")).text
    await reader.send("/topic/1/watch")
    await founder.publish("cats", "News of cats")
    assert await grouped() == []
    assert (await reader.send("/topic/4711/watch")).status == 404
    assert (await reader.send("/f/none/watch")).status == 404


async def test_the_words_beside_a_name_stand_with_posts_and_comments(
    app: Application, founder: Visitor, stranger: Visitor
) -> None:
    await making.add(held_by(app).database, UserFlair(user_id=2, community_id=1, flair="Cat <keeper>"))
    await founder.get("/post/1")
    await founder.send("/post/1/reply", body="Hello")
    for path, times in {"/": 1, "/c/cats": 1, "/post/1": 2, "/u/ana": 1}.items():
        page = await stranger.get(path)
        assert page.html.count("Cat &lt;keeper&gt;") >= times, path
