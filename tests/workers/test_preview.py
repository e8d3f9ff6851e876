"""Link previews from the job's side: what the other site answers, and what the post shows afterwards."""

import asyncio
import io
from collections.abc import AsyncIterator

import msgspec
import pytest
from PIL import Image
from sqlalchemy import select, text

from service.config import Config
from service.forum.attachments.queries import card_of
from service.forum.posts.operations import NewPost, publish
from service.http.application import Application
from service.lifecycle import Resources, open_resources
from service.storage import outbox
from service.storage.tables import File, Post
from tests.http.people import Place, app_of, place
from tests.outbound.servers import Answer, Asked, replies, response, serve
from tests.servers import DOMAIN
from tests.workers.events import waiting
from tests.working import work_off
from workers.events import run_event

LOCAL = "127.0.0.0/8"


@pytest.fixture
async def config(config: Config) -> Config:
    """Our own machine may be looked at, and an answer has to be there soon."""
    outbound = msgspec.structs.replace(config.outbound, allowed_networks=(LOCAL,), deadline=1)
    return msgspec.structs.replace(config, outbound=outbound)


@pytest.fixture
async def resources(config: Config) -> AsyncIterator[Resources]:
    async with open_resources(config, "worker") as resources:
        yield resources


@pytest.fixture
async def here(resources: Resources) -> Place:
    return await place(resources.database)


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (800, 600), (30, 120, 200)).save(file, "PNG")
    return file.getvalue()


async def _page_or_picture(asked: Asked, writer: asyncio.StreamWriter) -> None:
    if asked.path == "/picture.png":
        writer.write(response(picture(), content_type="image/png"))
    else:
        head = b'<meta property="og:image" content="/picture.png"><title>A &lt;b&gt; page</title>'
        writer.write(response(head + b'<meta name="description" content="What it says">'))


async def link(resources: Resources, here: Place, url: str) -> int:
    new = NewPost(community_id=here.community_id, title="A link", url=url)
    return (await resources.database.write(publish, here.member, new, domain=DOMAIN)).post_id


async def picture_of(resources: Resources, post_id: int) -> tuple[str | None, str | None] | None:
    statement = (
        select(File.file_path, File.thumbnail_path)
        .join(Post, Post.image_id == File.id)
        .where(Post.id == post_id)
    )
    async with resources.database.read() as db:
        row = (await db.execute(statement)).one_or_none()
    return None if row is None else (row[0], row[1])


async def test_a_page_with_a_picture(resources: Resources, here: Place, app: Application) -> None:
    async with serve(_page_or_picture) as server:
        post_id = await link(resources, here, server.url("/story"))
        await work_off(resources)
        assert [asked.path for asked in server.asked] == ["/story", "/picture.png"]
    stored = await picture_of(resources, post_id)
    assert stored is not None
    for path in stored:
        assert path
        assert (resources.config.data_dir / path).stat().st_size > 0
    reader, _ = await app_of(app, app.test_client(), "ben")
    post = (await reader.get("/post", id=post_id))["post_view"]["post"]
    path = post["thumbnail_url"].removeprefix(f"http://{DOMAIN}/")
    assert path in stored
    shown = await app.test_client().get(f"/{path}")
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/webp")
    page = await (await app.test_client().get(f"/post/{post_id}")).get_data(as_text=True)
    assert "A &lt;b&gt; page" in page
    assert "What it says" in page
    page = await (await app.test_client().get("/")).get_data(as_text=True)
    assert any(path and path in page for path in stored)
    assert await waiting(resources.database) == 0


async def _drip(_: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _bomb(_: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 99999999999\r\n\r\n")


FINAL: dict[str, Answer] = {
    "not there": replies(b"nothing", "404 Not Found"),
    "not for us": replies(b"no", "403 Forbidden"),
    "a film": replies(b"\x00" * 100, content_type="video/mp4"),
    "no picture in the page": replies(b"<title>Words</title>"),
    "a picture that is none": replies(b"no picture", content_type="image/png"),
    "half a picture": replies(picture()[:200], content_type="image/png"),
    "too large": _bomb,
}


@pytest.mark.parametrize("answer", FINAL.values(), ids=FINAL.keys())
async def test_a_post_without_a_picture_is_complete(
    resources: Resources, here: Place, answer: Answer
) -> None:
    async with serve(answer) as server:
        post_id = await link(resources, here, server.url("/story"))
        await work_off(resources)
        assert server.asked
    assert await picture_of(resources, post_id) is None
    assert await waiting(resources.database) == 0
    async with resources.database.read() as db:
        url = await db.scalar(select(Post.url).where(Post.id == post_id))
        card = await card_of(db, post_id, url)
        assert (card.title if card else "") == ("Words" if answer is FINAL["no picture in the page"] else "")
        assert await card_of(db, post_id, "https://elsewhere.example/") is None


@pytest.mark.parametrize(
    "answer", [_drip, replies(b"later", "503 Service Unavailable")], ids=["a slow drip", "an error of theirs"]
)
async def test_what_may_pass_is_tried_three_times(resources: Resources, here: Place, answer: Answer) -> None:
    async with serve(answer) as server:
        post_id = await link(resources, here, server.url("/story"))
        for attempt in (1, 2, 3):
            await work_off(resources)
            assert len(server.asked) == attempt
            await _a_day_later(resources)
    assert await picture_of(resources, post_id) is None
    assert await waiting(resources.database) == 0


async def _a_day_later(resources: Resources) -> None:
    async with resources.database.engine.begin() as db:
        await db.execute(text("UPDATE pieloop.outbox SET available_at = available_at - interval '1 day'"))


async def test_a_post_that_was_deleted_meanwhile_gets_nothing(resources: Resources, here: Place) -> None:
    deleted = asyncio.Event()

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.path == "/picture.png":
            async with resources.database.engine.begin() as db:
                await db.execute(text("UPDATE post SET deleted = true"))
            deleted.set()
        await _page_or_picture(asked, writer)

    async with serve(answer) as server:
        post_id = await link(resources, here, server.url("/story"))
        await work_off(resources)
    assert deleted.is_set()
    assert await picture_of(resources, post_id) is None
    assert await waiting(resources.database) == 0


async def test_two_workers_at_once_fetch_it_once(resources: Resources, here: Place) -> None:
    async with serve(_page_or_picture) as server:
        await link(resources, here, server.url("/story"))
        async with resources.database.read() as db:
            events = await outbox.due(db, 10, 60)
        await asyncio.gather(
            *(run_event({"resources": resources}, event.id) for event in events for _ in range(3))
        )
        assert len(server.asked) == 2
    async with resources.database.read() as db:
        assert len((await db.execute(select(File.id))).all()) == 1
    assert await waiting(resources.database) == 0


async def test_an_address_inside_is_not_asked(resources: Resources, here: Place) -> None:
    """Only what the administrator allows: the fixture does, this test takes it back."""
    config = msgspec.structs.replace(
        resources.config, outbound=msgspec.structs.replace(resources.config.outbound, allowed_networks=())
    )
    async with serve(_page_or_picture) as server, open_resources(config, "worker") as strict:
        post_id = await link(resources, here, server.url("/story"))
        await work_off(strict)
        assert server.connections == 0
    assert await picture_of(resources, post_id) is None
    assert await waiting(resources.database) == 0
