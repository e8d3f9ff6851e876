"""What a viewer does not want to see is in none of the lists of the API: blocks, words, kinds and languages."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest
from quart.typing import TestClientProtocol as Browser
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from service.http.application import Application
from service.storage.tables import Comment, Instance, Post, User
from service.storage.transaction import Database
from tests.forum import making
from tests.http.api.app_client import App
from tests.http.people import token_of
from tests.serving import held_by

FAR = 77
ENGLISH, WELSH = 2, 3

# A post of Ben's with a comment of his below it, and another comment of his below somebody else's post.
UNWANTED, BESIDE = "Unwanted", "Beside"
POSTS: dict[str, tuple[str, dict[str, Any]]] = {
    "posts": ("/post/list", {}),
    "posts by cursor": ("/post/list2", {}),
    "found posts": ("/search", {"q": "walrus", "type_": "Posts"}),
}
COMMENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "comments": ("/comment/list", {}),
    "found comments": ("/search", {"q": "walrus", "type_": "Comments"}),
}
Found = set[tuple[str, str]]


def found_in(sign: str, lists: Iterable[str]) -> Found:
    """The sign in each of these lists."""
    return {(name, sign) for name in lists}


UNDER_THE_POST = found_in(UNWANTED, [*POSTS, *COMMENTS])
IN_THREAD = found_in(BESIDE, ["replies"])
ALL = UNDER_THE_POST | found_in(BESIDE, COMMENTS) | IN_THREAD


class Scene:
    """Ana reads what Ben and Cleo wrote."""

    def __init__(self, database: Database, ana: App, anonymous: App, ids: dict[str, Any]) -> None:
        self.database, self.ana, self.anonymous, self.ids = database, ana, anonymous, ids

    async def seen_by(self, app: App) -> Found:
        """What of Ben's is seen where."""
        lists = POSTS | COMMENTS | {"replies": ("/post/replies", {"post_id": self.ids["wanted"]})}
        answers = {name: str(await app.get(path, **query)) for name, (path, query) in lists.items()}
        return {(name, sign) for name, text in answers.items() for sign in (UNWANTED, BESIDE) if sign in text}

    async def change(self, *statements: Any) -> None:
        """Change rows."""

        async def run(session: AsyncSession) -> None:
            for statement in statements:
                await session.execute(statement)

        await self.database.write(run)


@pytest.fixture
async def scene(app: Application, client: Browser) -> Scene:
    database = held_by(app).database
    people = {name: await making.member(database, name) for name in ("ana", "ben", "cleo")}
    apps = {name: App(client, token_of(person)) for name, person in people.items()}
    cats = await making.community(database, people["ben"])
    dogs = await making.community(database, people["cleo"], "dogs")
    link = "https://spam.example/x"
    unwanted = await _publish(apps["ben"], cats, title=f"{UNWANTED} walrus", url=link)
    wanted = await _publish(apps["cleo"], dogs, title="A walrus that is wanted")
    await apps["ben"].post("/comment", post_id=unwanted, body=f"{UNWANTED} walrus, says Ben")
    await apps["ben"].post("/comment", post_id=wanted, body=f"{BESIDE} the walrus")
    ids = {"ben": people["ben"].id, "cats": cats, "unwanted": unwanted, "wanted": wanted}
    made = Scene(database, apps["ana"], App(client), ids)
    await made.database.write(_add_far_server)
    far = {"instance_id": FAR, "language_id": WELSH, "from_bot": True}
    await made.change(
        update(Post).where(Post.id == unwanted).values(**far),
        update(Comment).values(**far),
        update(Post).where(Post.id == wanted).values(language_id=ENGLISH),
    )
    return made


async def _publish(app: App, community_id: int, **post: str) -> int:
    made = await app.post("/post", community_id=community_id, **post)
    return int(made["post_view"]["post"]["id"])


async def _add_far_server(session: AsyncSession) -> None:
    session.add(Instance(id=FAR, domain="far.example", software="mbin"))


Wish = Callable[[Scene], Awaitable[Any]]
OF_BEN: dict[str, Wish] = {
    "a person": lambda scene: scene.ana.post("/user/block", person_id=scene.ids["ben"], block=True),
    "a server": lambda scene: scene.ana.post("/site/block", instance_id=FAR, block=True),
    "bots": lambda scene: scene.ana.put("/user/save_user_settings", bot_visibility="Hide"),
}
OF_THE_POST: dict[str, Wish] = {
    "a community": lambda scene: scene.ana.post(
        "/community/block", community_id=scene.ids["cats"], block=True
    ),
    "a website": lambda scene: scene.ana.post("/domain/block", domain="spam.example", block=True),
    "a word": lambda scene: scene.ana.put("/user/save_user_settings", community_keyword_filter=["cat"]),
    "a post": lambda scene: scene.ana.post("/post/hide", post_id=scene.ids["unwanted"], hidden=True),
}


@pytest.mark.parametrize("what", OF_BEN)
async def test_what_is_kept_out_of_somebody_is_in_no_list(scene: Scene, what: str) -> None:
    assert await scene.seen_by(scene.ana) == ALL
    await OF_BEN[what](scene)
    assert await scene.seen_by(scene.ana) == set()


@pytest.mark.parametrize("what", OF_THE_POST)
async def test_what_is_kept_out_with_its_post_is_in_no_list(scene: Scene, what: str) -> None:
    assert await scene.seen_by(scene.ana) == ALL
    await OF_THE_POST[what](scene)
    assert await scene.seen_by(scene.ana) == ALL - UNDER_THE_POST


@pytest.mark.parametrize("kind", ["nsfw", "nsfl", "ai_generated"])
async def test_a_kind_that_is_kept_out_is_in_no_list(scene: Scene, kind: str) -> None:
    await scene.change(update(Post).where(Post.id == scene.ids["unwanted"]).values({kind: True}))
    setting = {"ai_generated": "genai_visibility"}.get(kind, f"{kind}_visibility")
    for wish, seen in (("Show", ALL), ("Hide", ALL - UNDER_THE_POST)):
        await scene.ana.put("/user/save_user_settings", **{setting: wish})
        assert await scene.seen_by(scene.ana) == seen


async def test_only_members_see_what_is_not_safe_for_work_by_asking(scene: Scene) -> None:
    await scene.change(update(Post).where(Post.id == scene.ids["unwanted"]).values(nsfw=True))
    assert await scene.seen_by(scene.anonymous) == ALL - UNDER_THE_POST
    for wish, seen in (("Include", {UNWANTED, BESIDE}), ("Exclude", {BESIDE}), ("Only", {UNWANTED})):
        for app, may_see in ((scene.ana, {UNWANTED, BESIDE}), (scene.anonymous, {BESIDE})):
            answer = str(await app.get("/search", q="walrus", type_="Comments", nsfw=wish))
            assert {sign for sign in (UNWANTED, BESIDE) if sign in answer} == seen & may_see, wish


async def test_a_language_that_is_not_read_is_in_no_list_but_in_its_thread(scene: Scene) -> None:
    await scene.change(update(User).where(User.user_name == "ana").values(read_language_ids=[ENGLISH]))
    assert await scene.seen_by(scene.ana) == IN_THREAD


async def test_what_is_sought_on_purpose_is_shown_whoever_wrote_it(scene: Scene) -> None:
    await scene.ana.put("/post/save", post_id=scene.ids["unwanted"], save=True)
    await OF_BEN["a person"](scene)
    await OF_THE_POST["a word"](scene)
    for path, query in (
        ("/post/list", {"person_id": scene.ids["ben"]}),
        ("/post/list", {"saved_only": "true"}),
        ("/comment/list", {"person_id": scene.ids["ben"]}),
        ("/user", {"person_id": scene.ids["ben"], "include_content": "true"}),
    ):
        assert UNWANTED in str(await scene.ana.get(path, **query)), path
