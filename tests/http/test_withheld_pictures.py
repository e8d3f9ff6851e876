"""Pictures of what is gone: for their owner and for those who moderate there, and for nobody else until it is back."""

from dataclasses import dataclass
from typing import Any

import pytest
from quart.typing import TestClientProtocol as Browser
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.http.application import Application
from service.storage.tables import Comment, Community, Picture, Post
from service.storage.transaction import Database
from tests.http.api.app_client import App
from tests.http.uploading import picture, sent
from tests.http.web.visitor import PASSWORD, Visitor
from tests.serving import held_by

FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Scene:
    """A picture of ana's in moe's community, in three sizes, and the browsers of people."""

    database: Database
    ana: App
    mo: App
    post: int
    community: int
    url: str
    paths: list[str]
    browsers: dict[str, Browser]

    async def given(self) -> dict[str, set[int]]:
        """What each gets who asks for the sizes."""
        return {
            who: {(await browser.get(f"/{path}")).status_code for path in self.paths}
            for who, browser in self.browsers.items()
        }


@pytest.fixture
async def scene(app: Application) -> Scene:
    database, people = held_by(app).database, {}
    for name in ("moe", "ana", "ben"):
        people[name] = await Visitor(app.test_client()).register(name)
    ana, mo = [await App(app.test_client()).sign_in(name, PASSWORD) for name in ("ana", "moe")]
    made = (await mo.post("/community", name="cats", title="Cats"))["community_view"]["community"]["id"]
    assert ana.token
    await sent(ana.client, ana.token, picture())
    (upload,) = (await ana.get("/user/media"))["media"]
    post = await ana.post("/post", title="A cat", url=upload["url"], community_id=made)
    async with database.read() as db:
        row = (await db.execute(select(Picture.original, Picture.medium, Picture.thumbnail))).one()
    browsers = {"stranger": app.test_client()} | {name: who.client for name, who in people.items()}
    post_id = post["post_view"]["post"]["id"]
    return Scene(database, ana, mo, post_id, made, upload["url"], [path for path in row if path], browsers)


OPEN = {"stranger": {200}, "ben": {200}, "moe": {200}, "ana": {200}}
WITHHELD = {"stranger": {404}, "ben": {404}, "moe": {200}, "ana": {200}}


async def test_a_picture_goes_and_comes_with_its_post(scene: Scene) -> None:
    assert await scene.given() == OPEN
    takings: dict[str, Any] = {
        "removed": (scene.mo, "/post/remove", "removed", {"reason": "Rude"}),
        "deleted": (scene.ana, "/post/delete", "deleted", {}),
    }
    for who, path, word, more in takings.values():
        await who.post(path, post_id=scene.post, **{word: True}, **more)
        assert await scene.given() == WITHHELD
        await who.post(path, post_id=scene.post, **{word: False}, **more)
        assert await scene.given() == OPEN


async def test_a_picture_goes_with_its_community(scene: Scene) -> None:
    gone = update(Community).where(Community.id == scene.community).values(banned=True)
    await scene.database.write(AsyncSession.execute, gone)
    assert await scene.given() == WITHHELD


async def test_a_picture_stays_that_something_else_shows(scene: Scene) -> None:
    await scene.ana.post("/post", title="The same cat", url=scene.url, community_id=scene.community)
    await scene.mo.post("/post/remove", post_id=scene.post, removed=True, reason="Rude")
    assert await scene.given() == OPEN
    await scene.database.write(AsyncSession.execute, update(Post).values(deleted=True))
    assert await scene.given() == WITHHELD
    await scene.ana.put("/user/save_user_settings", avatar=scene.url)
    assert await scene.given() == OPEN


async def test_a_picture_goes_and_comes_with_its_comment(scene: Scene) -> None:
    made = await scene.ana.post("/comment", post_id=scene.post, body="Look")
    comment = made["comment_view"]["comment"]["id"]
    image = select(Post.image_id).scalar_subquery()
    await scene.database.write(AsyncSession.execute, update(Comment).values(image_id=image))
    await scene.database.write(AsyncSession.execute, update(Post).values(image_id=None))
    assert await scene.given() == OPEN
    takings: tuple[tuple[App, str, str, dict[str, Any]], ...] = (
        (scene.mo, "/comment/remove", "removed", {"comment_id": comment, "reason": "Rude"}),
        (scene.ana, "/comment/delete", "deleted", {"comment_id": comment}),
        (scene.mo, "/post/remove", "removed", {"post_id": scene.post, "reason": "Rude"}),
    )
    for who, path, word, more in takings:
        await who.post(path, **{word: True}, **more)
        assert await scene.given() == WITHHELD, path
        await who.post(path, **{word: False}, **more)
        assert await scene.given() == OPEN, path


async def test_a_picture_goes_and_comes_with_the_text_that_shows_it(scene: Scene) -> None:
    await scene.database.write(AsyncSession.execute, update(Post).values(image_id=None))
    shown = f"Look ![there]({scene.url})"
    made = await scene.ana.post("/comment", post_id=scene.post, body=shown)
    comment = made["comment_view"]["comment"]["id"]
    assert await scene.given() == OPEN
    await scene.mo.post("/comment/remove", comment_id=comment, removed=True, reason="Rude")
    assert await scene.given() == WITHHELD
    await scene.ana.put("/post", post_id=scene.post, body=shown)
    assert await scene.given() == OPEN, "another text shows it"
    await scene.ana.post("/post/delete", post_id=scene.post, deleted=True)
    assert await scene.given() == WITHHELD
    await scene.ana.put("/user/save_user_settings", bio=shown)
    assert await scene.given() == OPEN, "the profile shows it"
    await scene.ana.put("/user/save_user_settings", bio="")
    assert await scene.given() == WITHHELD
    await scene.ana.post("/post/delete", post_id=scene.post, deleted=False)
    await scene.ana.put("/post", post_id=scene.post, body="Nothing")
    assert await scene.given() == WITHHELD, "the comment's alone again"
    await scene.mo.post("/comment/remove", comment_id=comment, removed=False, reason="Not so rude")
    assert await scene.given() == OPEN


async def test_nobody_has_another_s_picture_withheld(scene: Scene) -> None:
    await scene.database.write(AsyncSession.execute, update(Post).values(image_id=None))
    made = await scene.mo.post("/comment", post_id=scene.post, body=f"![]({scene.url})")
    await scene.mo.post("/comment/delete", comment_id=made["comment_view"]["comment"]["id"], deleted=True)
    assert await scene.given() == OPEN


async def test_no_cache_keeps_what_is_withheld(scene: Scene) -> None:
    address, ana = f"/{scene.paths[0]}", scene.browsers["ana"]
    etag = (await ana.get(address)).headers["ETag"]
    assert (await ana.get(address)).headers["Cache-Control"] == FOREVER
    await scene.ana.post("/post/delete", post_id=scene.post, deleted=True)
    assert (await ana.get(address)).headers["Cache-Control"] == "no-store"
    again = await scene.browsers["stranger"].get(
        address, headers={"If-None-Match": etag, "Range": "bytes=0-9"}
    )
    assert (again.status_code, "immutable" in again.headers.get("Cache-Control", "")) == (404, False)
