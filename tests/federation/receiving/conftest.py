"""A site that hears, for each test."""

from collections.abc import AsyncIterator

import pytest

from service.config import Config
from tests.federation.hearing import Hearing, hearing


@pytest.fixture
async def site(config: Config) -> AsyncIterator[Hearing]:
    """The site, with nothing in it."""
    async with hearing(config) as running:
        yield running
