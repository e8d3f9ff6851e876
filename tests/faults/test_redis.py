"""Redis flushed, restarted, gone, full: pages and posts as ever, and what is to be done afterwards is done once."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from service.config import Config
from service.forum.accounts import operations
from service.forum.accounts.tokens import hash_of, new_session_token
from service.http.passing.identity import COOKIE
from service.storage.transaction import Database
from tests.databases import connect
from tests.faults.load import (
    Load,
    at_rest,
    check_rows,
    check_told,
    everything_worked_off,
    load,
    numbers,
)
from tests.faults.servers import OwnValkey, own_valkey
from tests.faults.sizes import EVENTS, OUTAGE
from tests.forum import making
from tests.http.people import Place, place
from tests.lifecycle.drills import eventually
from tests.serving import Program, get, hypercorn, patience_of, program, settings_of
from tests.workers.events import recorded

POOL = 8
TIMEOUT = 120 + 2 * OUTAGE

pytestmark = pytest.mark.slow
WORK = ("-m", "service", "work")

Report = Callable[[str, str], None]


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Report:
    return lambda name, words: record_property("drill", (name, words))


@dataclass
class Site:
    """A web process and a kept worker, with a Valkey that the drill may stop."""

    config: Config
    database: Database
    valkey: OwnValkey
    web: Program
    worker: Program
    port: int
    author: Place
    session: str

    def lives(self) -> None:
        """Nobody had to start anything."""
        assert self.web.process.poll() is None, self.web.said()
        assert self.worker.process.poll() is None, self.worker.said()


@pytest.fixture
async def site(config: Config, database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    await making.member(database, "reader")
    author = await place(database, "author")
    token = new_session_token()
    await database.write(
        operations.start_session, author.member.id, hash_of(token), checked_hash="scrypt:none"
    )
    async with own_valkey() as valkey:
        settings: dict[str, Any] = {
            **patience_of(config),
            "PIELOOP_REDIS_URL": valkey.address,
            "PIELOOP_LIMITS_ENABLED": "true",
            "PIELOOP_HTTP_KEPT_FOR_STRANGERS": "0",
            "PIELOOP_LIMITS_PUBLISH": "1000000/60",
            "PIELOOP_WORKER_JOB_TIMEOUT": 3,
            "PIELOOP_WORKER_SWEEP_EVERY": 0.5,
        }
        with ExitStack() as stack:
            web, port = await asyncio.to_thread(stack.enter_context, hypercorn(config, tmp_path, **settings))
            worker = stack.enter_context(
                program(*WORK, environ=settings_of(config, **settings), cwd=tmp_path)
            )
            # A worker that has never worked is not started again: nobody knows whether it ever could.
            await asyncio.to_thread(eventually, lambda: "resources_opened" in worker.said(), 60)
            yield Site(config, database, valkey, web, worker, port, author, token)
            assert await asyncio.to_thread(worker.stop) == 0, worker.said()


@asynccontextmanager
async def under_load(site: Site) -> AsyncIterator[Load]:
    """Read and write while the body runs; afterwards everything was answered with success, and worked off."""
    async with load(site.port, site.author) as clients:
        clients.begin(readers=3, writers=3)
        await clients.go_on(reads=5, posts=3)
        yield clients
        await clients.go_on(reads=5, posts=3)
        await clients.end()
        assert [answer for answer in clients.answers if answer.status != 200] == []
        found = await at_rest(clients, site.web.pid)
        assert found["pieloop_pool_open"] <= POOL
        db = await connect(site.config.database.url)
        try:
            await everything_worked_off(db)
            await check_rows(db, clients)
            await check_told(db, clients)
        finally:
            await db.close()
        await _still_signed_in(clients, site)
    site.lives()


async def _still_signed_in(clients: Load, site: Site) -> None:
    answer = await clients.ask("GET", "/user/settings", headers={"Cookie": f"{COOKIE}={site.session}"})
    assert answer.status == 200


@pytest.mark.timeout(TIMEOUT)
async def test_flushed_again_and_again_with_work_pending(site: Site, report: Report) -> None:
    async with Redis.from_url(site.valkey.address) as redis, under_load(site) as clients:
        for _ in range(EVENTS):
            await recorded(site.database)
        flushes = 0
        end = time.monotonic() + OUTAGE
        while time.monotonic() < end:
            await redis.flushall()
            flushes += 1
            await asyncio.sleep(0.3)
    report(f"F3 Redis flushed {flushes} times, {EVENTS} events pending", clients.in_words())


@pytest.mark.timeout(TIMEOUT)
async def test_restarted(site: Site, report: Report) -> None:
    async with under_load(site) as clients:
        for _ in range(3):
            await site.valkey.restart()
            await clients.go_on(reads=5, posts=3)
    report("L46 Redis restarted 3 times", clients.in_words())


@pytest.mark.timeout(TIMEOUT)
async def test_gone_for_a_while(site: Site, report: Report) -> None:
    async with under_load(site) as clients:
        before = (await numbers(clients, site.web.pid))["pieloop_limits_failed_open_total"]
        await site.valkey.stop()
        end = time.monotonic() + OUTAGE
        while time.monotonic() < end:
            assert (await asyncio.to_thread(get, site.port, "/readyz"))[0] == 503
            assert (await asyncio.to_thread(get, site.port, "/livez"))[0] == 200
            await clients.go_on(reads=1, posts=1)
        await _still_signed_in(clients, site)
        opened = (await numbers(clients, site.web.pid))["pieloop_limits_failed_open_total"] - before
        assert opened > 0
        await site.valkey.start()
        back = time.monotonic()
        while (await asyncio.to_thread(get, site.port, "/readyz"))[0] != 200:
            assert time.monotonic() - back < clients.allow(5)
            await asyncio.sleep(0.05)
    report(
        f"F4 Redis gone for {OUTAGE:.0f} s",
        f"{opened:.0f} limits failed open; all worked off {time.monotonic() - back:.1f} s after; {clients.in_words()}",
    )


@pytest.mark.timeout(TIMEOUT)
async def test_full(site: Site, report: Report) -> None:
    async with Redis.from_url(site.valkey.address) as redis, under_load(site) as clients:
        before = (await numbers(clients, site.web.pid))["pieloop_limits_failed_open_total"]
        await redis.config_set("maxmemory", "1")
        await asyncio.sleep(OUTAGE)
        await clients.go_on(reads=3, posts=3)
        opened = (await numbers(clients, site.web.pid))["pieloop_limits_failed_open_total"] - before
        await redis.config_set("maxmemory", "0")
        back = time.monotonic()
    report(
        f"L46 Redis full for {OUTAGE:.0f} s",
        f"{opened:.0f} limits failed open; all worked off {time.monotonic() - back:.1f} s after; {clients.in_words()}",
    )
