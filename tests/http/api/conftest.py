"""Two members with an app and a community each."""

import pytest
from quart.typing import TestClientProtocol as Browser

from service.http.application import Application
from tests.http.people import Person, app_of


@pytest.fixture
async def ana(app: Application, client: Browser) -> Person:
    return await app_of(app, client, "ana")


@pytest.fixture
async def ben(app: Application, client: Browser) -> Person:
    return await app_of(app, client, "ben")
