"""A program that opens an engine, a session and a Redis pool, and forks: what does a child get that touches them?

`python -m laboratory.guarded ours|plain` prints it as JSON: by the thing and the way of forking, the error's class and
words; and under `parent` whether the parent goes on unharmed. `plain` are the libraries' own pools, without the guard.
"""

import asyncio
import json
import os
import sys
import traceback
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from multiprocessing import get_context
from typing import Any

from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from service.config import load_config
from service.lifecycle import open_database, open_redis

PATIENCE = 3.0
FINE = "no error"

Touch = Callable[[], Awaitable[Any]]


async def open_touches(stack: AsyncExitStack, kind: str) -> dict[str, Touch]:
    """Open everything, use it once, and return ways to use it again."""
    config = load_config()
    redis: Any
    if kind == "ours":
        engine = (await stack.enter_async_context(open_database(config, "web"))).engine
        redis = await stack.enter_async_context(open_redis(config))
    else:
        engine = create_async_engine(config.database.url)
        stack.push_async_callback(engine.dispose)
        redis = await stack.enter_async_context(Redis.from_url(config.redis.url))
    session = await stack.enter_async_context(AsyncSession(engine))

    async def engine_touched() -> None:
        async with engine.connect() as db:
            await db.execute(text("SELECT 1"))

    async def session_touched() -> None:
        await session.execute(text("SELECT 1"))

    for touch in (engine_touched, session_touched, redis.ping):
        await touch()
    # The session's transaction stays open, so that there is one to commit or to roll back.
    return {
        "engine": engine_touched,
        "session": session_touched,
        "commit": session.commit,
        "rollback": session.rollback,
        "Redis pool": redis.ping,
    }


touches: dict[str, Touch] = {}


def in_child(name: str) -> str:
    """Touch what was inherited, on a loop of this process; return what came of it."""
    asyncio._set_running_loop(None)
    try:
        asyncio.new_event_loop().run_until_complete(asyncio.wait_for(touches[name](), PATIENCE))
    except BaseException:  # noqa: BLE001 - whatever it is, it is told
        return traceback.format_exc()[-2000:]
    return FINE


def by_fork(name: str) -> str:
    """Touch it in a child made by os.fork()."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, in_child(name).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said


def by_pool(name: str) -> str:
    """Touch it in a child of a pool of processes that starts them by fork."""
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as executor:
        return executor.submit(in_child, name).result()


async def main(kind: str) -> None:
    """Fork, touch, and see whether the parent still works."""
    async with AsyncExitStack() as stack:
        touches.update(await open_touches(stack, kind))
        said = {f"{name}, {way.__name__}": way(name) for name in touches for way in (by_fork, by_pool)}
        parent = FINE
        try:
            for touch in touches.values():
                await asyncio.wait_for(touch(), PATIENCE)
        except Exception:  # noqa: BLE001 - whatever it is, it is told
            parent = traceback.format_exc()[-2000:]
        print(json.dumps({"children": said, "parent": parent}), flush=True)
        os._exit(0)  # the libraries' own pools may be beyond closing now


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
