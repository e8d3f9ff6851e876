"""How this program reaches Redis or Valkey: at one address, or at the master that Sentinels name; in plain or over TLS.

Called by the lifecycle, by arq's worker and by the doctor; a pool connects on first use.
"""

import ssl
from typing import Any, cast

import msgspec
from arq.connections import ArqRedis
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import ConnectionPool, SSLConnection, parse_url
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool

from service.config import Config, RedisConfig
from service.errors import StartupError
from service.storage.fork_guard import Owned

NONE_CONFIGURED = (
    "No Redis is configured: set PIELOOP_REDIS_URL (or [redis] url in config.toml), "
    "or run `pieloop up`, which starts its own."
)


def redis_client(config: Config, **options: Any) -> ArqRedis:
    """Return a client with a pool of its own; whoever asks for it closes the pool.

    Parameters:
        config: the whole configuration.
        options: arq's own, such as `default_queue_name`.

    Raises:
        StartupError: there is no address, or it, a certificate or a key cannot be read.
    """
    options = {
        "job_serializer": msgspec.json.encode,
        "job_deserializer": msgspec.json.decode,
    } | options
    return ArqRedis(connection_pool=_pool(config.redis), **options)


class _OwnedPool(BlockingConnectionPool):
    """A pool that a forked child cannot use."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._owned = Owned("the Redis pool")

    async def get_connection(self, *arguments: Any, **options: Any) -> Any:
        """Lend a connection, in the process that opened the pool."""
        self._owned.check()
        return await super().get_connection(*arguments, **options)


class _OwnedSentinelPool(SentinelConnectionPool, _OwnedPool):
    """The same, whose connections go to the master that Sentinels name when they are opened.

    Which one that is is asked again whenever a connection is opened, and one to a master that has become a replica is
    closed when it refuses to write.
    """


def _pool(redis: RedisConfig) -> ConnectionPool:
    place = _place(redis)
    over_tls = place.pop("connection_class", None) is SSLConnection
    patience = {"socket_timeout": redis.timeout, "socket_connect_timeout": redis.timeout}
    tls = _tls(redis, place) if over_tls else {}
    bounds = {"max_connections": redis.max_connections, "timeout": redis.timeout}
    if redis.sentinels:
        return _sentinel_pool(redis, place, patience | tls | ({"ssl": True} if over_tls else {}), bounds)
    return _OwnedPool.from_url(redis.url, **(patience | tls | bounds))


def _sentinel_pool(
    redis: RedisConfig, place: dict[str, Any], ways: dict[str, Any], bounds: dict[str, Any]
) -> ConnectionPool:
    """Return a pool to the master.

    Parameters:
        redis: names the Sentinels.
        place: user, password and database at the master.
        ways: how master and Sentinels are reached alike.
        bounds: of the pool.
    """
    sentinels = [_host_and_port(written) for written in redis.sentinels]
    own = {"password": redis.sentinel_password or None, "username": redis.sentinel_username or None}
    for name in ("host", "port"):
        place.pop(name, None)
    manager: Any = Sentinel(sentinels, sentinel_kwargs=ways | own)  # type: ignore[no-untyped-call]
    pool: Any = _OwnedSentinelPool
    return cast(
        "ConnectionPool",
        pool(service_name=redis.sentinel_master, sentinel_manager=manager, **(place | ways | bounds)),
    )


def _place(redis: RedisConfig) -> dict[str, Any]:
    """Return what the address says."""
    if not redis.url:
        raise StartupError(NONE_CONFIGURED)
    try:
        return dict(parse_url(redis.url))
    except ValueError as error:
        raise StartupError("redis.url: expected redis://:password@host:6379/0.") from error


def _tls(redis: RedisConfig, place: dict[str, Any]) -> dict[str, Any]:
    """Return how the server shows who it is, and we who we are; its name is compared unless the address says not to.

    Raises:
        StartupError: a file cannot be read, or is none of what it should be.
    """
    try:
        context = ssl.create_default_context(cafile=redis.ca_file or None)
        if redis.cert_file:
            context.load_cert_chain(redis.cert_file, redis.key_file)
    except OSError as error:
        raise StartupError(f"redis.ca_file, cert_file or key_file can't be read: {error}.") from error
    return {
        "ssl_cert_reqs": "required",
        "ssl_check_hostname": place.pop("ssl_check_hostname", True),
        "ssl_ca_certs": redis.ca_file or None,
        "ssl_certfile": redis.cert_file or None,
        "ssl_keyfile": redis.key_file or None,
    }


def _host_and_port(written: str) -> tuple[str, int]:
    host, _, port = written.rpartition(":")
    return host.strip("[]"), int(port)


async def close_redis(redis: Redis) -> None:
    """Close a client of ours, and its connections to Sentinels."""
    pool = redis.connection_pool
    await pool.aclose()
    if isinstance(pool, SentinelConnectionPool):
        for sentinel in pool.sentinel_manager.sentinels:
            await sentinel.aclose()
