"""Configuration "disabled", which is the default: no operation does anything, whatever secret is shown."""

from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Any

import pytest
from sqlalchemy import event, func, select

from service.config import Config
from service.http.application import Application
from service.storage.tables import AuditEntry, User
from tests.private_registration.caller import OPERATIONS, SECRET, Caller, serving
from tests.serving import held_by

pytestmark = pytest.mark.private_registration


@pytest.fixture
async def app(config: Config) -> AsyncIterator[Application]:
    async with serving(config, enabled=False, limits=True) as app:
        yield app


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET])
async def test_every_operation_is_refused(app: Application, secret: str | None) -> None:
    caller = Caller(app.test_client(), secret)
    for name in OPERATIONS:
        answer = await caller.operate(name, 1)
        assert answer.status_code == 403, name
        assert await answer.get_json() == {
            "success": False,
            "error": "feature_disabled",
            "message": "This API is turned off.",
            "details": {},
        }


CALLED: ContextVar[bool] = ContextVar("called", default=False)


async def test_it_does_no_other_work(app: Application) -> None:
    asked: list[str] = []
    engine = held_by(app).database.engine.sync_engine
    # What the process does by itself meanwhile is done elsewhere than what these calls do.
    called = CALLED.set(True)

    def note(*arguments: Any) -> None:
        if CALLED.get():
            asked.append(arguments[2])

    event.listen(engine, "before_cursor_execute", note)
    caller = Caller(app.test_client(), headers={"Authorization": "Bearer nonsense"})
    for name in OPERATIONS:
        assert (await caller.operate(name, 1)).status_code == 403
    assert not asked, "a door that is off asks nothing of the database"
    assert not await held_by(app).redis.keys("limit:*")
    await app.test_client().get("/api/alpha/site")
    assert asked, "and another one is noticed when it asks"
    CALLED.reset(called)


async def test_its_description_is_off_as_well(app: Application) -> None:
    caller = Caller(app.test_client())
    for path in ("/openapi.json", "/docs"):
        assert (await caller.call("GET", path, status=403))["error"] == "feature_disabled"


async def test_nothing_was_written(app: Application) -> None:
    await Caller(app.test_client()).operate("private_register")
    async with held_by(app).database.read() as db:
        for table in (User, AuditEntry):
            assert await db.scalar(select(func.count()).select_from(table)) == 0
