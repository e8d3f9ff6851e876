"""Reads of visitors, and of members who have not written lately, by a standby: which ones, and what when it fails."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from service.assembly import build_app
from service.config import Config
from service.doctor.standbys import look_at_standbys
from service.http.application import Application
from service.http.context import EXTENSION, resources
from service.storage.replicas import Replica
from tests.forum import making
from tests.http.api.app_client import App
from tests.http.people import bearer, place
from tests.http.web_browser import sign_in
from tests.servers import MAX_CONNECTIONS
from tests.serving import held_by
from tests.standby import Standby, flushed, standby_of
from tests.telemetry import counted

PATIENCE = 600.0  # seconds: however busy the machine is, the standby is not left out for that
IN_RECOVERY = text("SELECT pg_is_in_recovery()")
ENDS_ITSELF = text("SELECT pg_terminate_backend(pg_backend_pid())")
CANCELS_ITSELF = text("SELECT pg_cancel_backend(pg_backend_pid())")
WRITES = text("SELECT pg_notify('nobody', '')")


@pytest.fixture(scope="module")
async def standby(superuser_url: str) -> AsyncIterator[Standby]:
    """A standby of the run's server."""
    async with standby_of(superuser_url, MAX_CONNECTIONS) as running:
        yield running


@pytest.fixture
async def config(config: Config, standby: Standby, superuser_url: str) -> Config:
    """Visitors may read from the standby, which has all that the primary has."""
    await standby.catch_up(superuser_url)
    return with_standby(config, standby.url(config.database.url))


def with_standby(config: Config, *urls: str, lag: float = PATIENCE) -> Config:
    database = msgspec.structs.replace(
        config.database, read_urls=urls, read_lag=lag, read_after_write=max(lag, PATIENCE)
    )
    return msgspec.structs.replace(config, database=database)


@pytest.fixture
async def app(config: Config) -> AsyncIterator[Application]:
    """A web process that knows that its standby holds."""
    async with serving(config) as app:
        await until(lambda: standby_of_app(app).holds())
        yield app


@asynccontextmanager
async def serving(config: Config) -> AsyncIterator[Application]:
    """Run a web process that says at some addresses which server it reads."""
    app = build_app(config)
    for path, view in (("/<word>/where", where), ("/api/where", where), ("/api/frail/<how>", frail)):
        app.add_url_rule(path, view_func=view, methods=["GET", "POST"])
    async with app.test_app():
        yield app


async def where(word: str = "") -> str:
    """Say which server is read; `writes` writes first, `newest` wants the newest."""
    database = resources().database
    if word == "writes":
        await database.write(_write)
    async with database.read(newest=word == "newest") as db:
        return "standby" if await db.scalar(IN_RECOVERY) else "primary"


async def _write(session: Any) -> None:
    await session.execute(WRITES)


async def frail(how: str) -> str:
    """Lose the connection to the standby, or have the statement cancelled; say who answered in the end."""
    async with resources().database.read() as db:
        if not await db.scalar(IN_RECOVERY):
            return "primary"
        await db.execute(ENDS_ITSELF if how == "lost" else CANCELS_ITSELF)
    return "nobody"


def standby_of_app(app: Application) -> Replica:
    replica: Replica
    [replica] = app.extensions[EXTENSION].database.replicas
    return replica


async def until(holds: Callable[[], object]) -> None:
    while not holds():
        await asyncio.sleep(0.01)


async def read_by(asked: Any) -> str:
    answer = await asked
    assert answer.status_code == 200
    return str(await answer.get_data(as_text=True))


async def test_who_reads_where(app: Application) -> None:
    ana, ben = [await place(held_by(app).database, name) for name in ("ana", "ben")]
    client = app.test_client()
    as_ana, as_ben = bearer(ana.token), bearer(ben.token)
    for what, asked, server in [
        ("a visitor's page", client.get("/any/where"), "standby"),
        ("a visitor's list", client.get("/api/where"), "standby"),
        ("what is kept for all", client.get("/newest/where"), "primary"),
        ("a way in", client.get("/auth/where"), "primary"),
        ("what is sent", client.post("/api/where", headers=as_ana), "primary"),
        ("a member's list", client.get("/api/where", headers=as_ana), "standby"),
        ("a page that writes", client.get("/writes/where"), "primary"),
        ("after a visitor's page has written", client.get("/any/where"), "standby"),
    ]:
        assert await read_by(asked) == server, what
    async with serving(app.settings) as another:
        await until(lambda: standby_of_app(another).holds())
        await App(client, ana.token).post("/community/follow", community_id=ben.community_id, follow=True)
        for process in (app, another):
            browser = process.test_client()
            assert await read_by(browser.get("/api/where", headers=as_ana)) == "primary"
            assert await read_by(browser.get("/api/where", headers=as_ben)) == "standby"
            assert await read_by(browser.get("/api/where")) == "standby"


async def test_who_has_just_signed_in_is_known_and_reads_from_the_primary(
    app: Application, standby: Standby
) -> None:
    await standby.pause()
    try:
        member = await making.member(held_by(app).database, "cleo")
        browser = app.test_client()
        await sign_in(browser, held_by(app).database, member)
        assert await read_by(browser.get("/any/where")) == "primary"
        # Nobody else may see less of it than is there.
        assert (await browser.get("/u/cleo")).status_code == 200
        assert (await app.test_client().get("/u/cleo")).status_code == 404
    finally:
        await standby.resume()


async def test_what_one_has_written_is_seen_by_oneself_at_once(app: Application, standby: Standby) -> None:
    ana = await place(held_by(app).database)
    async with serving(app.settings) as another:
        await until(lambda: standby_of_app(another).holds())
        await standby.catch_up(app.settings.database.url)
        await standby.pause()
        try:
            made = await App(app.test_client(), ana.token).post(
                "/post", title="Fresh", community_id=ana.community_id
            )
            post_id = made["post_view"]["post"]["id"]
            seen = await App(another.test_client(), ana.token).get("/post", id=post_id)
            assert seen["post_view"]["post"]["title"] == "Fresh"
            assert (await another.test_client().get(f"/post/{post_id}")).status_code == 404
        finally:
            await standby.resume()
        await standby.catch_up(app.settings.database.url)
        assert (await another.test_client().get(f"/post/{post_id}")).status_code == 200


async def test_without_redis_members_read_from_the_primary(app: Application, monkeypatch: Any) -> None:
    ana = await place(held_by(app).database)

    async def away(*_: Any, **__: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(held_by(app).redis, "execute_command", away)
    assert await read_by(app.test_client().get("/api/where", headers=bearer(ana.token))) == "primary"
    assert await read_by(app.test_client().get("/api/where")) == "standby"


async def test_a_standby_that_fails_costs_nobody_an_answer(app: Application) -> None:
    client, replica = app.test_client(), standby_of_app(app)
    assert await read_by(client.get("/api/frail/cancelled")) == "primary"
    assert replica.holds(), "a statement that was in the way says nothing of the server"
    assert await read_by(client.get("/api/frail/lost")) == "primary"
    assert not replica.holds()
    assert await read_by(client.get("/api/where")) == "primary"
    for what, count in (("reads_total", 2), ("failures_total", 2), ("holds", 0)):
        assert await counted(app, f"pieloop_standby_{what}", standby=replica.name) == count


async def test_a_standby_that_is_away_is_left_out_until_it_is_back(
    app: Application, standby: Standby
) -> None:
    client, replica = app.test_client(), standby_of_app(app)
    await standby.stop()
    try:
        assert await read_by(client.get("/api/where")) == "primary"
        await until(lambda: replica.report().why.startswith("does not answer"))
        assert await read_by(client.get("/api/where")) == "primary"
    finally:
        await standby.start()
    await until(replica.holds)
    assert await read_by(client.get("/api/where")) == "standby"


async def test_a_web_process_starts_without_its_standbys(config: Config) -> None:
    nowhere = with_standby(config, "postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    async with serving(nowhere) as app:
        assert await read_by(app.test_client().get("/api/where")) == "primary"
        await until(lambda: standby_of_app(app).report().why.startswith("does not answer"))


async def test_the_doctor_looks_at_standbys(config: Config, standby: Standby) -> None:
    url = config.database.url
    [well] = await look_at_standbys(config)
    assert well.well, well
    assert "takes reads; web 1 x (8 + 1), administrator 5: 14 of 297" in well.words
    crowded = msgspec.structs.replace(config, http=msgspec.structs.replace(config.http, processes=33))
    [full] = await look_at_standbys(crowded)
    assert not full.well
    assert "302 of 297" in full.words
    both = await look_at_standbys(
        with_standby(config, url, "postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    )
    assert [(one.well, one.words.partition(" ")[2][:15]) for one in both] == [
        (False, "is no standby"),
        (False, "can't be reached"[:15]),
    ]
    await standby.pause()
    try:
        await flushed(url)
        [late] = await look_at_standbys(with_standby(config, *config.database.read_urls, lag=0.5))
        assert not late.well
        assert "more than 0.5 s behind" in late.words
    finally:
        await standby.resume()


async def test_a_primary_is_no_standby(config: Config) -> None:
    async with serving(with_standby(config, config.database.url)) as app:
        await until(lambda: standby_of_app(app).report().why == "is no standby")
        assert await read_by(app.test_client().get("/api/where")) == "primary"


async def test_a_standby_that_lags_is_left_out_until_it_has_caught_up(
    config: Config, standby: Standby
) -> None:
    async with serving(with_standby(config, *config.database.read_urls, lag=1)) as app:
        replica = standby_of_app(app)
        await until(replica.holds)
        await standby.pause()
        try:
            await making.member(held_by(app).database, "dora")
            await until(lambda: not replica.holds())
            assert replica.report().why == "is behind"
            assert (await app.test_client().get("/u/dora")).status_code == 200
        finally:
            await standby.resume()
        await until(replica.holds)
