"""A request that holds up the loop is seen, counted, and written down with its place; nothing that it carries is."""

import asyncio
import json
import time
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from service.assembly import build_app
from service.config import Config
from service.lifecycle import STARTING
from service.telemetry.watchdog import watched_loop
from tests.telemetry import counted


def stalls_in(text: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in text.splitlines() if "event_loop_blocked" in line]
    return [line for line in lines if line["during"].startswith("GET /test/")]


async def test_who_holds_up_the_loop_is_named(config: Config, capfd: pytest.CaptureFixture[str]) -> None:
    app = build_app(config)

    @app.get("/test/<word>")
    async def hold_up(word: str) -> str:
        begun = time.thread_time()
        while time.thread_time() - begun < 0.3:
            sum(range(1000))
        return word

    async with app.test_app():
        await asyncio.sleep(STARTING + 0.2)
        capfd.readouterr()
        for _ in range(2):
            await app.test_client().get("/test/secret?secret=secret")
            await asyncio.sleep(0.2)
        said = capfd.readouterr().err
        [stall] = stalls_in(said)  # the second one comes too soon after
        assert stall["during"] == "GET /test/<word>"
        assert 0.2 < stall["processor"] < 1
        assert stall["seconds"] >= 0.2
        assert any("test_watchdog.py" in place and place.endswith("hold_up") for place in stall["where"])
        assert "secret" not in said
        assert await counted(app, "pieloop_loop_stalls_total") >= 2
        assert await counted(app, "pieloop_loop_lag_seconds_count") > 2


async def test_watching_costs_next_to_nothing() -> None:
    async with watched_loop(CollectorRegistry()):
        await asyncio.sleep(0.2)
        begun, spent = time.monotonic(), time.process_time()
        await asyncio.sleep(1)
        share = (time.process_time() - spent) / (time.monotonic() - begun)
    assert share < 0.02
