"""What the tests of the pages share."""

import pytest

from service.forum.accounts import authentication
from service.http.application import Application
from service.http.context import EXTENSION
from tests.http.web.visitor import PASSWORD, Visitor, ask_no_letters


@pytest.fixture
async def stranger(app: Application) -> Visitor:
    """Somebody who is not signed in."""
    await ask_no_letters(app)
    return Visitor(app.test_client())


@pytest.fixture
async def founder(app: Application) -> Visitor:
    """A member with a community `cats` and the post 1 in it."""
    ana = await Visitor(app.test_client()).register("ana")
    await ana.create_community("cats", description="About **cats**", rules="1. Be kind")
    await ana.publish("cats", "First cat", body="It *purrs*.")
    return ana


@pytest.fixture
async def reader(app: Application, founder: Visitor) -> Visitor:
    """A member who founded nothing."""
    return await Visitor(app.test_client()).register("bob")


@pytest.fixture
async def administrator(app: Application) -> Visitor:
    """The site's administrator, signed in."""
    database = app.extensions[EXTENSION].database
    assert await authentication.make_first_admin(database, "boss", PASSWORD, domain=app.settings.site.domain)
    boss = Visitor(app.test_client())
    await boss.get("/auth/login")
    await boss.follow(await boss.send("/auth/login", user_name="boss", password=PASSWORD))
    return boss
