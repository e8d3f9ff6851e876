"""Too much at once, too slow, abandoned half-way, and without PostgreSQL or Redis: what the site answers, and when."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from quart import Response
from sqlalchemy import make_url, select

from service.assembly import build_app
from service.config import Config
from service.http.application import Application
from service.storage.tables import Post
from service.storage.transaction import Database
from tests.http.people import Place, bearer, place
from tests.locks import NOBODY_WRITES, held
from tests.proxy import Proxy, proxy
from tests.serving import held_by, listening
from tests.telemetry import counted

LIST = "/api/alpha/post/list"

# After how many seconds to try again, and what the answer says.
BUSY = 2, "The site is very busy right now."
OVERLOADED = 5, "The site is very busy right now."
TOO_SLOW = 10, "This took too long and was stopped."
UNAVAILABLE = 5, "reach its database."


def changed(config: Config, **sections: dict[str, Any]) -> Config:
    """Return the configuration with other values in some sections, and no rate limits."""
    sections = {"limits": {"enabled": False}, **sections}
    return msgspec.structs.replace(
        config,
        **{
            name: msgspec.structs.replace(getattr(config, name), **values)
            for name, values in sections.items()
        },
    )


@asynccontextmanager
async def started(config: Config, **sections: dict[str, Any]) -> AsyncIterator[Application]:
    app = build_app(changed(config, **sections))
    async with app.test_app():
        yield app


async def until(holds: Any, within: float = 30) -> None:
    async with asyncio.timeout(within):
        while not await holds():
            await asyncio.sleep(0.01)


async def all_given_back(app: Application) -> None:
    """Wait until no connection is lent any more."""

    async def none_lent() -> bool:
        state = held_by(app).database.pool_state()
        assert state
        return state.lent == 0

    await until(none_lent)


async def check_refusal(answer: Response, retry_after: int, sentence: str) -> None:
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) == retry_after
    assert sentence in await answer.get_data(as_text=True)


# Too much at once


async def test_an_exhausted_pool_is_answered_soon(config: Config) -> None:
    async with (
        started(config, database={"pool_size": 2, "pool_timeout": 0.5}) as app,
        held(config.database.url) as lock,
    ):
        client = app.test_client()
        stuck = [asyncio.create_task(client.get(LIST)) for _ in range(2)]
        await lock.waiters(2)
        answers = await asyncio.gather(client.get(LIST), client.get("/"), client.get("/readyz"))
        assert not any(one.done() for one in stuck)  # nobody waited for them
        assert (await client.get("/livez")).status_code == 200
        for answer in answers[:2]:
            await check_refusal(answer, *BUSY)
        assert (await answers[0].get_json())["status"] == "Service Unavailable"
        assert "very busy" in await answers[1].get_data(as_text=True)
        await lock.release()
        assert [answer.status_code for answer in await asyncio.gather(*stuck)] == [200, 200]
        assert (await client.get(LIST)).status_code == 200
        await all_given_back(app)


async def test_a_lock_that_is_held_too_long_is_answered(config: Config) -> None:
    async with started(config, database={"lock_timeout": 0.2}) as app:
        async with held(config.database.url):
            await check_refusal(await app.test_client().get(LIST), *BUSY)
        assert (await app.test_client().get(LIST)).status_code == 200


async def test_a_full_gate_refuses_at_once(config: Config) -> None:
    async with (
        started(config, http={"in_work": 1, "waiting": 1}) as app,
        held(config.database.url) as lock,
    ):
        client = app.test_client()
        working = asyncio.create_task(client.get(LIST))
        await lock.waiters()
        waiting = asyncio.create_task(client.get(LIST))
        await until(lambda: _is(app.shared.gate.waiting == 1))
        await check_refusal(await client.get(LIST), *OVERLOADED)
        assert not working.done()
        assert not waiting.done()
        assert (await client.get("/livez")).status_code == 200
        assert await counted(app, "pieloop_http_waiting") == 1
        await lock.release()
        assert [(await one).status_code for one in (working, waiting)] == [200, 200]
        assert (app.shared.gate.working, app.shared.gate.waiting) == (0, 0)


async def test_the_deadline_includes_the_wait_at_the_gate(config: Config) -> None:
    limits = {"in_work": 1, "waiting": 5, "request_deadline": 1.5}
    async with started(config, http=limits) as app, held(config.database.url) as lock:
        client = app.test_client()
        begun = time.perf_counter()
        answers = await asyncio.gather(*(client.get(LIST) for _ in range(5)))
        assert time.perf_counter() - begun < 1.5 * 4  # one after the other they would take all five
        for answer in answers:
            await check_refusal(answer, *TOO_SLOW)
        await all_given_back(app)
        await lock.release()
        assert (await client.get(LIST)).status_code == 200


async def _is(fact: bool) -> bool:
    return fact


# Abandoned half-way


@pytest.fixture
async def here(database: Database) -> Place:
    return await place(database)


def head(method: str, path: str, token: str, body: bytes = b"", length: int | None = None) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: pie.example",
        f"Authorization: Bearer {token}",
        "Content-Type: application/json",
        f"Content-Length: {len(body) if length is None else length}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def new_post(here: Place, title: str) -> bytes:
    return json.dumps({"title": title, "community_id": here.community_id}).encode()


async def titles(database: Database) -> list[str | None]:
    async with database.read() as db:
        return [row[0] for row in await db.execute(select(Post.title).order_by(Post.id))]


async def test_a_write_whose_client_goes_away_is_made_once(
    config: Config, database: Database, here: Place
) -> None:
    app = build_app(changed(config))
    async with listening(app) as port:
        async with held(config.database.url, mode=NOBODY_WRITES) as lock:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head("POST", "/api/alpha/post", here.token, new_post(here, "Left in the middle")))
            await lock.waiters()
            writer.close()
            await until(lambda: _is(app.shared.gate.working == 1 and len(app.shared.writes) == 1))
        await until(lambda: _is(len(app.shared.writes) == 0))
        assert await titles(database) == ["Left in the middle"]
        await all_given_back(app)


async def test_a_body_that_never_arrives_writes_nothing(
    config: Config, database: Database, here: Place
) -> None:
    app = build_app(changed(config))
    async with listening(app) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        body = new_post(here, "Half of it")
        writer.write(head("POST", "/api/alpha/post", here.token, body[:-5], length=len(body)))
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        _, other = await asyncio.open_connection("127.0.0.1", port)
        other.close()
        await until(lambda: _is(len(app.shared.writes) == 0))
        assert await titles(database) == []


async def test_a_read_whose_client_goes_away_gives_its_connection_back(config: Config) -> None:
    # Nothing but the clients' going away ends these statements while the test looks.
    patient = {"pool_size": 2, "lock_timeout": 60, "statement_timeout": 60}
    app = build_app(changed(config, database=patient))
    async with listening(app) as port, held(config.database.url) as lock:
        writers = []
        for _ in range(2):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head("GET", LIST, ""))
            writers.append(writer)
        await lock.waiters(2)
        for writer in writers:
            writer.close()
        await all_given_back(app)
        assert app.shared.gate.working == 0
        assert await counted(app, "pieloop_http_cancelled_total", method="GET") == 2
        assert await counted(app, "pieloop_pool_invalidated_total", reason="cancelled") == 2
        # The lock is still held: nobody waited for the statements to end.
        async with held_by(app).database.read() as db:
            assert (await db.execute(select(1))).scalar_one() == 1


async def test_shutdown_waits_for_the_writes_of_clients_that_are_gone(
    config: Config, database: Database, here: Place
) -> None:
    app = build_app(changed(config))
    async with (
        held(config.database.url, mode=NOBODY_WRITES) as lock,
        asyncio.TaskGroup() as group,
        listening(app) as port,
    ):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head("POST", "/api/alpha/post", here.token, new_post(here, "Last words")))
        await lock.waiters()
        writer.close()
        group.create_task(_release_when_draining(app, lock.release))
    assert await titles(database) == ["Last words"]


async def _release_when_draining(app: Application, release: Any) -> None:
    """Let the write go on only once the server has stopped everything else."""
    await until(lambda: _is(app.shutdown_event.is_set()))
    await release()


# Without PostgreSQL, without Redis


@asynccontextmanager
async def behind_proxies(config: Config, folder: Path) -> AsyncIterator[tuple[Config, Proxy, Proxy]]:
    """Put a proxy before each server; a folder with a short name holds their sockets."""
    sockets = str(make_url(config.database.url).query["host"])
    name = ".s.PGSQL.5432"
    async with (
        proxy(folder / name, Path(sockets) / name) as postgres,
        proxy(folder / "redis", Path(urlsplit(config.redis.url).path)) as valkey,
    ):
        yield (
            changed(
                config,
                database={"url": config.database.url.replace(sockets.replace("/", "%2F"), str(folder))},
                redis={"url": f"unix://{folder}/redis?{config.redis.url.partition('?')[2]}"},
            ),
            postgres,
            valkey,
        )


async def test_without_postgresql_there_is_a_quick_answer_and_recovery_by_itself(
    config: Config, tmp_path_factory: pytest.TempPathFactory, here: Place
) -> None:
    async with behind_proxies(config, tmp_path_factory.mktemp("p")) as (proxied, postgres, _):
        app = build_app(proxied)
        async with app.test_app():
            client = app.test_client()
            assert (await client.get("/readyz")).status_code == 200
            await postgres.cut()
            begun = time.perf_counter()
            for path in (LIST, "/"):
                await check_refusal(await client.get(path), *UNAVAILABLE)
            write = await client.post(
                "/api/alpha/post",
                json={"title": "Nowhere to go", "community_id": here.community_id},
                headers=bearer(here.token),
            )
            await check_refusal(write, *UNAVAILABLE)
            assert time.perf_counter() - begun < 20  # and not the statements' limit, three times
            ready = await client.get("/readyz")
            assert (ready.status_code, (await ready.get_data(as_text=True)).splitlines()) == (
                503,
                ["postgresql does not answer", "redis answers"],
            )
            assert (await client.get("/livez")).status_code == 200
            await postgres.mend()
            assert (await client.get(LIST)).status_code == 200
            assert (await client.get("/readyz")).status_code == 200
            await all_given_back(app)


async def test_without_redis_the_site_goes_on_and_says_that_it_is_not_ready(
    config: Config, tmp_path_factory: pytest.TempPathFactory, here: Place
) -> None:
    async with behind_proxies(config, tmp_path_factory.mktemp("p")) as (proxied, _, valkey):
        app = build_app(changed(proxied, limits={"enabled": True}))
        async with app.test_app():
            client = app.test_client()
            await valkey.cut()
            ready = await client.get("/readyz")
            assert (ready.status_code, (await ready.get_data(as_text=True)).splitlines()) == (
                503,
                ["postgresql answers", "redis does not answer"],
            )
            post = {"title": "Nobody counts this", "community_id": here.community_id}
            answer = await client.post("/api/alpha/post", json=post, headers=bearer(here.token))
            assert answer.status_code == 200
            assert await counted(app, "pieloop_limits_failed_open_total") == 1
            await valkey.mend()
            assert (await client.get("/readyz")).status_code == 200
