"""What is not safe for work, or gruesome: for members who want it, on sites that take it, never for strangers."""

from dataclasses import dataclass
from typing import Any

import pytest
from quart.typing import TestClientProtocol as Browser
from sqlalchemy import update

from service.http.application import Application
from service.storage.tables import Site, User
from service.storage.transaction import Database
from tests.forum import making
from tests.http.api.app_client import App, Refused
from tests.http.people import app_of, token_of
from tests.serving import held_by

SIGN, SAFE = "quokka", "wombat"


@dataclass(frozen=True)
class Scene:
    """The apps, the ids of what is not safe, and the database."""

    database: Database
    anas: App
    readers: App
    admins: App
    strangers: App
    safe: dict[str, int]
    lewd: dict[str, int]

    async def take_nsfw(self, wanted: bool) -> None:
        """Set whether the site takes it."""
        await self.database.write(lambda session: session.execute(update(Site).values(enable_nsfw=wanted)))


@pytest.fixture
async def scene(app: Application, client: Browser) -> Scene:
    database = held_by(app).database
    admin = await making.administrator(database)
    anas, ana = await app_of(app, client, "ana")
    readers, _ = await app_of(app, client, "ben")
    made = await anas.post("/community", name=f"{SIGN}_place", title=f"A {SIGN} place", nsfw=True)
    lewd = {"community": made["community_view"]["community"]["id"], "place": ana.community_id}
    safe = {"community": ana.community_id}
    for things, word in ((lewd, SIGN), (safe, SAFE)):
        body, where = f"Of a {word}.", things["community"]
        post = await anas.post("/post", title=f"A {word}", body=body, community_id=where)
        things["post"] = post["post_view"]["post"]["id"]
        comment = await anas.post("/comment", post_id=things["post"], body=f"What a {word}!")
        things["comment"] = comment["comment_view"]["comment"]["id"]
        feed = await anas.post("/feed", name=f"{word}_feed", title=f"{word} feed", nsfw=word == SIGN)
        things["feed"] = feed["id"]
    flagged = await anas.post("/post", title=f"[NSFW] A {SIGN}", community_id=ana.community_id)
    lewd["flagged"] = flagged["post_view"]["post"]["id"]
    await database.write(lambda session: session.execute(update(User).values(hide_nsfw=0, hide_nsfl=0)))
    admins = App(client, token_of(await making.viewer_of(database, admin.id)))
    return Scene(database, anas, readers, admins, App(client), safe, lewd)


def lists(scene: Scene) -> list[tuple[str, dict[str, Any]]]:
    """Lists and searches, each asked in every way for what is not safe."""
    asked: list[tuple[str, dict[str, Any]]] = [
        ("/community/list", {"show_nsfw": "true"}),
        ("/search", {"q": SIGN, "type_": "Communities", "nsfw": "Include"}),
        ("/suggest_completion", {"q": f"!{SIGN}"}),
        ("/feed/list", {}),
        ("/topic/list", {}),
        ("/comment/list", {}),
        ("/comment/list", {"community_id": scene.lewd["community"]}),
        ("/user", {"username": "ana", "include_content": "true"}),
    ]
    for wish in ("Include", "Only"):
        asked += [
            ("/post/list", {"nsfw": wish}),
            ("/post/list2", {"nsfw": wish}),
            ("/post/list", {"nsfw": wish, "community_id": scene.lewd["community"]}),
            ("/post/list", {"nsfw": wish, "community_name": f"{SIGN}_place"}),
            ("/post/list", {"nsfw": wish, "q": SIGN}),
            ("/search", {"nsfw": wish, "q": SIGN, "type_": "Posts"}),
            ("/search", {"nsfw": wish, "q": SIGN, "type_": "Comments"}),
        ]
    return asked


async def seen_in(app: App, asked: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, dict[str, Any]]]:
    """Of these lists those that show it; what is refused shows nothing."""
    found = []
    for path, query in asked:
        try:
            told = await app.get(path, **query)
        except Refused:
            continue
        if SIGN in str({name: part for name, part in told.items() if name != "moderates"}):
            found.append((path, query))
    return found


PAGES = (
    "/",
    f"/c/{SIGN}_place",
    f"/community/{SIGN}_place/feed",
    "/feed",
    "/u/ana",
    "/u/ana?show=comments",
    "/u/ana/feed",
    f"/search?q={SIGN}",
)


async def test_strangers_are_shown_none_however_they_ask(scene: Scene, client: Browser) -> None:
    assert await seen_in(scene.strangers, lists(scene)) == []
    for path in PAGES:
        told = await (await client.get(path)).get_data(as_text=True)
        assert f"A {SIGN}<" not in told, path
        assert f"Of a {SIGN}" not in told, path
        assert f"What a {SIGN}" not in told, path
    page = await (await client.get(f"/c/{SIGN}_place")).get_data(as_text=True)
    assert "Sign in to see what's posted here" in page
    assert len(await seen_in(scene.readers, lists(scene))) > 15


async def test_a_site_without_it_shows_none_to_anybody(scene: Scene, client: Browser) -> None:
    await scene.take_nsfw(False)
    for app in (scene.readers, scene.admins, scene.strangers):
        assert await seen_in(app, lists(scene)) == []
    for path, query in (
        ("/post", {"id": scene.lewd["post"]}),
        ("/post", {"id": scene.lewd["flagged"]}),
        ("/post/replies", {"post_id": scene.lewd["post"]}),
        ("/comment", {"id": scene.lewd["comment"]}),
        ("/community", {"id": scene.lewd["community"]}),
        ("/feed", {"id": scene.lewd["feed"]}),
    ):
        for app in (scene.readers, scene.strangers):
            with pytest.raises(Refused):
                await app.get(path, **query)
    for path in (f"/post/{scene.lewd['post']}", f"/c/{SIGN}_place", f"/community/{SIGN}_place/feed"):
        assert (await client.get(path)).status_code == 404, path
    for path, body in (("/post/like", {"score": 1}), ("/post/report", {"reason": "Rude"})):
        with pytest.raises(Refused):
            await scene.readers.post(path, post_id=scene.lewd["flagged"], **body)
    # Its author can still take it back, and the staff look at it.
    assert (await scene.admins.get("/community", id=scene.lewd["community"]))["community_view"]
    assert (await scene.admins.get("/post", id=scene.lewd["flagged"]))["post_view"]
    assert (await scene.anas.post("/post/delete", post_id=scene.lewd["flagged"], deleted=True))["post_view"]
    await scene.take_nsfw(True)
    assert len(await seen_in(scene.readers, lists(scene))) > 15


async def test_a_site_without_it_takes_none_at_any_door(scene: Scene, client: Browser) -> None:
    await scene.take_nsfw(False)
    where, post, feed = scene.safe["community"], scene.safe["post"], scene.safe["feed"]
    doors: list[tuple[str, str, dict[str, Any], str]] = [
        ("post", "/post", {"title": "New", "community_id": where, "nsfw": True}, "nsfw"),
        ("post", "/post", {"title": "[NSFW] New", "community_id": where}, "nsfw"),
        ("put", "/post", {"post_id": post, "nsfw": True}, "nsfw"),
        ("put", "/post", {"post_id": post, "title": f"A {SAFE} [NSFW]"}, "nsfw"),
        ("post", "/community", {"name": "newest", "title": "New", "nsfw": True}, "nsfw"),
        ("put", "/community", {"community_id": where, "nsfw": True}, "nsfw"),
        ("post", "/feed", {"name": "newest", "title": "New", "nsfw": True}, "nsfw"),
        ("put", "/feed", {"feed_id": feed, "nsfw": True}, "nsfw"),
        ("post", "/community/moderate/post/nsfw", {"post_id": post, "nsfw_status": True}, "nsfw_status"),
    ]
    for method, path, body, field in doors:
        with pytest.raises(Refused) as refused:
            await getattr(scene.anas, method)(path, **body)
        assert list(refused.value.body["errors"]["json"]) == [field], path
    for app in (scene.anas, scene.admins):
        with pytest.raises(Refused):
            await app.post("/post", title="Into the place", community_id=scene.lewd["community"])
    shown = (await scene.strangers.get("/post", id=post))["post_view"]["post"]
    assert (shown["title"], shown["nsfw"]) == (f"A {SAFE}", False)
    assert (await scene.anas.put("/post", post_id=post, body="Changed"))["post_view"]
    assert (await scene.anas.put("/community", community_id=where, title="Changed"))["community_view"]


async def test_a_site_that_takes_nothing_gruesome(scene: Scene, client: Browser) -> None:
    grim, where = f"[NSFL] A {SIGN}", scene.safe["community"]
    post = (await scene.anas.post("/post", title=grim, community_id=where))["post_view"]["post"]["id"]
    feed = await scene.anas.post("/feed", name="grim_feed", title=f"Grim {SIGN}", nsfl=True)
    only_grim = [asked for asked in lists(scene) if "nsfw" not in asked[1] and "show_nsfw" not in asked[1]]
    await scene.database.write(
        lambda session: session.execute(update(Site).values(enable_nsfl=False, enable_nsfw=False))
    )
    assert await seen_in(scene.readers, only_grim) == []
    await scene.take_nsfw(True)
    for app in (scene.readers, scene.strangers):
        for path, query in (("/post", {"id": post}), ("/feed", {"id": feed["id"]})):
            with pytest.raises(Refused):
                await app.get(path, **query)
    assert (await client.get(f"/post/{post}")).status_code == 404
    assert (await scene.readers.get("/post", id=scene.lewd["flagged"]))["post_view"], "one of the other kind"
    safe = scene.safe
    doors: list[tuple[str, str, dict[str, Any]]] = [
        ("post", "/post", {"title": "[NSFL] New", "community_id": where}),
        ("put", "/post", {"post_id": safe["post"], "title": f"A {SAFE} [NSFL]"}),
        ("post", "/feed", {"name": "newest", "title": "New", "nsfl": True}),
        ("put", "/feed", {"feed_id": safe["feed"], "nsfl": True}),
    ]
    for method, path, body in doors:
        with pytest.raises(Refused) as refused:
            await getattr(scene.anas, method)(path, **body)
        assert list(refused.value.body["errors"]["json"]) == ["nsfl"], path
    assert (await scene.admins.get("/post", id=post))["post_view"]
    assert (await scene.anas.post("/post/delete", post_id=post, deleted=True))["post_view"]
