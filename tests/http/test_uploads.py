"""Uploads through both doors: whose they are, what they may take up, what is refused, what happens when they go."""

import asyncio
import os
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from quart.typing import TestClientProtocol as Browser
from sqlalchemy import text

from service.assembly import build_app
from service.config import Config
from service.forum.attachments import blocked, keeping
from service.http.application import Application
from service.lifecycle import Resources
from service.media.errors import ChildDied
from service.storage.transaction import Database
from tests.forum.making import administrator
from tests.http.people import Place, app_of, bearer, place, token_of
from tests.http.uploading import count, large_picture, picture, send, sent, stored
from tests.http.web.visitor import Page, Visitor
from tests.media.pictures import SVG, file_of, opened, quadrants
from tests.media.s3 import S3Server
from tests.servers import DOMAIN
from tests.serving import held_by
from tests.workers.events import waiting
from tests.working import work_off


@pytest.fixture
def database(app: Application) -> Database:
    return held_by(app).database


@pytest.fixture
async def here(database: Database) -> Place:
    return await place(database)


async def site_with(config: Config, **store: Any) -> Application:
    """Build a site whose images are kept under other rules."""
    return build_app(
        msgspec.structs.replace(
            config,
            store=msgspec.structs.replace(config.store, **store),
            limits=msgspec.structs.replace(config.limits, enabled=False),
        )
    )


async def refusal(answer: Any, status: int = 400) -> dict[str, str]:
    """Return what an answer says about each field."""
    body = await answer.get_json()
    assert answer.status_code == status, body
    fields: dict[str, str] = body["errors"]["json"]
    return fields


def grounds(page: Page) -> list[str]:
    """Return the colours that fill the places of pictures."""
    fills = [found.get("fill", "") for tag, found in page.tags if tag == "rect"]
    return [fill for fill in fills if fill.startswith("#")]


# Whose it is, and what it takes up


async def test_an_upload_is_listed_with_its_name_and_counted(
    client: Browser, here: Place, database: Database
) -> None:
    paths = [await sent(client, here.token, picture(seed)) for seed in range(3)]
    answer = await client.get("/api/alpha/user/media?limit=2", headers=bearer(here.token))
    first = await answer.get_json()
    assert [row["url"] for row in first["media"]] == [
        f"http://pie.example{path}" for path in (paths[2], paths[1])
    ]
    assert all(row["name"].endswith(".webp") for row in first["media"])
    answer = await client.get("/api/alpha/user/media?page=2&limit=2", headers=bearer(here.token))
    second = await answer.get_json()
    assert ([row["url"] for row in second["media"]], second["next_page"]) == (
        [f"http://pie.example{paths[0]}"],
        None,
    )
    assert first["next_page"] == "2"
    async with database.read() as db:
        sizes = (await db.execute(text("SELECT sum(size), count(*) FROM user_file"))).one()
    assert (sizes[0] > 1000, sizes[1]) == (True, 3)


async def test_nobody_sees_or_deletes_what_is_somebody_elses(
    app: Application, client: Browser, here: Place
) -> None:
    path = await sent(client, here.token, picture())
    other = await place(held_by(app).database, "ben")
    answer = await client.get("/api/alpha/user/media", headers=bearer(other.token))
    assert await answer.get_json() == {"media": [], "next_page": None}
    for file in (f"http://pie.example{path}", path.rpartition("/")[2], "", "nothing", "a\0b", "%"):
        answer = await client.post(
            "/api/alpha/image/delete", json={"file": file}, headers=bearer(other.token)
        )
        assert answer.status_code == 400, file
    assert (await client.get(path)).status_code == 200
    stranger = await client.post("/api/alpha/image/delete", json={"file": path})
    assert stranger.status_code == 400


async def test_the_quota_is_said_with_its_numbers(config: Config) -> None:
    app = await site_with(config, quota=40_000)
    async with app.test_app():
        here = await place(held_by(app).database)
        client = app.test_client()
        answers = [await send(client, here.token, picture(seed, (2000, 1500))) for seed in range(12)]
        statuses = [answer.status_code for answer in answers]
        assert statuses[0] == 200
        assert statuses[-1] == 400
        words = (await refusal(answers[-1]))["file"]
        assert words.startswith("Your images use ")
        assert " of 40 kB, and this one needs " in words
        async with held_by(app).database.read() as db:
            assert (await db.execute(text("SELECT sum(size) FROM user_file"))).scalar_one() <= 40_000


async def test_uploads_at_once_do_not_go_over_the_quota_together(config: Config) -> None:
    app = await site_with(config, quota=20_000)
    async with app.test_app():
        here = await place(held_by(app).database)
        await asyncio.gather(*(send(app.test_client(), here.token, picture(seed)) for seed in range(8)))
        async with held_by(app).database.read() as db:
            used, number = (await db.execute(text("SELECT sum(size), count(*) FROM user_file"))).one()
    assert 0 < used <= 20_000
    assert number < 8


@pytest.mark.parametrize(
    ("data", "words"),
    [(SVG, "SVG images"), (b"no image", "isn't an image"), (b"x" * (16 * 2**20 + 1), "larger than 16 MB"),
     (file_of(quadrants(), "PNG")[:80], "")],
    ids=["svg", "text", "too large", "half"],
)  # fmt: skip
async def test_what_is_refused_names_the_field(
    app: Application, client: Browser, here: Place, data: bytes, words: str
) -> None:
    fields = await refusal(await send(client, here.token, data))
    assert fields.keys() == {"file"}
    assert words in fields["file"]
    assert stored(app) == set()


# When it goes


async def test_a_picture_that_is_deleted_is_gone_everywhere_after_the_commit(
    app: Application, client: Browser, here: Place, database: Database
) -> None:
    path = await sent(client, here.token, picture())
    url = f"http://pie.example{path}"
    new = {"community_id": here.community_id, "title": "A picture", "url": url}
    post = await (await client.post("/api/alpha/post", json=new, headers=bearer(here.token))).get_json()
    assert post["post_view"]["post"]["post_type"] == "Image"
    assert await count(database, "file") == 1, "the upload itself is the post's picture"
    assert len(stored(app)) == 3
    answer = await client.post("/api/alpha/image/delete", json={"file": url}, headers=bearer(here.token))
    assert (answer.status_code, await answer.get_json()) == (200, {"result": "success"})
    assert len(stored(app)) == 3, "files go after the commit, by a worker"
    await work_off(held_by(app))
    assert stored(app) == set()
    left = [await count(database, f"pieloop.{table}") for table in ("picture", "stored_object")]
    assert [*left, await waiting(database)] == [0, 0, 0]
    assert await count(database, "file") == 0
    shown = await client.get(f"/api/alpha/post?id={post['post_view']['post']['id']}")
    shown_post = (await shown.get_json())["post_view"]["post"]
    assert (shown_post["post_type"], "url" in shown_post, "thumbnail_url" in shown_post) == (
        "Discussion",
        False,
        False,
    )
    assert (await client.get(path)).status_code == 404


async def test_the_same_picture_of_two_members_stays_until_both_are_gone(
    app: Application, client: Browser, here: Place
) -> None:
    other = await place(held_by(app).database, "ben")
    path = await sent(client, here.token, picture())
    assert await sent(client, other.token, picture()) == path
    assert len(stored(app)) == 3
    for token, files in ((here.token, 3), (other.token, 0)):
        await client.post("/api/alpha/image/delete", json={"file": path}, headers=bearer(token))
        await work_off(held_by(app))
        assert len(stored(app)) == files


async def test_an_app_shows_an_upload_by_its_address_with_what_it_says_of_it(
    app: Application, client: Browser
) -> None:
    """Also where it changes a post that linked elsewhere; nothing is fetched for it."""
    ana, here = await app_of(app, client)
    first, second = [f"http://{DOMAIN}{await sent(client, here.token, picture(seed))}" for seed in (1, 2)]
    made = await ana.post(
        "/post", title="A picture", community_id=here.community_id, url=first, alt_text="One"
    )
    shown = made["post_view"]["post"]
    assert (shown["url"], shown["alt_text"], shown["post_type"]) == (first, "One", "Image")
    edited = await ana.put("/post", post_id=shown["id"], url=second, alt_text="Two")
    shown = edited["post_view"]["post"]
    assert (shown["url"], shown["alt_text"], shown["post_type"]) == (second, "Two", "Image")
    assert shown["thumbnail_url"].startswith(f"http://{DOMAIN}/media/")
    async with held_by(app).database.read() as db:
        kinds = await db.execute(text("SELECT kind FROM pieloop.outbox"))
    assert "PreviewRequested" not in kinds.scalars().all()


async def test_another_avatar_lets_the_old_one_go(app: Application) -> None:
    ana = await Visitor(app.test_client()).register("ana")
    for seed in (1, 2):
        await ana.get("/user/settings")
        assert (await ana.send("/user/settings/picture", image=picture(seed))).status == 303
    assert await count(held_by(app).database, "file") == 1
    await work_off(held_by(app))
    assert len(stored(app)) == 3


async def test_the_picture_of_a_post_that_is_refused_or_sent_twice_is_not_kept(app: Application) -> None:
    ana = await Visitor(app.test_client()).register("ana")
    await ana.create_community("pics")
    page = await ana.send("/community/pics/submit", kind="photo", title="x", image=picture())
    assert page.status == 422
    assert await count(held_by(app).database, "file") == 0
    first, second = [await ana.publish("pics", "Twice", kind="photo", image=picture()) for _ in range(2)]
    assert first == second
    assert await count(held_by(app).database, "user_file") == 1
    await work_off(held_by(app))
    assert len(stored(app)) == 3


# The pages of a member


async def test_a_member_sees_and_deletes_pictures(app: Application) -> None:
    ana = await Visitor(app.test_client()).register("ana")
    await ana.create_community("pics")
    empty = await ana.get("/user/files")
    assert "No images yet" in empty.text
    path = await ana.publish("pics", "Look at this", kind="photo", image=picture(), alt_text="Two squares")
    page = await ana.get("/user/files")
    assert "Look at this" in page.text
    assert "of 1.0 GB" in page.text
    (link,) = page.links("/user/files/")
    question = await ana.get(link)
    assert "This can't be undone" in question.text
    ben = await Visitor(app.test_client()).register("ben")
    assert (await ben.get(link)).status == 404
    assert (await ben.send(link)).status == 404
    page = await ana.follow(await ana.send(link))
    assert "Image deleted." in page.text
    assert "No images yet" in page.text
    post = await ana.get(path)
    assert (post.status, 'class="photo"' in post.html) == (200, False)
    await work_off(held_by(app))
    assert stored(app) == set()


@pytest.mark.parametrize("path", ["/user/files", "/user/files/1/delete", "/admin/blocked_images"])
async def test_strangers_are_sent_to_sign_in(app: Application, path: str) -> None:
    page = await Visitor(app.test_client()).get(path)
    assert (page.status, page.location.startswith("/auth/login")) == (303, True)


async def test_a_page_keeps_the_place_of_a_picture(app: Application) -> None:
    ana = await Visitor(app.test_client()).register("ana")
    await ana.create_community("pics")
    path = await ana.publish("pics", "Wide", kind="photo", image=picture(), alt_text="A <b>wide</b> one")
    page = await ana.get(path)
    (photo,) = [found for tag, found in page.tags if tag == "img" and found.get("srcset")]
    assert (photo["width"], photo["height"], photo["alt"]) == ("1400", "900", "A <b>wide</b> one")
    offered = [part.rpartition(" ") for part in photo["srcset"].split(", ")]
    assert [width for _, _, width in offered] == ["320w", "1024w", "1400w"]
    for url, _, width in offered:
        answer = await app.test_client().get(url)
        assert opened(await answer.get_data(as_text=False)).width == int(width[:-1]), (
            "a size is as wide as it says"
        )
    assert photo["sizes"] == "(width >= 62rem) min(48rem, 1400px), min(100vw, 1400px)"
    assert len(grounds(page)) == 1
    assert "style=" not in page.html
    assert "A <b>wide</b> one" in page.text, "what it shows can be read on request"
    feed = await ana.get("/c/pics")
    (thumb,) = [found for tag, found in feed.tags if tag == "img" and found.get("width") == "112"]
    assert (thumb["loading"], thumb["height"]) == ("lazy", "84")


async def test_a_drawing_that_can_be_seen_through_gets_no_ground(app: Application) -> None:
    from PIL import Image

    ana = await Visitor(app.test_client()).register("ana")
    await ana.create_community("pics")
    drawing = Image.new("RGBA", (200, 100), (0, 0, 0, 0))
    drawing.paste((0, 0, 0, 255), (50, 20, 150, 80))
    path = await ana.publish("pics", "Ink", kind="photo", image=file_of(drawing, "PNG"))
    assert grounds(await ana.get(path)) == []


# What takes long


async def test_a_large_picture_is_worked_on_by_the_worker_and_the_page_fills_in(config: Config) -> None:
    app = await site_with(config, at_once=0.01)
    async with app.test_app():
        ana = await Visitor(app.test_client()).register("ana")
        await ana.create_community("pics")
        path = await ana.publish("pics", "Large", kind="photo", image=large_picture(), alt_text="Snow")
        before = await ana.get(path)
        (part,) = [found["hx-get"] for _, found in before.tags if "hx-get" in found]
        assert "still being processed" in before.text
        assert "still being processed" in (await ana.get(part)).text
        assert "Being processed" in (await ana.get("/user/files")).text
        (waiting,) = stored(app)
        assert waiting.startswith("waiting/")
        assert (await app.test_client().get(f"/{waiting}")).status_code == 404
        await work_off(held_by(app))
        after = await ana.get(part)
        (photo,) = [found for tag, found in after.tags if tag == "img"]
        assert (photo["alt"], photo["width"]) == ("Snow", "2000")
        assert "hx-get" not in after.html
        assert photo["src"] in (await ana.get(path)).html
        assert {file.partition("/")[0] for file in stored(app)} == {"media"}
        async with held_by(app).database.read() as db:
            sizes = (
                await db.execute(
                    text("SELECT u.size, p.size FROM user_file u JOIN pieloop.picture p USING (file_id)")
                )
            ).one()
        root = held_by(app).config.data_dir
        assert sizes[0] == sizes[1] == sum((root / file).stat().st_size for file in stored(app))


async def test_the_worker_says_why_it_could_make_nothing_of_it(config: Config) -> None:
    app = await site_with(config, at_once=0.0001)
    async with app.test_app():
        ana = await Visitor(app.test_client()).register("ana")
        await ana.create_community("pics")
        path = await ana.publish("pics", "Broken", kind="photo", image=file_of(quadrants(), "PNG")[:80])
        await work_off(held_by(app))
        page = await ana.get(path)
        assert "An image in this post can't be shown: " in page.text
        assert "Can't be shown" in (await ana.get("/user/files")).text
        assert stored(app) == set()
        async with held_by(app).database.read() as db:
            assert (await db.execute(text("SELECT size FROM user_file"))).scalar_one() == 0


async def test_one_that_kills_image_processes_is_given_up(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await site_with(config, at_once=0.0001)
    async with app.test_app():
        ana = await Visitor(app.test_client()).register("ana")
        await ana.create_community("pics")
        path = await ana.publish("pics", "Deadly", kind="photo", image=picture())

        async def die(*_: object, **__: object) -> None:
            raise ChildDied("An image process was ended by SIGKILL.")

        monkeypatch.setattr(held_by(app).media, "process", die)
        for words in ("still being processed", "still being processed", "couldn't be processed"):
            await work_off(held_by(app))
            assert words in (await ana.get(path)).text
            async with held_by(app).database.engine.begin() as db:
                await db.execute(
                    text("UPDATE pieloop.outbox SET available_at = available_at - interval '1 day'")
                )
        await work_off(held_by(app))
        assert stored(app) == set()


async def test_one_that_is_deleted_before_its_turn_leaves_nothing(config: Config) -> None:
    app = await site_with(config, at_once=0.01)
    async with app.test_app():
        ana = await Visitor(app.test_client()).register("ana")
        await ana.create_community("pics")
        await ana.publish("pics", "Large", kind="photo", image=large_picture())
        (link,) = (await ana.get("/user/files")).links("/user/files/")
        await ana.get(link)
        await ana.send(link)
        await work_off(held_by(app))
        assert stored(app) == set()
        assert await count(held_by(app).database, "pieloop.stored_object") == 0


# Pictures that are refused


async def test_a_blocked_picture_is_refused_however_it_was_saved_anew(
    app: Application, client: Browser
) -> None:
    database = held_by(app).database
    here = await place(database)
    await sent(client, here.token, picture(3))
    async with database.read() as db:
        bits = (await db.execute(text("SELECT hash::text FROM file"))).scalar_one()
    assert len(bits) == 256
    admin = await administrator(database)
    await database.write(blocked.block, admin, bits, "x.webp", "not here")
    again = opened(picture(3)).convert("RGB").resize((700, 450))
    fields = await refusal(await send(client, here.token, file_of(again, "JPEG", quality=60)))
    assert fields == {"file": "This image can't be posted here."}
    await sent(client, here.token, picture(4))
    rows = await client.get("/api/alpha/user/media", headers=bearer(token_of(admin)))
    assert rows.status_code == 200


async def test_an_administrator_removes_a_post_and_blocks_its_picture(app: Application) -> None:
    ana = await Visitor(app.test_client()).register("ana")
    await ana.create_community("pics")
    path = await ana.publish("pics", "Bad", kind="photo", image=picture(5))
    other = await ana.publish(
        "pics",
        "Bad again",
        kind="photo",
        image=file_of(opened(picture(5)).convert("RGB").resize((800, 514)), "JPEG"),
    )
    good = await ana.publish("pics", "Good", kind="photo", image=picture(8))
    assert "block_image" not in (await ana.get(path)).html
    root = await _administrator(app)
    (link,) = (await root.get(path)).links("/admin/post/")
    question = await root.get(link)
    assert question.status == 200
    refused = await root.send(link, reason="")
    assert (refused.status, "Give a reason" in refused.text) == (422, True)
    page = await root.follow(await root.send(link, reason="gore"))
    assert "gore" in page.text
    assert (await ana.get(path)).status in {404, 410, 200}
    await work_off(held_by(app))
    async with held_by(app).database.read() as db:
        left = (await db.execute(text("SELECT title, image_id IS NULL, deleted FROM post ORDER BY id"))).all()
        logged = (
            (await db.execute(text("SELECT reason FROM mod_log WHERE action = 'delete_post'")))
            .scalars()
            .all()
        )
    assert [tuple(row) for row in left] == [
        ("Bad", True, True),
        ("Bad again", True, False),
        ("Good", False, False),
    ]
    assert logged == ["gore"]
    assert other != good
    assert len(stored(app)) == 3
    page = await ana.send("/community/pics/submit", kind="photo", title="Once more", image=picture(5))
    assert (page.status, "can't be posted here" in page.text) == (422, True)
    (form,) = [
        found["formaction"]
        for _, found in (await root.get("/admin/blocked_images")).tags
        if "unblock" in found.get("formaction", "")
    ]
    await root.follow(await root.send(form))
    await ana.publish("pics", "Once more", kind="photo", image=picture(5))


async def test_an_administrator_blocks_a_picture_from_a_file(app: Application) -> None:
    root = await _administrator(app)
    await root.get("/admin/blocked_images")
    page = await root.follow(await root.send("/admin/blocked_images", image=picture(6), note="spam"))
    assert "spam" in page.text
    assert stored(app) == set()
    for image, words in (
        (None, "Choose an image"),
        (SVG, "SVG"),
        (file_of(opened(picture()).convert("L").point(lambda _: 9), "PNG"), "too little"),
    ):
        await root.get("/admin/blocked_images")
        page = await root.send("/admin/blocked_images", image=image, note="kept")
        assert (page.status, words in page.text) == (422, True), words
        assert page.named("note")["value"] == "kept"
    ana = await Visitor(app.test_client()).register("ana")
    assert (await ana.get("/admin/blocked_images")).status == 403
    assert (await ana.send("/admin/blocked_images/1/unblock")).status == 403


async def _administrator(app: Application) -> Visitor:
    root = await Visitor(app.test_client()).register("chief")
    async with held_by(app).database.engine.begin() as db:
        await db.execute(
            text(
                "INSERT INTO user_role (user_id, role_id) SELECT id, 4 FROM \"user\" WHERE user_name = 'chief'"
            )
        )
    return root


# A bucket that is away


@pytest.fixture
def in_bucket(config: Config, s3: S3Server) -> Callable[..., Any]:
    """Builds sites that keep their images in the bucket, or believe it elsewhere."""

    async def build(**changes: Any) -> Application:
        settings = msgspec.structs.replace(s3.config(), **changes)
        return build_app(
            msgspec.structs.replace(
                config, store=settings, limits=msgspec.structs.replace(config.limits, enabled=False)
            )
        )

    return build


async def test_a_bucket_that_is_away_is_said_and_nothing_is_lost(
    in_bucket: Callable[..., Any], config: Config
) -> None:
    app = await in_bucket(s3_endpoint="http://127.0.0.1:1", s3_timeout=1)
    async with app.test_app():
        here = await place(held_by(app).database)
        answer = await send(app.test_client(), here.token, picture())
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
        assert "Nothing was saved" in (await answer.get_json())["message"]
        assert [
            await count(held_by(app).database, table) for table in ("file", "user_file", "pieloop.picture")
        ] == [0, 0, 0]
        shown = await app.test_client().get(f"/media/ab/cd/abcd{'0' * 60}.webp")
        assert (shown.status_code, shown.headers["Retry-After"]) == (503, "10")
        assert (await app.test_client().get("/")).status_code == 200
    app = await in_bucket()
    async with app.test_app():
        path = await sent(app.test_client(), here.token, picture())
        assert (await app.test_client().get(path)).status_code == 200


async def test_a_disk_that_refuses_is_said_and_nothing_is_lost(
    app: Application, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = await place(held_by(app).database)
    root = held_by(app).config.data_dir
    path = await sent(client, here.token, picture())
    (root / "media").rename(root / "elsewhere")
    (root / "media").write_bytes(b"no folder")
    for answer in (
        await send(client, here.token, picture(1)),
        await client.get(path),
        await client.head(path),
        await client.get(path, headers={"Range": "bytes=0-9"}),
    ):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert [await count(held_by(app).database, table) for table in ("file", "user_file")] == [1, 1]
    (root / "media").unlink()
    (root / "elsewhere").rename(root / "media")
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert (await client.get(path)).status_code == 503
    monkeypatch.undo()
    assert (await client.get(path)).status_code == 200
    assert (await send(client, here.token, picture(1))).status_code == 200


@pytest.mark.parametrize(
    ("status", "later"), [(403, "60"), (401, "60"), (404, "60"), (503, "10"), (409, "10")]
)
async def test_a_bucket_that_refuses_is_said(in_bucket: Callable[..., Any], status: int, later: str) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        app = await in_bucket(s3_endpoint=f"http://127.0.0.1:{port}", s3_timeout=1)
        async with app.test_app():
            here = await place(held_by(app).database)
            answer = await send(app.test_client(), here.token, picture())
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, later)


async def test_what_could_not_be_deleted_is_deleted_when_the_bucket_is_back(
    in_bucket: Callable[..., Any], s3: S3Server
) -> None:
    app = await in_bucket()
    async with app.test_app():
        here = await place(held_by(app).database)
        path = await sent(app.test_client(), here.token, picture())
    app = await in_bucket(s3_endpoint="http://127.0.0.1:1", s3_timeout=1)
    async with app.test_app():
        answer = await app.test_client().post(
            "/api/alpha/image/delete", json={"file": path}, headers=bearer(here.token)
        )
        assert answer.status_code == 200
        await work_off(held_by(app))
        assert await count(held_by(app).database, "pieloop.outbox") == 1, "it is tried again"
    app = await in_bucket()
    async with app.test_app():
        await _let_time_pass(held_by(app))
        await work_off(held_by(app))
        assert await count(held_by(app).database, "pieloop.outbox") == 0
        assert [found async for found in held_by(app).store.listing()] == []


async def _let_time_pass(resources: Resources) -> None:
    """Let what was to be tried later be due, and what somebody was busy with be left behind."""
    async with resources.database.engine.begin() as db:
        await db.execute(text("UPDATE pieloop.outbox SET available_at = available_at - interval '1 day'"))
        await db.execute(text("UPDATE pieloop.stored_object SET doomed_at = doomed_at - interval '1 hour'"))
    await keeping.sweep(resources.database, resources.store)
