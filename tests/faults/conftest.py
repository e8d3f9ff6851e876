"""These are about connections: each is opened and closed as the product does it."""

import pytest


@pytest.fixture(autouse=True)
def _own_connections(own_connections: None) -> None:
    pass
