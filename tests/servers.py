"""PostgreSQL and Redis for a test run: started once, by the process that coordinates it, and never by hand.

The processes of a parallel run learn by the environment where the servers are. Each has databases of its own, cloned
from one that was migrated once.
"""

import asyncio
import os
import shutil
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
from sqlalchemy import make_url

from service.config import Config, DatabaseConfig, HttpConfig, RedisConfig, SiteConfig, StoreConfig
from service.embedded import run_embedded
from service.storage.migrate import migrate
from tests.bouncer import AT_THE_ROLE, PLACE, WANTED, bouncer, of_the_run
from tests.clusters import copy_clusters, keep_the_first
from tests.databases import TEMPLATE, address_of, connect, create_database

DATABASE_VARIABLE, REDIS_VARIABLE = "TESTS_DATABASE", "TESTS_REDIS"
MAX_CONNECTIONS = 300
SECRET_KEY = "a secret that only the tests know"
DOMAIN = "pie.example"
# Tables are small and soon gone: nobody has to clean up behind them, and one plan is as good as another.
SETTLED = {"autovacuum": "off", "plan_cache_mode": "force_generic_plan"}


class TestServers:
    """The servers of one run."""

    __test__ = False

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._data_dir = Path(tempfile.mkdtemp(prefix="pieloop-tests-"))

    def start(self) -> None:
        """Start both, and make the template database."""
        keep_the_first(self._data_dir / "kept-cluster")
        self._runner.run(self._start())
        copy_clusters()

    def stop(self) -> None:
        """Stop both and remove what they kept."""
        try:
            self._runner.run(self._stack.aclose())
        finally:
            self._runner.close()
            shutil.rmtree(self._data_dir, ignore_errors=True)

    async def _start(self) -> None:
        servers = await self._stack.enter_async_context(
            run_embedded(self._data_dir, max_connections=MAX_CONNECTIONS, durable=False)
        )
        assert servers.superuser_url
        assert servers.redis_url
        os.environ[DATABASE_VARIABLE], os.environ[REDIS_VARIABLE] = servers.superuser_url, servers.redis_url
        if os.environ.get(WANTED):
            await self._go_through_pgbouncer(servers.superuser_url)
        await _settle(servers.superuser_url)
        await create_database(servers.superuser_url, TEMPLATE)
        await migrate(
            configuration(address_of(servers.superuser_url, TEMPLATE), servers.redis_url, self._data_dir)
        )

    async def _go_through_pgbouncer(self, superuser_url: str) -> None:
        """Let all that is no migration and no LISTEN go through PgBouncer in transaction mode."""
        where = {"*": f"host={make_url(superuser_url).query['host']}"}
        os.environ[PLACE] = str(self._stack.enter_context(bouncer(where)).place)
        self._stack.callback(os.environ.pop, PLACE)
        connection = await connect(superuser_url)
        for name, value in AT_THE_ROLE.items():
            await connection.execute(f"ALTER ROLE postgres SET {name} = {value}")
        await connection.close()


async def _settle(superuser_url: str) -> None:
    """Let the server do nothing beside what it is asked, and plan a statement once for a connection."""
    connection = await connect(superuser_url)
    for name, value in SETTLED.items():
        await connection.execute(f"ALTER SYSTEM SET {name} = {value}")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()


def configuration(database_url: str, redis_url: str, data_dir: Path) -> Config:
    """Return the configuration of a test: the defaults, on the run's servers, with patience.

    However busy the machine is, nothing is given up but where a test is about that, and then it says when. Nor are
    uploads put off that can be worked on at once.
    """
    return msgspec.structs.replace(
        Config(),
        data_dir=data_dir,
        site=SiteConfig(domain=DOMAIN, scheme="http", secret_key=SECRET_KEY),
        database=DatabaseConfig(
            url=of_the_run(database_url) if database_url else "",
            direct_url=database_url,
            pool="null" if PLACE in os.environ else "queue",
            start_timeout=15,
            connect_timeout=20,
            pool_timeout=20,
            lock_timeout=20,
            statement_timeout=30,
            deadline=30,
            keep_read=0,
        ),
        http=HttpConfig(request_deadline=60, kept_for_strangers=0),
        redis=RedisConfig(url=redis_url, timeout=10),
        store=StoreConfig(at_once=100),
    )
