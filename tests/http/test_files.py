"""Pictures as browsers get them: from a disk or a bucket, whole or in part, and never as anything but a picture."""

import asyncio
import http.client
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from quart.typing import TestClientProtocol as Browser

from service.assembly import build_app
from service.config import Config
from service.http.application import Application
from tests.http.people import place
from tests.http.uploading import picture, sent
from tests.media.pictures import SVG
from tests.media.s3 import S3Server
from tests.serving import held_by, listening


@pytest.fixture(params=["local", "s3"])
async def site(request: pytest.FixtureRequest, config: Config) -> AsyncIterator[Application]:
    """A site that keeps its images on its disk, and one that keeps them in a bucket."""
    settings = msgspec.structs.replace(config, limits=msgspec.structs.replace(config.limits, enabled=False))
    if request.param == "s3":
        server: S3Server = request.getfixturevalue("s3")
        settings = msgspec.structs.replace(settings, store=server.config())
    app = build_app(settings)
    async with app.test_app():
        yield app


@pytest.fixture
async def path(site: Application) -> str:
    """Where an uploaded picture is served."""
    here = await place(held_by(site).database)
    return await sent(site.test_client(), here.token, picture())


async def get(site: Application, path: str, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await site.test_client().get(path, headers=named)
    return answer, await answer.get_data()


async def test_a_picture_is_a_picture_and_nothing_else_for_ever(site: Application, path: str) -> None:
    answer, body = await get(site, path, Accept="application/activity+json")
    assert (answer.status_code, body[8:12]) == (200, b"WEBP")
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["Content-Length"] == str(len(body))
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, None),
        ("bytes=-10", -10, None),
        ("bytes=5-99999999", 5, None),
    ],
)
async def test_a_range(site: Application, path: str, asked: str, start: int, stop: int | None) -> None:
    _, whole = await get(site, path)
    answer, part = await get(site, path, Range=asked)
    wanted = whole[start:stop]
    first = start % len(whole)
    assert (answer.status_code, part) == (206, wanted)
    assert answer.headers["Content-Range"] == f"bytes {first}-{first + len(wanted) - 1}/{len(whole)}"
    assert answer.headers["Content-Length"] == str(len(wanted))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_ranges_that_cannot_be_had(site: Application, path: str) -> None:
    _, whole = await get(site, path)
    beyond, _ = await get(site, path, Range="bytes=99999999-")
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(whole)}")
    for odd in ("bytes=0-1,3-4", "lines=0-1", "bytes=b-a", "bytes"):
        answer, body = await get(site, path, Range=odd)
        assert (answer.status_code, body) == (200, whole), odd
    stale, body = await get(site, path, Range="bytes=0-1", If_Range='"another"')
    assert (stale.status_code, body) == (200, whole)
    fresh, body = await get(site, path, Range="bytes=0-1", If_Range=stale.headers["ETag"])
    assert (fresh.status_code, body) == (206, whole[:2])


async def test_head_and_a_copy_that_is_still_good(site: Application, path: str) -> None:
    whole, _ = await get(site, path)
    head = await site.test_client().head(path)
    assert (head.status_code, await head.get_data()) == (200, b"")
    good, nothing = await get(site, path, If_None_Match=whole.headers["ETag"])
    assert (good.status_code, nothing) == (304, b"")


async def test_head_tells_the_length(config: Config) -> None:
    app = build_app(config)
    async with listening(app) as port:
        here = await place(held_by(app).database)
        path = await sent(app.test_client(), here.token, picture())
        file = held_by(app).config.data_dir / path.lstrip("/")
        assert await asyncio.to_thread(_head, port, path) == (200, str(file.stat().st_size))


def _head(port: int, path: str) -> tuple[int, str | None]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("HEAD", path)
        answer = connection.getresponse()
        return answer.status, answer.headers["Content-Length"]
    finally:
        connection.close()


NAME = "ab" + "cd" + "0" * 60


@pytest.mark.parametrize(
    "wrong",
    [f"/media/ab/cd/{NAME}.webp", f"/media/ab/cd/{NAME}.html", "/media/../secret.key", "/media/%2e%2e/secret.key",
     "/media/ab/cd/..%2f..%2f..%2fsecret.key", "/waiting/" + "0" * 32, "/media/waiting/" + "0" * 32],
)  # fmt: skip
async def test_what_is_no_picture_is_not_there(site: Application, wrong: str) -> None:
    (held_by(site).config.data_dir / "secret.key").write_text("not to be read", encoding="utf-8")
    for answer, body in (await get(site, wrong), await get(site, wrong, Range="bytes=0-1")):
        assert answer.status_code == 404
        assert b"not to be read" not in body


# PieFed's own files


@pytest.fixture
async def old_site(config: Config, tmp_path: Path) -> AsyncIterator[Browser]:
    folder = tmp_path / "app/static/media"
    (folder / "posts/ab").mkdir(parents=True)
    for name, body in (
        ("a.webp", b"webp"),
        ("b.JPG", b"jpeg"),
        ("c.svg", SVG),
        ("d.mp4", b"film"),
        (".e", b"x"),
    ):
        (folder / "posts/ab" / name).write_bytes(body)
    (tmp_path / "secret.key").write_text("not to be read", encoding="utf-8")
    (folder / "posts/out.webp").symlink_to(tmp_path / "secret.key")
    (folder / "posts/up").symlink_to(tmp_path)
    store = msgspec.structs.replace(config.store, legacy_dir=str(folder))
    app = build_app(msgspec.structs.replace(config, store=store))
    async with app.test_app():
        yield app.test_client()


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [("a.webp", "image/webp", True), ("b.JPG", "image/jpeg", True), ("c.svg", "application/octet-stream", False),
     ("d.mp4", "application/octet-stream", False)],
)  # fmt: skip
async def test_pictures_of_an_existing_site_are_there(
    old_site: Browser, name: str, kind: str, shown: bool
) -> None:
    answer = await old_site.get(f"/static/media/posts/ab/{name}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
    assert ("Content-Disposition" in answer.headers) is not shown
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    part = await old_site.get(f"/static/media/posts/ab/{name}", headers={"Range": "bytes=1-2"})
    assert (part.status_code, len(await part.get_data())) == (206, 2)


@pytest.mark.parametrize(
    "name",
    ["posts/ab/nothing.webp", "posts/ab", "", "../../../secret.key", "%2e%2e/%2e%2e/%2e%2e/secret.key",
     "posts/..%2f..%2f..%2f..%2fsecret.key", "posts/out.webp", "posts/up/secret.key", "/etc/passwd",
     "%2fetc%2fpasswd", "posts/ab/.e", "posts/ab/a.webp%00.webp", "x" * 5000],
)  # fmt: skip
async def test_nothing_else_of_its_disk_is(old_site: Browser, name: str) -> None:
    answer = await old_site.get(f"/static/media/{name}")
    assert answer.status_code in {308, 404}
    assert b"not to be read" not in await answer.get_data()


async def test_without_a_folder_there_is_nothing(app: Application) -> None:
    answer = await app.test_client().get("/static/media/posts/ab/a.webp")
    assert answer.status_code == 404
