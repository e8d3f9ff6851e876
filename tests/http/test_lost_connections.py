"""A connection to the database that ends under a read is the reader's business no more than a restart is."""

import pytest
from sqlalchemy import text

from service.http.application import Application
from service.http.context import resources

ENDS_ITSELF = text("SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.fixture
def times(app: Application) -> list[str]:
    """Let `/api/frail` lose its connection as often as `lost` says; each time is noted."""
    noted: list[str] = []

    async def frail(lost: int) -> str:
        noted.append("asked")
        async with resources().database.read() as db:
            if len(noted) <= lost:
                await db.execute(ENDS_ITSELF)
            return str(await db.scalar(text("SELECT 42")))

    app.add_url_rule("/api/frail/<int:lost>", view_func=frail, methods=["GET", "POST"])
    return noted


async def test_a_read_is_done_once_more(app: Application, times: list[str]) -> None:
    answer = await app.test_client().get("/api/frail/1")
    assert (answer.status_code, await answer.get_data(as_text=True)) == (200, "42")
    assert len(times) == 2


async def test_a_read_is_not_done_for_ever(app: Application, times: list[str]) -> None:
    answer = await app.test_client().get("/api/frail/5")
    assert answer.status_code == 503
    assert len(times) == 2


async def test_a_write_is_not_done_twice(app: Application, times: list[str]) -> None:
    answer = await app.test_client().post("/api/frail/1")
    assert answer.status_code == 503
    assert len(times) == 1
