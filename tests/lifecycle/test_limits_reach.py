"""What the configuration limits is limited: each time and number arrives where it is to hold."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from redis.asyncio import UnixDomainSocketConnection
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import TimeoutError as TooLate
from sqlalchemy import text

from service.config import Config, DatabaseConfig, OutboundConfig, RedisConfig, WorkerConfig
from service.lifecycle import (
    DELIVERED_WITHIN,
    DELIVERIES_A_HOST,
    DELIVERIES_AT_ONCE,
    Role,
    open_database,
    open_deliveries,
    open_redis,
)
from service.storage.engine import create_engine
from service.storage.transaction import Database

# Seconds and numbers that nothing else has.
TIMES = {"connect_timeout": 11, "statement_timeout": 12, "lock_timeout": 13, "pool_recycle": 14}


def limited(config: Config, **database: Any) -> Config:
    limits = {**TIMES, "pool_size": 3, "max_overflow": 2, "pool_timeout": 16, **database}
    return msgspec.structs.replace(
        config,
        database=DatabaseConfig(url=config.database.url, direct_url=config.database.direct_url, **limits),
        worker=WorkerConfig(pool_size=4, max_overflow=1, pool_timeout=17),
    )


ON_THE_SERVER = (
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "jit",
    "search_path",
)


@pytest.mark.parametrize(
    ("role", "more", "expected"),
    [
        ("web", {}, ("12s", "13s", "12s", "off", "public")),
        ("worker", {}, ("12s", "13s", "12s", "off", "public")),
        ("web", {"give_way": 0.5}, ("12s", "500ms", "12s", "off", "public")),
        ("migrate", {}, ("0", "13s", "0", "off", "public")),
        ("doctor", {}, ("12s", "13s", "12s", "off", "public")),
    ],
)
async def test_the_server_keeps_the_limits_of_each_role(
    own_connections: None, config: Config, role: str, more: dict[str, Any], expected: tuple[str, ...]
) -> None:
    engine = create_engine(limited(config, **more), role)
    try:
        async with engine.connect() as db:
            shown = [await db.scalar(text(f"SHOW {name}")) for name in ON_THE_SERVER]
            driver: Any = (await db.get_raw_connection()).driver_connection
            given_up = driver._config.command_timeout
    finally:
        await engine.dispose()
    assert tuple(shown) == expected
    # Ours comes a little later: what the server ends is said better.
    assert given_up == (None if role == "migrate" else 14)


@pytest.mark.parametrize(("role", "size", "more", "waits"), [("web", 3, 2, 16), ("worker", 4, 1, 17)])
def test_pools_have_the_size_and_the_patience_of_their_role(
    config: Config, role: str, size: int, more: int, waits: float
) -> None:
    pool: Any = create_engine(limited(config), role).pool
    assert (pool.size(), pool._max_overflow, pool.timeout()) == (size, more, waits)
    assert pool._recycle == TIMES["pool_recycle"]
    assert pool._pool.use_lifo


async def test_a_server_that_does_not_answer_is_given_up(config: Config, tmp_path: Path) -> None:
    """Neither the connection nor the command waits longer than `redis.timeout`, nor does who finds none free."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        while await reader.read(1000):
            pass
        writer.close()

    short = RedisConfig(url=config.redis.url, max_connections=2, timeout=0.3)
    async with open_redis(msgspec.structs.replace(config, redis=short)) as redis:
        pool: Any = redis.connection_pool
        assert (pool.max_connections, pool.timeout) == (2, 0.3)
        assert pool.connection_kwargs["socket_connect_timeout"] == 0.3
        lent = [await pool.get_connection() for _ in range(2)]
        async with asyncio.timeout(30):
            with pytest.raises(NoConnection):
                await redis.ping()
        for connection in lent:
            await pool.release(connection)
        mute = await asyncio.start_unix_server(silent, tmp_path / "mute")
        try:
            fresh = UnixDomainSocketConnection(**pool.connection_kwargs | {"path": str(tmp_path / "mute")})
            async with asyncio.timeout(30):
                with pytest.raises((TooLate, NoConnection)):
                    await fresh.connect()  # type: ignore[no-untyped-call]
            await fresh.disconnect()
        finally:
            mute.close()


async def test_deliveries_have_connections_and_a_limit_of_their_own(config: Config) -> None:
    own = msgspec.structs.replace(config, outbound=OutboundConfig(total=5, per_host=2, deadline=3))
    async with open_deliveries(own) as client:
        connector: Any = client._session.connector
        assert (connector.limit, connector.limit_per_host) == (DELIVERIES_AT_ONCE, DELIVERIES_A_HOST)
        assert client._config.deadline == DELIVERED_WITHIN


async def test_only_web_processes_answer_within_a_deadline(config: Config) -> None:
    roles: dict[Role, float | None] = {"web": config.database.deadline, "worker": None}
    for role, expected in roles.items():
        async with open_database(config, role) as database:
            assert isinstance(database, Database)
            assert database._deadline == expected
