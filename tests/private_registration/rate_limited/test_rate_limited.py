"""Configuration "rate-limited": one more than allowed is refused, and told exactly when to come back."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisGone

from service.config import Config
from service.http.api.admin import limits
from service.http.application import Application
from tests.private_registration.caller import OPERATIONS, Caller, serving
from tests.serving import held_by

pytestmark = pytest.mark.private_registration

ALLOWED = 2
LIMITS = dict.fromkeys(
    ("rate_limit", "lookup_limit", "change_limit", "bulk_limit", "statistics_limit", "monitoring_limit"),
    ALLOWED,
)
CHANGING = {
    "private_register",
    "user_update",
    "user_disable",
    "user_enable",
    "user_ban",
    "user_unban",
    "user_delete",
    "users_bulk",
    "users_export",
}


@pytest.fixture
async def app(config: Config) -> AsyncIterator[Application]:
    async with serving(config, limits=True, **LIMITS) as app:
        yield app


@pytest.mark.parametrize("name", OPERATIONS)
async def test_one_more_is_refused(app: Application, caller: Caller, name: str) -> None:
    for _ in range(ALLOWED):
        assert (await caller.operate(name, 1)).status_code != 429
    answer = await caller.operate(name, 1)
    assert answer.status_code == 429
    body = await answer.get_json()
    assert (body["success"], body["error"]) == (False, "rate_limited")
    wait = int(answer.headers["Retry-After"])
    assert 3590 < wait <= 3601
    assert body["details"]["retry_after"] == wait
    assert (body["details"]["limit"], body["details"]["remaining"]) == (ALLOWED, 0)
    elsewhere = Caller(app.test_client(), address="198.51.100.7")
    assert (await elsewhere.operate(name, 1)).status_code != 429, "another address is counted apart"


async def test_the_kinds_are_counted_apart(caller: Caller) -> None:
    for _ in range(ALLOWED + 1):
        await caller.operate("users")
    assert (await caller.operate("users")).status_code == 429
    assert (await caller.operate("stats_users")).status_code == 200
    found = await caller.call("GET", "/monitoring/rate-limits")
    assert (found["limits"]["lookup"]["used"], found["limits"]["lookup"]["remaining"]) == (ALLOWED, 0)
    assert found["limits"]["bulk"] == {
        "limit": ALLOWED,
        "window_seconds": 3600,
        "used": 0,
        "remaining": ALLOWED,
        "reset_time": None,
    }


async def test_many_at_once_are_counted_exactly(caller: Caller) -> None:
    answers = await asyncio.gather(*(caller.operate("users") for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * ALLOWED + [429] * (20 - ALLOWED)


async def test_the_window_slides(caller: Caller, own_redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    for window in (0.5, 8, 60):  # seconds: one that is longer than what is asked takes on this machine
        monkeypatch.setattr(limits, "HOUR", window)
        own_redis.flushdb()
        begun = time.monotonic()
        answers = [(await caller.operate("users")).status_code for _ in range(ALLOWED + 1)]
        if time.monotonic() - begun < window:
            break
    assert answers == [200] * ALLOWED + [429]
    async with asyncio.timeout(window + 60):
        # Asking while it is refused does not push the moment away.
        while (await caller.operate("users")).status_code == 429:
            await asyncio.sleep(0.05)


async def test_two_processes_share_the_count(app: Application, config: Config, caller: Caller) -> None:
    await caller.operate("users")
    async with serving(config, limits=True, **LIMITS) as another:
        other = Caller(another.test_client())
        assert (await other.operate("users")).status_code == 200
        assert (await other.operate("users")).status_code == 429


@pytest.mark.parametrize("name", OPERATIONS)
async def test_without_redis_nothing_is_changed(
    app: Application, caller: Caller, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: Any) -> None:
        raise RedisGone("away")

    monkeypatch.setattr(held_by(app).redis, "evalsha", gone)
    answer = await caller.operate(name, 1)
    if name in CHANGING:
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert (await answer.get_json())["error"] == "limits_unknown"
    else:
        assert answer.status_code == 200


async def test_strangers_fill_no_disk(config: Config) -> None:
    async with serving(config, limits=True, refused_limit=3) as app:
        stranger = Caller(app.test_client(), "wrong")
        for _ in range(10):
            assert (await stranger.operate("users")).status_code == 401
        entries = await Caller(app.test_client()).audit(result="invalid_secret")
    assert len(entries) == 3
    assert "further_ones" in entries[0]["details"]
    assert entries[1]["details"] == {}


async def test_a_refusal_is_written_down(caller: Caller) -> None:
    for _ in range(ALLOWED + 1):
        await caller.operate("users")
    entries = await caller.audit(operation="users")
    assert [entry["result"] for entry in entries] == ["rate_limited", "done", "done"]
