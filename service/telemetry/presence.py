"""Every process says every few seconds how it is, in Redis; a web process's /metrics and `pieloop doctor` read all.

Nothing is kept there that anybody needs: an entry ends by itself when its process no longer renews it. Without Redis
the processes go on as they are, and each web process shows itself alone.
"""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import msgspec
import structlog
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import CollectorRegistry
from redis.asyncio import Redis
from redis.exceptions import RedisError

from service.storage.engine import application_name
from service.storage.observation import PoolReport
from service.storage.transaction import Database
from service.tasks import cancel
from service.telemetry.families import Family, take
from service.telemetry.pool import PoolCollector
from service.telemetry.standbys import StandbyCollector

log = structlog.get_logger()

EVERY = 5.0  # seconds between two reports
EXPIRY = 16  # seconds: a process that has missed three is gone, or its event loop stands still
PATIENCE = 1.0  # seconds that Redis may take
NAMES = "pieloop:processes"
ENTRY = "pieloop:process:"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How one process is.

    Attributes:
        name: what PostgreSQL calls it, `application_name`.
        role: `web` or `worker`.
        host, pid: where it runs.
        age: seconds since it opened its resources.
        pool: its pool.
        families: all its metrics.
    """

    name: str
    role: str
    host: str
    pid: int
    age: float
    pool: PoolReport
    families: list[Family]

    @property
    def labels(self) -> dict[str, str]:
        """What tells its series from those of the others."""
        return {"process": self.name, "role": self.role}


class Reporter:
    """Makes the reports of this process.

    Parameters:
        role: `web` or `worker`.
        database: whose pool is reported.
        registry: what else is.
    """

    def __init__(self, role: str, database: Database, registry: CollectorRegistry) -> None:
        self.name = application_name(role)
        self._role = role
        self._database = database
        self._registry = registry
        self._begun = time.monotonic()

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Have the pool and the process itself among what is counted, until the resources close."""
        counted = (PoolCollector(self._database), StandbyCollector(self._database.replicas))
        process = ProcessCollector(registry=self._registry)
        for collector in counted:
            self._registry.register(collector)
        try:
            yield
        finally:
            for collector in counted:
                self._registry.unregister(collector)
            self._registry.unregister(process)

    def report(self) -> Report:
        """Return how this process is now."""
        return Report(
            name=self.name,
            role=self._role,
            host=socket.gethostname(),
            pid=os.getpid(),
            age=time.monotonic() - self._begun,
            pool=self._database.pool_report(),
            families=take(self._registry),
        )


@asynccontextmanager
async def announced(reporter: Reporter, redis: Redis, each_time: Callable[[], None]) -> AsyncIterator[None]:
    """Report at once and then every few seconds; take the report away at the end. Redis may come and go.

    Parameters:
        reporter: of this process.
        redis: a client.
        each_time: called before each report.
    """
    await _publish_if_possible(reporter, redis)
    task = asyncio.create_task(_keep_reporting(reporter, redis, each_time))
    try:
        yield
    finally:
        await cancel(task)
        with suppress(RedisError, OSError):
            async with asyncio.timeout(PATIENCE):
                await _forget(redis, reporter.name)


async def present(redis: Redis) -> list[Report]:
    """Return the latest report of every process, those of long dead ones excepted, by name.

    Raises:
        RedisError, OSError: Redis does not answer.
    """
    async with asyncio.timeout(PATIENCE):
        members: Any = redis.smembers(NAMES)
        names = sorted(name.decode() for name in await members)
        entries = await redis.mget([ENTRY + name for name in names]) if names else []
        gone = [name for name, entry in zip(names, entries, strict=True) if entry is None]
        if gone:
            await _forget(redis, *gone)
    return [found for entry in entries if entry is not None and (found := _read(entry))]


async def _keep_reporting(reporter: Reporter, redis: Redis, each_time: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(EVERY)
        each_time()
        await _publish_if_possible(reporter, redis)


async def _publish_if_possible(reporter: Reporter, redis: Redis) -> None:
    try:
        async with asyncio.timeout(PATIENCE), redis.pipeline(transaction=False) as pipeline:
            pipeline.set(ENTRY + reporter.name, msgspec.json.encode(reporter.report()), ex=EXPIRY)
            pipeline.sadd(NAMES, reporter.name)
            await pipeline.execute()
    except (RedisError, OSError) as error:
        log.info("report_failed", error=error)


async def _forget(redis: Redis, *names: str) -> None:
    removal: Any = redis.srem(NAMES, *names)
    await removal


def _read(entry: bytes) -> Report | None:
    """A report of another version of this program, during an update, may be of another form; it is left out."""
    try:
        return msgspec.json.decode(entry, type=Report)
    except msgspec.DecodeError:
        return None
