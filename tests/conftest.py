"""What all tests share: real servers, a clean database each, the app with its start-up run."""

import os
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import msgspec
import pytest
import uvloop
from quart import Quart
from quart.testing.app import TestApp
from quart.typing import TestClientProtocol as Browser
from redis import Redis

from service import lifecycle
from service.assembly import build_app
from service.config import Config
from service.http.application import Application
from service.lifecycle import Resources, open_resources
from service.storage.engine import create_engine
from service.storage.transaction import Database
from tests.cheap_secrets import in_earnest, make_secrets_cheap
from tests.clusters import copy_clusters
from tests.databases import address_of, create_database, drop_database, fresh_name
from tests.garbage import collect_from_now_on, collect_no_garbage_at_start, collect_nothing_yet
from tests.image_processes import SHELF as IMAGE_PROCESSES
from tests.image_processes import keep_image_processes
from tests.kept_database import KeptDatabase
from tests.media.s3 import S3Server, s3_server
from tests.preloaded import fork_children
from tests.routes import make_routes_once
from tests.servers import DATABASE_VARIABLE, REDIS_VARIABLE, TestServers, configuration
from tests.warm import SHELF, keep_engines_warm

pytest_plugins = ["tests.time_limits"]

SERVERS = pytest.StashKey[TestServers]()

make_routes_once()
make_secrets_cheap()
keep_engines_warm()
keep_image_processes()
fork_children()
copy_clusters()
collect_no_garbage_at_start()
collect_nothing_yet()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the servers in the coordinating process; the others inherit their addresses."""
    if "PYTEST_XDIST_WORKER" not in os.environ and not session.config.option.collectonly:
        servers = session.config.stash[SERVERS] = TestServers()
        servers.start()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let files with tests that take long come first: none of them holds up the end of a run."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """Now everything is there that stays."""
    collect_from_now_on()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started here."""
    if SERVERS in config.stash:
        config.stash[SERVERS].stop()


@pytest.fixture(scope="session")
def _asyncio_loop_factory() -> Callable[[], AbstractEventLoop]:
    """The loop of the product, for pytest-asyncio: it spends less than asyncio's."""
    return uvloop.new_event_loop


@pytest.fixture(scope="session")
def superuser_url() -> str:
    """The server itself."""
    return os.environ[DATABASE_VARIABLE]


@pytest.fixture(scope="session")
def redis_url(worker_id: str) -> str:
    """A Redis database of this process's own."""
    number = int(worker_id.removeprefix("gw")) + 1 if worker_id != "master" else 0
    address, _, _ = os.environ[REDIS_VARIABLE].partition("?")
    return f"{address}?db={number}"


@pytest.fixture(scope="session")
def own_redis(redis_url: str) -> Iterator[Redis]:
    """A connection to that database: a new one each time costs more than emptying it."""
    with Redis.from_url(redis_url) as redis:
        yield redis


@pytest.fixture
def costly_secrets() -> Iterator[None]:
    """Hashes and key pairs as the product makes them."""
    with in_earnest():
        yield


@pytest.fixture
def own_connections() -> Iterator[None]:
    """Connections that are opened and closed as the product does it; none of others is left."""
    SHELF.open = False
    SHELF.hang_up()
    yield
    SHELF.open = True


@pytest.fixture(scope="session", autouse=True)
async def _kept_image_processes(loop_of_all: AbstractEventLoop) -> AsyncIterator[None]:
    """One image process serves the tests of this process, from when it is first needed."""
    IMAGE_PROCESSES.open()
    yield
    await IMAGE_PROCESSES.close()


@pytest.fixture
async def own_image_processes() -> AsyncIterator[None]:
    """No image process but those that the test starts."""
    await IMAGE_PROCESSES.close()
    yield
    IMAGE_PROCESSES.open()


@pytest.fixture
async def empty_database_url(superuser_url: str) -> AsyncIterator[str]:
    """A new database with nothing in it."""
    name = fresh_name()
    await create_database(superuser_url, name)
    yield address_of(superuser_url, name)
    await drop_database(superuser_url, name)


@pytest.fixture(scope="session")
async def kept_database(superuser_url: str) -> AsyncIterator[KeptDatabase]:
    """The migrated database of this process."""
    kept = KeptDatabase(superuser_url)
    yield kept
    await kept.drop()


@pytest.fixture
async def database_url(kept_database: KeptDatabase) -> str:
    """A migrated database with nothing in it but what the migration made."""
    return await kept_database.clean()


@pytest.fixture(scope="session")
def running_s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A server that speaks S3, of this process's own, started by the first test that wants it."""
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def s3(running_s3: S3Server) -> S3Server:
    """The same, with one empty bucket."""
    running_s3.empty()
    return running_s3


@pytest.fixture
def config(database_url: str, redis_url: str, own_redis: Redis, tmp_path: Path) -> Config:
    """The configuration of this test; Redis is empty."""
    own_redis.flushdb()
    return configuration(database_url, redis_url, tmp_path)


@pytest.fixture
async def database(config: Config) -> AsyncIterator[Database]:
    """A database, with the engine of a web process."""
    engine = create_engine(config, "web")
    yield Database(engine)
    await engine.dispose()


@pytest.fixture
async def resources(config: Config) -> AsyncIterator[Resources]:
    """All that a worker process holds open."""
    async with open_resources(config, "worker") as resources:
        yield resources


class PatientTestApp(TestApp):
    """Quart's, which gives an app six seconds to start and to stop."""

    def __init__(self, app: Quart) -> None:
        super().__init__(app, startup_timeout=60, shutdown_timeout=60)


Quart.test_app_class = PatientTestApp


@pytest.fixture
async def app(config: Config) -> AsyncIterator[Application]:
    """The web app after its start-up; rate limits are off but for the tests that are about them."""
    generous = msgspec.structs.replace(config.limits, enabled=False)
    app = build_app(msgspec.structs.replace(config, limits=generous))
    serving = app.test_app()
    # The database was found to be as it was made a moment ago.
    with patch.object(lifecycle, "check_schema", _found_well):
        await serving.startup()
    try:
        yield app
    finally:
        await serving.shutdown()


async def _found_well(_: object) -> None:
    pass


@pytest.fixture
def client(app: Application) -> Browser:
    """A browser without any cookies."""
    return app.test_client()
