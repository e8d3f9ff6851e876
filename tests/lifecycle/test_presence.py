"""Every process reports how it is, any web process shows them all, and nobody minds when Redis is away."""

import asyncio
import time
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from redis.asyncio import Redis

from service.assembly import build_app
from service.config import Config
from service.lifecycle import Resources, open_resources
from service.telemetry import presence
from service.telemetry.presence import ENTRY, EXPIRY, NAMES, present
from tests.http.test_overload import behind_proxies
from tests.serving import arq, get, held_by, hypercorn
from tests.telemetry import scraped, series


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "EVERY", 0.05)


async def names(redis: Redis) -> list[str]:
    return [one.name for one in await present(redis)]


async def test_a_process_reports_from_its_start_to_its_end(config: Config, resources: Resources) -> None:
    async with open_resources(config, "web") as web:
        assert await names(resources.redis) == [web.reporter.name, resources.reporter.name]
        found = (await present(resources.redis))[0]
        assert (found.role, found.pool.limit, found.name.partition("@")[2]) == ("web", 8, found.host)
        assert 0 < await resources.redis.ttl(ENTRY + found.name) <= EXPIRY
    assert await names(resources.redis) == [resources.reporter.name]


@pytest.mark.usefixtures("often")
async def test_reports_go_on_after_redis_was_flushed(resources: Resources) -> None:
    await resources.redis.flushdb()
    async with asyncio.timeout(10):
        while await names(resources.redis) != [resources.reporter.name]:
            await asyncio.sleep(0.02)


async def test_what_has_expired_is_forgotten(resources: Resources) -> None:
    await known(resources, "pieloop.web.1@dead")
    assert await names(resources.redis) == [resources.reporter.name]
    members: Any = resources.redis.smembers(NAMES)
    assert await members == {resources.reporter.name.encode()}


async def known(resources: Resources, name: str) -> None:
    added: Any = resources.redis.sadd(NAMES, name)
    await added


async def test_a_report_of_another_version_is_left_out(resources: Resources) -> None:
    await known(resources, "pieloop.web.1@other")
    await resources.redis.set(ENTRY + "pieloop.web.1@other", b'{"version": 2}')
    assert await names(resources.redis) == [resources.reporter.name]


@pytest.mark.usefixtures("often")
async def test_without_redis_a_web_process_shows_itself_and_does_not_call_the_workers_dead(
    config: Config, resources: Resources, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert resources.reporter.name.startswith("pieloop.worker.")
    async with behind_proxies(config, tmp_path_factory.mktemp("p")) as (proxied, _, valkey):
        app = build_app(proxied)
        async with app.test_app():
            text = await scraped(app)
            assert series(text, "pieloop_redis_answers") == [1]
            assert series(text, "pieloop_processes", role="worker") == [1]
            assert len(series(text, "pieloop_pool_limit")) == 2
            await valkey.cut()
            begun = time.perf_counter()
            text = await scraped(app)
            assert time.perf_counter() - begun < 15
            assert series(text, "pieloop_redis_answers") == [0]
            assert series(text, "pieloop_processes") == []
            assert series(text, "pieloop_pool_limit") == [8]
            await held_by(app).database.ping()
            await resources.redis.delete(ENTRY + held_by(app).reporter.name)
            await valkey.mend()
            async with asyncio.timeout(10):
                while held_by(app).reporter.name not in await names(resources.redis):
                    await asyncio.sleep(0.02)
            await valkey.cut()  # and ends in peace without it


async def test_a_web_process_shows_a_worker_of_another_process(config: Config, tmp_path: Path) -> None:
    """As they are deployed: two programs that know each other by Redis alone."""
    with hypercorn(config, tmp_path) as (_, port), arq(config, tmp_path) as worker:
        async with asyncio.timeout(30):
            while True:
                status, body = await asyncio.to_thread(get, port, "/metrics")
                text = body.decode()
                if series(text, "pieloop_relay_listening") == [1.0] and series(
                    text, "pieloop_outbox_pending"
                ):
                    break
                await asyncio.sleep(0.2)
        assert status == 200
        assert series(text, "pieloop_pool_limit", role="worker") == [4]
        assert series(text, "pieloop_pool_limit", role="web") == [8]
        assert series(text, "pieloop_server_connections_available") == [ANY]
        assert worker.stop() == 0
        _, body = await asyncio.to_thread(get, port, "/metrics")
        assert series(body.decode(), "pieloop_processes", role="worker") == [0]
        assert series(body.decode(), "pieloop_pool_limit", role="worker") == []
