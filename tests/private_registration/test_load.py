"""Registrations from many callers at once end with exactly as many complete accounts."""

from pathlib import Path

import pytest

from service.config import Config
from tests.private_registration.caller import SECRET
from tests.private_registration.load import MADE, TAKEN, counted, register_all
from tests.serving import hypercorn

pytestmark = [pytest.mark.private_registration, pytest.mark.slow]

TOTAL, CALLERS = 24, 12


async def test_each_registration_is_one_complete_account(config: Config, tmp_path: Path) -> None:
    settings = {
        "PIELOOP_PRIVATE_REGISTRATION_ENABLED": "true",
        "PIELOOP_PRIVATE_REGISTRATION_SECRET": SECRET,
    }
    with hypercorn(config, tmp_path, None, 40, **settings) as (_, port):
        statuses, _ = await register_all(port, TOTAL, CALLERS)
    assert statuses[MADE] + statuses[TAKEN] == TOTAL
    assert await counted(config) == (TOTAL, TOTAL, TOTAL)
