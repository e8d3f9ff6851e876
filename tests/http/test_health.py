"""What probes and Prometheus see of a process that is well; test_overload has the rest."""

import asyncio

from service.http.application import Application
from tests.telemetry import counted, series


async def test_a_process_that_is_well_says_so(app: Application) -> None:
    client = app.test_client()
    for path, words in (("/livez", "alive\n"), ("/readyz", "postgresql answers\nredis answers\n")):
        answer = await client.get(path)
        assert (answer.status_code, await answer.get_data(as_text=True)) == (200, words)
        assert answer.headers["Cache-Control"] == "no-store"


async def test_the_numbers_are_there(app: Application) -> None:
    client = app.test_client()
    await client.get("/")
    await client.get("/nothing/here")
    async with asyncio.timeout(10):
        while await counted(app, "pieloop_pool_lent"):  # what begins with the process may read just now
            await asyncio.sleep(0.01)
    answer = await client.get("/metrics")
    text = await answer.get_data(as_text=True)
    assert answer.headers["Content-Type"].startswith("text/plain")
    for name, value in (
        ("pieloop_http_request_seconds_count", 2),
        ("pieloop_http_working", 0),
        ("pieloop_http_writes", 0),
        ("pieloop_pool_limit", 8),
        ("pieloop_pool_lent", 0),
    ):
        assert series(text, name) == [value], name
    for status in ("200", "404"):
        assert series(text, "pieloop_http_requests_total", method="GET", status=status) == [1], status


async def test_what_was_refused_is_counted_by_its_reason(app: Application) -> None:
    client = app.test_client()
    for limits, status, reason in (
        ((1, 0, 1, 9), 503, "overloaded"),
        ((9, 9, 1, 0), 429, "too_many_at_once"),
    ):
        app.shared.gate = type(app.shared.gate)(*limits)
        async with app.shared.gate.admit("<local>"):
            assert (await client.get("/")).status_code == status
        assert await counted(app, "pieloop_http_refused_total", reason=reason) == 1
