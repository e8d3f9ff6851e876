"""What a page says about itself, and feeds by cursor, through the API."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from service.assembly import build_app
from service.config import Config
from service.http.application import Application
from tests.forum import making
from tests.http.api.app_client import App, Refused
from tests.http.people import app_of
from tests.outbound.servers import Asked, replies, response, serve
from tests.serving import held_by

PAGE = b"<title>A &amp; B</title><meta name=description content='About  it'><meta property=og:image content=/a.png>"


@pytest.fixture
async def app(config: Config) -> AsyncIterator[Application]:
    """The app, which may reach the servers of the tests."""
    changed = msgspec.structs.replace(
        config,
        outbound=msgspec.structs.replace(config.outbound, allowed_networks=("127.0.0.0/24",), deadline=1),
        limits=msgspec.structs.replace(config.limits, site_metadata="9/60"),
    )
    app = build_app(changed)
    async with app.test_app():
        yield app


async def test_a_page_is_described_without_a_connection(app: Application) -> None:
    hers, _ = await app_of(app, app.test_client())
    lent: list[int] = []

    async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
        state = held_by(app).database.pool_state()
        lent.append(state.lent if state else -1)
        writer.write(response(PAGE))

    async with serve(answer) as server:
        described = await hers.get("/post/site_metadata", url=server.url("/page"))
    image = server.url("/a.png")
    assert described == {"metadata": {"title": "A & B", "description": "About it", "image": image}}
    assert lent == [0]


async def test_what_cannot_be_fetched_names_the_address(app: Application) -> None:
    hers, _ = await app_of(app, app.test_client())
    async with serve(replies(b"secret", content_type="application/json")) as server:
        for url in (
            server.url(),
            "http://10.0.0.1/",
            "file:///etc/passwd",
            "nonsense",
            "http://127.0.0.1:1/",
            "",
        ):
            with pytest.raises(Refused) as refused:
                await hers.get("/post/site_metadata", url=url)
            assert refused.value.status == 400, url
            assert "url" in refused.value.body["errors"]["json"], url
    with pytest.raises(Refused) as refused:
        await App(app.test_client()).get("/post/site_metadata", url="https://example.org/")
    assert refused.value.body["message"] == "incorrect_login"


async def test_looking_at_pages_has_its_limit(app: Application) -> None:
    hers, _ = await app_of(app, app.test_client())
    for _at in range(9):
        with pytest.raises(Refused) as refused:
            await hers.get("/post/site_metadata", url="http://10.0.0.1/")
        assert refused.value.status == 400
    with pytest.raises(Refused) as refused:
        await hers.get("/post/site_metadata", url="http://10.0.0.1/")
    assert refused.value.status == 429


async def test_pages_by_cursor_show_every_post_once(app: Application) -> None:
    hers, place = await app_of(app, app.test_client())
    database = held_by(app).database
    ids = await making.posts(database, place.member, place.community_id, 5)
    seen: list[int] = []
    page: str | None = ""
    while page is not None:
        body = await hers.get("/post/list2", sort="New", limit=2, page=page)
        if not seen:
            await making.posts(database, place.member, place.community_id, 1, "Arrived meanwhile")
        seen += [view["post"]["id"] for view in body["posts"]]
        page = body["next_page"]
    assert sorted(seen) == ids
    with pytest.raises(Refused) as refused:
        await hers.get("/post/list2", page="2")
    assert refused.value.status == 400
