"""Bad input at both doors: always the right status, a page for people and JSON for programs, and never a 500."""

import asyncio
import io
import itertools
import json
import os
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest
from PIL import Image
from quart import Response
from quart.datastructures import FileStorage
from quart.typing import TestClientProtocol as Browser
from sqlalchemy import func, select

from service.assembly import build_app
from service.config import Config
from service.forum.posts.operations import NewPost, publish, set_deleted
from service.http.application import Application
from service.storage.tables import Comment, Community, Post, PostVote
from tests.forum import making
from tests.http.people import Place, bearer, place
from tests.http.web_browser import Person, signed_in
from tests.servers import DOMAIN
from tests.serving import held_by, listening

BIG = 20 * 1024 * 1024 + 1


@pytest.fixture
async def here(app: Application) -> Place:
    return await place(held_by(app).database)


async def new_post(app: Application, here: Place, title: str = "A post") -> int:
    new = NewPost(community_id=here.community_id, title=title, body="Some words")
    return (await held_by(app).database.write(publish, here.member, new, domain=DOMAIN)).post_id


async def count(app: Application, of: Any) -> int:
    async with held_by(app).database.read() as db:
        found: int = (await db.execute(select(func.count()).select_from(of))).scalar_one()
        return found


async def check_json(answer: Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, await answer.get_data()
    assert answer.headers["Content-Type"] == "application/json"
    body: dict[str, Any] = await answer.get_json()
    assert body["code"] == status
    assert isinstance(body["message"], str)
    assert isinstance(body["status"], str)
    return body


async def check_page(answer: Response, status: int) -> str:
    text: str = await answer.get_data(as_text=True)
    assert answer.status_code == status, text
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert text.lower().startswith("<!doctype html>")
    return text


# Too large


@pytest.fixture
async def port(config: Config) -> AsyncIterator[int]:
    """A real Hypercorn."""
    limits = msgspec.structs.replace(config.limits, enabled=False)
    async with listening(build_app(msgspec.structs.replace(config, limits=limits))) as port:
        yield port


@pytest.mark.parametrize(
    ("path", "content_type", "chunked", "status"),
    [
        ("/api/alpha/post", "application/json", False, 413),
        ("/api/alpha/upload/image", "multipart/form-data; boundary=x", False, 413),
        ("/community/cats/submit", "application/x-www-form-urlencoded", False, 413),
        # How large these are is not known before they are read, and that they are from strangers is.
        ("/api/alpha/upload/image", "multipart/form-data; boundary=x", True, 400),
        ("/community/cats/submit", "application/x-www-form-urlencoded", True, 403),
        ("/api/alpha/user/login", "application/json", True, 413),
        ("/nothing/here", "application/json", True, 404),
        ("/communities", "application/x-www-form-urlencoded", False, 405),
    ],
)
async def test_a_body_that_is_refused_is_answered(
    port: int, path: str, content_type: str, chunked: bool, status: int
) -> None:
    """The client sends everything before it listens, as browsers do."""
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {BIG}"
        lines = [f"POST {path} HTTP/1.1", f"Host: {DOMAIN}", f"Content-Type: {content_type}", framing]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        left = BIG
        while left:
            part = b"x" * min(left, 1 << 20)
            left -= len(part)
            writer.write(b"%x\r\n%s\r\n" % (len(part), part) if chunked else part)
            await writer.drain()
        if chunked:
            writer.write(b"0\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert b"connection: close" in head
        body = await reader.read(1 << 16)
        if path.startswith("/api/"):
            body = json.loads(body)["message"].encode()
        assert (b"This is too large." in body) is (status == 413)
        writer.close()


# Broken


async def test_what_is_no_json_is_said_to_be_none(app: Application, here: Place) -> None:
    client = app.test_client()
    for data in (b"{", b"\xff\xfe", b'{"title": "\xc3"}', b"[1]", b'"text"', b"[" * 100_000, b'{"a": NaN}'):
        answer = await client.post("/api/alpha/post", data=data, headers=bearer(here.token))
        await check_json(answer, 400)


async def test_other_content_types_are_read_as_json_or_refused(app: Application, here: Place) -> None:
    client = app.test_client()
    body = json.dumps({"title": "By another name", "community_id": here.community_id}).encode()
    for content_type, status in (
        ("application/json; charset=utf-8", 200),
        ("application/problem+json", 200),
        ("text/plain;charset=UTF-8", 200),  # what a browser says of a string that it was given
        ("", 200),
        ("application/json; charset=utf-16", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data", 415),
        ("rubbish", 415),
    ):
        headers = bearer(here.token) | {"Content-Type": content_type}
        answer = await client.post("/api/alpha/post", data=body, headers=headers)
        assert answer.status_code == status, (content_type, await answer.get_data())
    person = await signed_in(app, here.member)
    await person.token()
    for content_type, status in (
        ("application/json", 415),
        ("text/plain", 415),
        ("", 415),
        ("application/x-www-form-urlencoded; charset=utf-16", 415),
        ("multipart/form-data", 400),
        ("multipart/form-data; boundary=", 400),
        ("application/x-www-form-urlencoded", 403),
    ):
        answer = await person.client.post("/auth/logout", data=body, headers={"Content-Type": content_type})
        assert answer.status_code == status, content_type


async def test_unknown_places_and_wrong_methods(app: Application) -> None:
    client = app.test_client()
    await check_json(await client.get("/api/alpha/nothing"), 400)
    await check_json(await client.get("/api/v9/nothing"), 400)
    await check_json(await client.delete("/api/alpha/post"), 400)
    await check_json(await client.put("/api/alpha/site"), 400)
    await check_page(await client.get("/nothing/here"), 404)
    await check_page(await client.get("/c/nobody_made_this"), 404)
    await check_page(await client.get("/post/99999999999999999999"), 404)
    await check_page(await client.get("/%00"), 404)
    await check_page(await client.get("/u/%ff%fe"), 404)
    await check_page(await Person(client).post("/communities"), 405)


async def test_the_page_that_is_kept_for_strangers_is_nobody_elses(app: Application) -> None:
    ana = await signed_in(app, await making.member(held_by(app).database, "ana"))
    kept = [
        await check_page(await app.test_client().get(path), 404) for path in ("/nothing/here", "/nor-here")
    ]
    assert kept[0] == kept[1]
    assert "Sign in" in kept[0]
    assert "Sign out" in await check_page(await ana.get("/nothing/here"), 404)
    dark = await app.test_client().get("/nothing/here", headers={"Cookie": "pieloop_look=dark"})
    assert 'data-theme="dark"' in await check_page(dark, 404)
    assert await check_page(await app.test_client().get("/nothing/here"), 404) == kept[0]


# Strange numbers and letters, in every field

STRANGE_NUMBERS = (-1, 0, 2**31 - 1, 2**31, 2**63, 10**30, 1e308, -0.5)
STRANGE_TEXTS = (
    "\x00",
    "a\x00b",
    "\ud800",
    "x\udfffy",
    "\u202e",
    "﷽" * 300,
    "x" * 70_000,
    "'; DROP TABLE post;--",
)

STRANGE: tuple[Any, ...] = (*STRANGE_NUMBERS, *STRANGE_TEXTS, None, [], {})
TEXTS = {"url": "https://a.example/", "body": "Words", "alt_text": "A"}

POSTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("POST", "/user/login", {"username": "ana", "password": "a password"}),
    ("POST", "/community", {"name": "more_cats", "title": "More", "description": "All", "rules": "None"}),
    ("PUT", "/community", {"community_id": 1, "title": "More", "description": "All", "rules": "None"}),
    ("POST", "/community/follow", {"community_id": 1, "follow": True}),
    ("POST", "/community/block", {"community_id": 1, "block": False}),
    (
        "POST",
        "/post",
        {
            "title": "Title",
            "community_id": 1,
            "url": "https://a.example/",
            "body": "Words",
            "alt_text": "A",
            "language_id": 1,
        },
    ),
    (
        "PUT",
        "/post",
        {"post_id": 1, "title": "Title", "url": "https://a.example/", "body": "Words", "alt_text": "A"},
    ),
    ("POST", "/post/like", {"post_id": 1, "score": 1}),
    ("PUT", "/post/save", {"post_id": 1, "save": True}),
    ("POST", "/post/remove", {"post_id": 1, "removed": False, "reason": "None"}),
    ("POST", "/post/mark_as_read", {"read": True, "post_ids": [1], "post_id": 1}),
    ("POST", "/comment", {"post_id": 1, "body": "Words", "parent_id": None, "language_id": 1}),
    ("PUT", "/comment", {"comment_id": 1, "body": "Words"}),
    ("POST", "/comment/like", {"comment_id": 1, "score": 1}),
    ("POST", "/comment/remove", {"comment_id": 1, "removed": False, "reason": "None"}),
    ("POST", "/user/block", {"person_id": 1, "block": False}),
    ("PUT", "/user/notification_state", {"notif_id": 1, "read_state": True}),
)

GETS: tuple[tuple[str, str], ...] = (
    ("/site", "x=1"),
    ("/post", "id=1"),
    (
        "/post/list",
        "type_=All&sort=Hot&page=1&limit=5&q=cats&community_id=1&community_name=cats&person_id=1&topic_id=1&feed_id=1",
    ),
    ("/post/replies", "post_id=1&parent_id=1&sort=Hot&max_depth=3&page=1&limit=5"),
    ("/comment", "id=1"),
    (
        "/comment/list",
        "post_id=1&parent_id=1&person_id=1&community_id=1&max_depth=3&sort=New&page=1&limit=5&type_=All",
    ),
    ("/community", "id=1"),
    ("/community", "name=cats"),
    ("/community/list", "type_=All&sort=Hot&page=1&limit=5"),
    ("/user", "person_id=1&sort=New&page=1&limit=5&include_content=true"),
    ("/user", "username=ana"),
    ("/user/notifications", "status=All&page=1&limit=5"),
    ("/search", "q=cats&type_=Posts&listing_type=All&sort=Hot&page=1&limit=5&community_id=1"),
    ("/search", "q=cats&type_=Communities"),
    ("/search", "q=cats&type_=Users"),
    ("/search", "q=cats&type_=Url"),
)
STRANGE_QUERIES = (
    *("%00", "a%00b", "%ed%a0%80", "%ff", "x" * 3000, "-1", "0", "99999999999999999999"),
    *("1e9", "%25", "_", "%2e%2e%2f"),
)


def raw_json(body: dict[str, Any]) -> bytes:
    """As a program that checks nothing writes it: half characters as escapes."""
    return json.dumps(body).encode()


async def answers_of(client: Browser, method: str, path: str, **options: Any) -> int:
    answer = await client.open("/api/alpha" + path, method=method, **options)
    if answer.status_code != 200:
        await check_json(answer, answer.status_code)
    return answer.status_code


@pytest.mark.parametrize(("method", "path", "good"), POSTS, ids=[f"{one[0]} {one[1]}" for one in POSTS])
async def test_no_value_of_a_body_breaks_the_api(
    app: Application, here: Place, method: str, path: str, good: dict[str, Any]
) -> None:
    await new_post(app, here)
    client, headers = app.test_client(), bearer(here.token)
    await client.post("/api/alpha/comment", json={"post_id": 1, "body": "A comment"}, headers=headers)
    for field, strange in itertools.product(good, STRANGE):
        status = await answers_of(
            client, method, path, data=raw_json(good | {field: strange}), headers=headers
        )
        assert status in {200, 400, 413}, (field, strange)


async def test_no_value_of_a_query_breaks_the_api(app: Application, here: Place) -> None:
    await new_post(app, here)
    client, headers = app.test_client(), bearer(here.token)
    for path, good in GETS:
        for name, _ in parse_qsl(good):
            for strange in STRANGE_QUERIES:
                query = re.sub(rf"\b{name}=\w+", lambda _: f"{name}={strange}", good)  # noqa: B023
                status = await answers_of(client, "GET", f"{path}?{query}", headers=headers)
                assert status in {200, 400}, (path, name, strange)


PAGES = (
    *("/?sort={}", "/?after={}", "/?page={}", "/c/{}", "/c/place_of_ana?after={}&sort={}", "/static/{}"),
    *("/u/{}", "/u/ana?show={}", "/u/ana?after={}", "/u/ana?show=comments&page={}", "/media/{}"),
    *("/post/1?sort={}&page={}", "/post/1/{}", "/comment/{}", "/search?q={}", "/search?q=cats&after={}"),
    *("/communities?q={}", "/communities?page={}&sort={}", "/modlog?page={}", "/auth/login?next={}"),
    *("/community/place_of_ana/submit?title={}&url={}&body={}", "/notifications?page={}"),
    *("/bookmarks?after={}", "/.well-known/webfinger?resource={}"),
)


async def test_no_address_breaks_a_page(app: Application, here: Place) -> None:
    await new_post(app, here)
    person = await signed_in(app, here.member)
    for page in PAGES:
        for strange in STRANGE_QUERIES:
            answer = await person.get(page.replace("{}", strange))
            assert answer.status_code < 500, (page, strange)


FORMS = (
    ("/auth/login", ("user_name", "password")),
    ("/auth/register", ("name", "password", "password2", "email", "answer")),
    ("/community/add_local", ("name", "title", "description", "rules")),
    ("/community/place_of_ana/submit", ("kind", "title", "url", "body")),
    ("/community/place_of_ana/edit", ("title", "description", "rules")),
    ("/post/1/edit", ("title", "url", "body")),
    ("/post/1/reply", ("body", "next")),
    ("/post/1/vote/up", ("next",)),
    ("/user/settings/profile", ("title", "about")),
    ("/user/settings/reading", ("default_filter", "default_sort", "default_comment_sort")),
    ("/user/settings/filters", ("hide_nsfw", "community_keyword_filter", "reply_hide_threshold")),
    ("/user/settings/filters/add", ("title", "keywords", "hide_type", "expire_after")),
)  # fmt: skip


async def test_no_field_of_a_form_breaks_a_page(app: Application, here: Place) -> None:
    await new_post(app, here)
    person, stranger = await signed_in(app, here.member), Person(app.test_client())
    for path, fields in FORMS:
        one = stranger if path.startswith("/auth/") else person
        for field in fields:
            for strange in ("\x00", "a\x00b", "\u202e", "x" * 70_000, "9" * 30, ""):
                form = dict.fromkeys(fields, "something good") | {field: strange}
                answer = await one.post(path, **form)
                assert answer.status_code < 500, (path, field, strange)


# Too late, twice, and full


async def test_a_vote_on_a_deleted_post(app: Application, here: Place) -> None:
    post_id = await new_post(app, here)
    database = held_by(app).database
    await database.write(set_deleted, here.member, post_id, deleted=True)
    voter = await making.member(database, "ben")
    votes = await count(app, PostVote)
    api = await app.test_client().post(
        "/api/alpha/post/like", json={"post_id": post_id, "score": 1}, headers=bearer(here.token)
    )
    assert "deleted" in (await check_json(api, 400))["message"]
    page = await (await signed_in(app, voter)).post(f"/post/{post_id}/vote/up")
    assert "deleted" in await check_page(page, 410)
    assert await count(app, PostVote) == votes


async def test_a_broken_image(app: Application, here: Place) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), (200, 30, 30)).save(picture, "JPEG")
    for data in (b"no picture", picture.getvalue()[:300], b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, b"<svg/>"):
        answer = await app.test_client().post(
            "/api/alpha/upload/image",
            headers=bearer(here.token),
            files={"file": FileStorage(io.BytesIO(data), filename="x.jpg", content_type="image/jpeg")},
        )
        assert "file" in (await check_json(answer, 400))["errors"]["json"]
    nothing = await app.test_client().post("/api/alpha/upload/image", headers=bearer(here.token))
    await check_json(nothing, 400)


async def test_a_double_click_does_it_once(app: Application, here: Place) -> None:
    client, headers = app.test_client(), bearer(here.token)
    post = {"title": "Only once", "community_id": here.community_id, "url": "https://a.example/x"}
    answers = await asyncio.gather(
        *(client.post("/api/alpha/post", json=post, headers=headers) for _ in range(6))
    )
    ids = {(await answer.get_json())["post_view"]["post"]["id"] for answer in answers}
    assert (len(ids), await count(app, Post)) == (1, 1)
    comment = {"post_id": ids.pop(), "body": "Only once"}
    await asyncio.gather(
        *(client.post("/api/alpha/comment", json=comment, headers=headers) for _ in range(6))
    )
    assert await count(app, Comment) == 1
    person = await signed_in(app, here.member)
    form = {"kind": "text", "title": "By form", "body": "Once"}
    pages = await asyncio.gather(*(person.post("/community/place_of_ana/submit", **form) for _ in range(4)))
    assert len({page.headers["Location"] for page in pages}) == 1
    assert await count(app, Post) == 2
    name = {"name": "twins", "title": "Twins"}
    statuses = [
        answer.status_code
        for answer in await asyncio.gather(
            *(client.post("/api/alpha/community", json=name, headers=headers) for _ in range(3))
        )
    ]
    assert sorted(statuses) == [200, 400, 400]
    assert await count(app, Community) == 2


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for the directories and nothing else."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if not mounted or mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def _all_is_whole(disk: Path) -> bool:
    """A size that is whole is swept up later; its name is the hash of its content."""
    try:
        left = [path for path in disk.rglob("*") if path.is_file()]
        return all(sha256(path.read_bytes()).hexdigest() == path.stem for path in left)
    except FileNotFoundError:
        return False  # a draft that went meanwhile


async def test_a_full_disk_for_images(config: Config, small_disk: Path) -> None:
    app = build_app(
        msgspec.structs.replace(
            config, data_dir=small_disk, limits=msgspec.structs.replace(config.limits, enabled=False)
        )
    )
    picture = io.BytesIO()
    Image.effect_noise((1600, 1200), 90).convert("RGB").save(picture, "JPEG")
    async with app.test_app():
        here = await place(held_by(app).database)
        picture.seek(0)
        answer = await app.test_client().post(
            "/api/alpha/upload/image",
            headers=bearer(here.token),
            files={"file": FileStorage(picture, filename="x.jpg", content_type="image/jpeg")},
        )
        assert "storage is full" in (await check_json(answer, 507))["message"]
        # Other sizes may still be written when the first one failed; then nothing half is left.
        async with asyncio.timeout(20):
            while not await asyncio.to_thread(_all_is_whole, small_disk):
                await asyncio.sleep(0.01)
        assert (await app.test_client().get("/")).status_code == 200
