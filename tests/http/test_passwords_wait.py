"""Who waits for a password to be worked on holds nobody else up."""

import asyncio
from collections.abc import AsyncIterator
from threading import Event

import msgspec
import pytest

from service.assembly import build_app
from service.config import Config
from service.forum.accounts import passwords
from service.http.application import Application
from tests.http.people import place
from tests.serving import held_by

SOON = 20  # seconds


@pytest.fixture
async def narrow(config: Config) -> AsyncIterator[Application]:
    """An app that works on one request at a time."""
    limits = msgspec.structs.replace(config.limits, enabled=False)
    http = msgspec.structs.replace(config.http, in_work=1, in_work_per_address=1, kept_for_strangers=0)
    app = build_app(msgspec.structs.replace(config, limits=limits, http=http))
    async with app.test_app():
        yield app


async def test_pages_are_shown_while_passwords_wait(narrow: Application) -> None:
    await place(held_by(narrow).database)
    browser, busy = narrow.test_client(), Event()
    held = passwords._turns.thread.submit(busy.wait, SOON)
    try:
        credentials = {"username": "ana", "password": "something wrong"}
        waiting = [
            asyncio.create_task(browser.post("/api/alpha/user/login", json=credentials)) for _ in range(3)
        ]
        async with asyncio.timeout(SOON):
            while passwords._turns.taken < len(waiting):
                await asyncio.sleep(0)
            assert (await browser.get("/communities")).status_code == 200
        assert not any(task.done() for task in waiting)
    finally:
        busy.set()
        held.result()
    assert {answer.status_code for answer in await asyncio.gather(*waiting)} <= {400, 401}
