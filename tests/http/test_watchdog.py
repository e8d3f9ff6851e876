"""A request that holds up the loop is seen, counted, and written down with its place; nothing that it carries is."""

import asyncio
import json
import time
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from service import lifecycle
from service.assembly import build_app
from service.config import Config
from service.http.application import Application
from service.telemetry import watchdog
from service.telemetry.watchdog import watched_loop
from tests.telemetry import counted


def stalls_in(text: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in text.splitlines() if "event_loop_blocked" in line]
    return [line for line in lines if line["during"].startswith("GET /test/")]


async def test_who_holds_up_the_loop_is_named(
    config: Config, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle, "STARTING", 0.0)
    monkeypatch.setattr(
        watchdog, "SAY_AGAIN_AFTER", 0.0
    )  # a busy machine may have held up the loop a moment ago
    app = build_app(config)

    @app.get("/test/<word>")
    async def hold_up(word: str) -> str:
        begun = time.thread_time()
        while time.thread_time() - begun < 0.3:
            sum(range(1000))
        return word

    async with app.test_app(), asyncio.timeout(100):
        while await counted(app, "pieloop_loop_lag_seconds_count") < 2:
            await asyncio.sleep(watchdog.BEAT)
        capfd.readouterr()
        await stalled(app)
        said = capfd.readouterr().err
        # What held it up without working was the machine.
        [stall] = [one for one in stalls_in(said) if one["processor"] > 0.2]
        assert stall["during"] == "GET /test/<word>"
        assert stall["processor"] < 1
        assert stall["seconds"] >= 0.2
        assert any("test_watchdog.py" in place and place.endswith("hold_up") for place in stall["where"])
        assert "secret" not in said
        monkeypatch.setattr(watchdog, "SAY_AGAIN_AFTER", 600.0)
        await stalled(app)  # too soon after
        assert stalls_in(capfd.readouterr().err) == []


async def stalled(app: Application) -> None:
    """Hold up the loop by a request, and wait until that was counted."""
    before = await counted(app, "pieloop_loop_stalls_total")
    await app.test_client().get("/test/secret?secret=secret")
    while await counted(app, "pieloop_loop_stalls_total") == before:
        await asyncio.sleep(watchdog.BEAT)


async def test_watching_costs_next_to_nothing() -> None:
    async with watched_loop(CollectorRegistry()):
        await asyncio.sleep(0.2)
        begun, spent = time.monotonic(), time.process_time()
        await asyncio.sleep(1)
        share = (time.process_time() - spent) / (time.monotonic() - begun)
    assert share < 0.02
