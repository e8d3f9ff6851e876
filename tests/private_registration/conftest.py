"""What the tests of the private registration API share: the door open to whoever has the secret."""

from collections.abc import AsyncIterator

import pytest

from service.config import Config
from service.http.application import Application
from tests.forum import making
from tests.private_registration.caller import Caller, serving
from tests.serving import held_by


@pytest.fixture
async def app(config: Config) -> AsyncIterator[Application]:
    """The app with the door open, and without limits."""
    async with serving(config) as app:
        yield app


@pytest.fixture
def caller(app: Application) -> Caller:
    """The other system, with the right secret."""
    return Caller(app.test_client())


@pytest.fixture
async def ana(app: Application) -> int:
    """The id of a member."""
    return (await making.member(held_by(app).database, "ana", email="ana@mail.example")).id
