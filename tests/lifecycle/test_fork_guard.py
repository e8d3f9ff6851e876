"""A forked child that touches what it inherited gets the guard's error, and its parent goes on unharmed."""

import asyncio
import os
import pickle
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.config import Config
from service.lifecycle import open_redis
from service.storage.transaction import Database

GUARD = "inherited"


def in_a_fork(work: Callable[[], Awaitable[Any]]) -> str:
    """Run `work` on a new loop in a forked child; return what it raised, or what it returned."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        try:
            asyncio._set_running_loop(None)
            outcome = repr(asyncio.new_event_loop().run_until_complete(work()))
        except BaseException:  # noqa: BLE001 - whatever it is, the parent wants to read it
            outcome = traceback.format_exc()
        os.write(writer, pickle.dumps(outcome[-3000:]))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return str(pickle.loads(answer))


async def backend(database: Database) -> int:
    async with database.read() as db:
        return int((await db.execute(text("SELECT pg_backend_pid()"))).scalar_one())


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
async def test_an_idle_connection_is_out_of_reach_in_a_fork(database: Database) -> None:
    before = await backend(database)
    assert GUARD in in_a_fork(lambda: backend(database))
    assert await backend(database) == before


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
async def test_an_unused_engine_opens_nothing_in_a_fork(database: Database) -> None:
    assert GUARD in in_a_fork(lambda: backend(database))
    assert await backend(database) > 0


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
async def test_a_borrowed_connection_is_out_of_reach_in_a_fork(database: Database) -> None:
    async def touch(db: AsyncConnection) -> object:
        return (await db.execute(text("SELECT 1"))).scalar_one()

    async with database.read() as db:
        await touch(db)
        assert GUARD in in_a_fork(lambda: touch(db))
        assert await touch(db) == 1


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
async def test_the_redis_pool_is_out_of_reach_in_a_fork(config: Config) -> None:
    async with open_redis(config) as redis:
        await redis.set("key", "value")
        assert GUARD in in_a_fork(lambda: redis.get("key"))
        assert await redis.get("key") == b"value"


def test_redis_errors_are_not_mistaken_for_the_guard() -> None:
    from service.storage.fork_guard import InheritedByFork

    assert not issubclass(InheritedByFork, RedisError | OSError)
