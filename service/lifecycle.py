"""The only place where engine, Redis, outbound client, image processes and image store are born and die.

The web app enters `open_resources` in its one `while_serving`, a worker in `on_startup`/`on_shutdown`: inside the loop
that uses what it opens, in the process that owns it. What is opened first is closed last.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Literal, TypeVar

import msgspec
import structlog
from arq.connections import ArqRedis
from prometheus_client.registry import CollectorRegistry
from redis.exceptions import RedisError

from service.config import Config
from service.errors import StartupError
from service.media.pool import MediaPool, open_media_pool
from service.media.store import Store, open_store
from service.outbound.client import OutboundClient, open_outbound
from service.outbound.mail import Mailer
from service.redis_pools import close_redis, redis_client
from service.storage.budget import check_budget
from service.storage.engine import create_engine
from service.storage.fork_guard import Owned
from service.storage.replicas import Replicas, open_replicas
from service.storage.schema import check_schema
from service.storage.transaction import Database, StorageError, begins_for_locks, translate
from service.telemetry.presence import Reporter, announced
from service.telemetry.watchdog import watched_loop

Role = Literal["web", "worker"]
T = TypeVar("T")

log = structlog.get_logger()

DELIVERIES_AT_ONCE, DELIVERIES_A_HOST = 512, 8  # connections
DELIVERED_WITHIN = 10  # seconds

STARTING = 1.0  # seconds in which a process makes itself ready, and its loop may stand still

# Where a process publishes the ids of accounts (as JSON) that were told something, for those that show it live.
NOTIFICATIONS_CHANNEL = "pieloop:notifications"


@dataclass(frozen=True)
class Resources:
    """Everything that a process holds open, for the whole of its life."""

    config: Config
    database: Database
    redis: ArqRedis
    outbound: OutboundClient
    mail: Mailer
    media: MediaPool
    store: Store
    reporter: Reporter


@asynccontextmanager
async def open_resources(
    config: Config, role: Role, registry: CollectorRegistry | None = None
) -> AsyncIterator[Resources]:
    """Open everything, lend it, and close it in reverse; while it is open, this process reports how it is.

    Waits for PostgreSQL and Redis up to `database.start_timeout` seconds.

    Parameters:
        config: with a secret key (see ensure_secret_key).
        role: decides the pool's size and what PostgreSQL shows.
        registry: what this process counts beside its pool.

    Raises:
        StartupError: PostgreSQL or Redis cannot be reached, the schema is not ours or not current, or the pools of all
            processes together do not fit the server.
    """
    registry = registry or CollectorRegistry()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(config, role))
        resources = Resources(
            config=config,
            database=database,
            redis=await stack.enter_async_context(open_redis(config)),
            outbound=await stack.enter_async_context(open_outbound(config.outbound, _user_agent(config))),
            mail=Mailer(config.mail),
            media=await stack.enter_async_context(open_media_pool(config.media)),
            store=open_store(config, Owned("the image store").check),
            reporter=Reporter(role, database, registry),
        )
        stack.enter_context(resources.reporter.counting())
        await stack.enter_async_context(watched_loop(registry, after=STARTING))
        await stack.enter_async_context(
            announced(resources.reporter, resources.redis, database.watch.warn_of_long_loans)
        )
        log.info("resources_opened", role=role)
        yield resources
        log.info("resources_closing", role=role)


@asynccontextmanager
async def open_database(config: Config, role: Role) -> AsyncIterator[Database]:
    """Open the engine of this process, and those of its standbys; check that the server and the schema fit.

    Raises:
        StartupError: see open_resources.
    """
    async with open_replicas(config, role) as replicas, _open_primary(config, role, replicas) as database:
        yield database


@asynccontextmanager
async def _open_primary(config: Config, role: Role, replicas: Replicas | None) -> AsyncIterator[Database]:
    engine = create_engine(config, role)
    database = Database(
        engine,
        deadline=config.database.deadline if role == "web" else None,
        begins=begins_for_locks(config.database),
        keep=config.database.keep_read,
        replicas=replicas,
    )

    async def check() -> None:
        try:
            async with engine.connect() as connection:
                database.budget = await check_budget(connection, config)
                await check_schema(connection)
        except Exception as error:
            raise translate(error) from error

    try:
        await _within(config.database.start_timeout, check, StorageError, "PostgreSQL cannot be reached")
        yield database
    finally:
        await engine.dispose()


@asynccontextmanager
async def open_redis(config: Config) -> AsyncIterator[ArqRedis]:
    """Open the Redis pool of this process: for wake-ups, rate limits and live updates.

    Raises:
        StartupError: there is no address, or Redis cannot be reached.
    """
    redis = redis_client(config)
    try:
        await wait_for_redis(config, redis)
        yield redis
    finally:
        await close_redis(redis)


async def wait_for_redis(config: Config, redis: ArqRedis) -> None:
    """Return when Redis answers.

    Raises:
        StartupError: it does not within `database.start_timeout` seconds.
    """
    await _within(config.database.start_timeout, redis.ping, (RedisError, OSError), "Redis cannot be reached")


def open_deliveries(config: Config) -> AbstractAsyncContextManager[OutboundClient]:
    """Lend the client that takes activities to other servers: its connections are nobody else's.

    Parameters:
        config: the whole configuration.
    """
    own = msgspec.structs.replace(
        config.outbound, total=DELIVERIES_AT_ONCE, per_host=DELIVERIES_A_HOST, deadline=DELIVERED_WITHIN
    )
    return open_outbound(own, _user_agent(config))


async def _within(
    seconds: float,
    check: Callable[[], Awaitable[T]],
    not_yet: type[Exception] | tuple[type[Exception], ...],
    sentence: str,
) -> T:
    """Repeat `check` until it stops raising `not_yet`; then, or at another error, it is final."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return await check()
        except not_yet as error:
            if time.monotonic() >= deadline:
                raise StartupError(f"{sentence} (waited {seconds:.0f} s): {error}") from error
            log.warning("waiting_for_dependency", reason=sentence, error=error)
        await asyncio.sleep(0.5)


def _user_agent(config: Config) -> str:
    return f"Pieloop (+{config.site.base_url}/)"
