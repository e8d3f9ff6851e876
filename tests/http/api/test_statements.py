"""No list asks the database once a row: each takes as many statements for a hundred rows as for ten."""

from typing import Any
from uuid import uuid4

import msgspec
import pytest
from quart.typing import TestClientProtocol as Browser
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.viewer import Viewer
from service.http.application import Application
from service.storage.tables import (
    Comment,
    Community,
    CommunityMember,
    File,
    ModLog,
    Notification,
    Picture,
    Post,
    Topic,
    UserFile,
)
from service.storage.transaction import Database
from tests.forum import making
from tests.http.api.app_client import App
from tests.http.people import token_of
from tests.serving import held_by
from tests.statements import counted

FEW, MANY = 10, 100
# Of each request: looking up who asks.
WHO_ASKS = 1

# Path and query; the part of the answer that is the list; how many statements it takes at most, without who asks: one
# for the rows and one for what they are to the viewer, and both again for the posts that comments stand under; one more
# finds posts.
LISTS = {
    "posts": ("/post/list", {}, "posts", 3),
    "posts, by cursor": ("/post/list2", {}, "posts", 3),
    "posts of a community": ("/post/list", {"community_id": "{place}"}, "posts", 3),
    "posts of one's communities": ("/post/list", {"type_": "Subscribed"}, "posts", 3),
    "comments": ("/comment/list", {}, "comments", 4),
    "comments of a post": ("/comment/list", {"post_id": "{post}"}, "comments", 5),
    "answers of a post": ("/post/replies", {"post_id": "{post}"}, "comments", 5),
    "communities": ("/community/list", {}, "communities", 2),
    "one's communities": ("/community/list", {"type_": "Subscribed"}, "communities", 2),
    "what one was told": ("/user/notifications", {}, "items", 2),
    "one's images": ("/user/media", {}, "media", 2),
    "what moderators did": ("/modlog", {}, "removed_posts", 4),
    "what a person wrote": ("/user", {"username": "ana", "include_content": "true"}, "posts", 10),
    "topics": ("/topic/list", {}, "topics", 3),
}


class World(msgspec.Struct):
    """A place that grows: its owner, a post in it, and how many of everything there are."""

    owner: Viewer
    place: int
    post: int
    size: int = 0


@pytest.fixture
async def world(database: Database) -> World:
    ana = await making.member(database, "ana")
    place = await making.community(database, ana)
    [post] = await making.posts(database, ana, place, 1)
    return World(ana, place, post)


async def grow(session: AsyncSession, world: World, size: int) -> None:
    """Let there be `size` of everything that is listed."""
    for number in range(world.size, size):
        await _add_one_of_each(session, world, number)
    await session.flush()


async def _add_one_of_each(session: AsyncSession, world: World, number: int) -> None:
    me = world.owner.id
    place = Community(
        name=f"place{number}", title="Place", user_id=me, instance_id=1, ap_profile_id=f"{uuid4()}"
    )
    picture = File(file_path=f"app/static/media/{number}.webp", source_url=f"https://pie.example/{uuid4()}")
    session.add_all([place, picture, Topic(name=f"Topic {number}", machine_name=f"topic{number}")])
    await session.flush()
    post = Post(user_id=me, community_id=place.id, title="A post", instance_id=1, ap_id=f"{uuid4()}")
    session.add_all(
        [
            CommunityMember(user_id=me, community_id=place.id),
            UserFile(user_id=me, file_id=picture.id, size=1),
            Picture(file_id=picture.id, original=f"/media/{number}.webp"),
            post,
            Post(user_id=me, community_id=world.place, title="Here", instance_id=1, ap_id=f"{uuid4()}"),
            Comment(user_id=me, community_id=world.place, post_id=world.post, body="So it is", instance_id=1),
            Notification(title="News", url="/", user_id=me, author_id=me, notif_type=3, targets={}),
        ]
    )
    await session.flush()
    session.add(
        ModLog(
            user_id=me, type="mod", action="delete_post", post_id=post.id, community_id=place.id, public=True
        )
    )


async def test_lists_take_as_many_statements_for_many_rows_as_for_few(
    app: Application, client: Browser, world: World
) -> None:
    database = held_by(app).database
    few, many = [await _listed(database, client, world, size) for size in (FEW, MANY)]
    assert {name: len(sent) for name, sent in few.items()} == {name: len(sent) for name, sent in many.items()}
    too_many = {name: sent for name, sent in many.items() if len(sent) - WHO_ASKS > LISTS[name][3]}
    assert not too_many, "\n".join(one[:90] for sent in too_many.values() for one in sent)


async def _listed(database: Database, client: Browser, world: World, size: int) -> dict[str, list[str]]:
    """Return the statements that each list takes where there are so many of everything."""
    await database.write(grow, world, size + 1)
    world.size = size + 1
    app, taken = App(client, token_of(world.owner)), {}
    for name, (path, query, part, _) in LISTS.items():
        ids = {"place": world.place, "post": world.post}
        wanted: dict[str, Any] = {key: value.format(**ids) for key, value in query.items()}
        with counted(database) as sent:
            answer = await app.get(path, limit=size, **wanted)
        assert len(answer[part]) >= size, name
        taken[name] = sent
    return taken
