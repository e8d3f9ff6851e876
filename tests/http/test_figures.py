"""The site's figures are counted once for many requests, and anew when they are old."""

import asyncio

from quart.typing import TestClientProtocol as Browser
from sqlalchemy import Connection, event

from service.forum.accounts.authentication import RegistrationForm, register
from service.http.application import Application
from service.http.condition.figures import FIGURES
from service.http.context import EXTENSION
from tests.servers import DOMAIN


async def test_many_ask_and_one_counts(app: Application, client: Browser) -> None:
    database = app.extensions[EXTENSION].database
    counted = 0

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def notice(_: Connection, __: object, statement: str, *___: object) -> None:
        nonlocal counted
        counted += "FROM post_reply" in statement

    async def people() -> int:
        document = await (await client.get("/nodeinfo/2.0")).get_json()
        found: int = document["usage"]["users"]["total"]
        return found

    assert await asyncio.gather(*(people() for _ in range(5))) == [0] * 5
    await register(database, RegistrationForm(name="ana", password="quite a long one"), domain=DOMAIN)
    assert await people() == 0
    assert counted == 1
    app.extensions[FIGURES].counted_at -= 61
    assert await people() == 1
    assert counted == 2
