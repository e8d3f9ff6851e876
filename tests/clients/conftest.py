"""A site as it runs for people: a web process and a worker, at an address that an app can find."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from service.config import Config
from service.forum.accounts.authentication import RegistrationForm, register
from service.forum.accounts.viewer import Viewer
from service.forum.communities.operations import NewCommunity, create
from service.storage.transaction import Database
from tests.clients.library import install
from tests.forum.making import KEYS, viewer_of
from tests.http.api.app_client import PASSWORD
from tests.serving import arq, free_port, hypercorn
from tests.workers.events import worked_off


@dataclass
class Site:
    """Where the site is, and what lies behind it."""

    domain: str
    database: Database

    @property
    def address(self) -> str:
        return f"http://{self.domain}"

    async def join(self, name: str) -> Viewer:
        """Make an account."""
        form = RegistrationForm(name=name, password=PASSWORD)
        registered = await register(self.database, form, domain=self.domain)
        return await viewer_of(self.database, registered.account_id)

    async def found(self, name: str, founder: Viewer) -> int:
        """Make a community."""
        new = NewCommunity(name=name, title=name.title(), keys=KEYS)
        return (await self.database.write(create, founder, new, domain=self.domain)).community_id

    async def told(self) -> None:
        """Wait until everybody was told what they are to know."""
        await worked_off(self.database)


@pytest.fixture(scope="session")
def libraries() -> None:
    """The libraries, installed."""
    install()


@pytest.fixture
async def site(libraries: None, config: Config, database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    port = free_port()
    domain = f"127.0.0.1:{port}"
    config = msgspec.structs.replace(config, site=msgspec.structs.replace(config.site, domain=domain))
    with ExitStack() as stack:
        web, _ = await asyncio.to_thread(stack.enter_context, hypercorn(config, tmp_path, port))
        worker = await asyncio.to_thread(stack.enter_context, arq(config, tmp_path))
        yield Site(domain, database)
        for process in (web, worker):
            assert '"level": "error"' not in process.said()
            assert "Traceback" not in process.said()
