"""A program that does what must not be done: a parent opens a pool of connections and forks children that use it too.

`python -m laboratory.inherited KIND ADDRESS OPERATIONS PATIENCE` prints what all of them saw, as JSON. It is run as a
program of its own because some of its processes hang for ever and have to be killed.
"""

import asyncio
import json
import os
import random
import select
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import URL, Engine
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from laboratory.tagged import ANSWERS, new_token
from service.processes.tether import follow

CHILDREN = 4
CONNECTIONS = 4
WRONG = "wrong answers"
HUNG = "processes hung"
LOST_SYNCHRONIZATION, INSUFFICIENT = "lost synchronization", "insufficient data"
SYMPTOMS = ("PGRES_TUPLES_OK", LOST_SYNCHRONIZATION, INSUFFICIENT, "ResourceClosedError")
LONG = 20_000  # characters: an answer that comes in several pieces
STATEMENT = text(
    "SELECT CAST(:token AS text), repeat('x', CAST(:length AS integer))"
    " FROM pg_sleep(CAST(:pause AS double precision))"
)

Report = Callable[[str], None]


def symptom(error: BaseException) -> str:
    """Name an error: one of the known symptoms, else its class."""
    words = f"{type(error).__name__}: {error}"
    known = next((name for name in SYMPTOMS if name in words), None)
    return known or type(getattr(error, "orig", None) or error).__name__


def judge(token: str, row: Any) -> str:
    """Name an answer: right or wrong."""
    return ANSWERS if row is not None and row[0] == token else WRONG


def question() -> dict[str, Any]:
    """Return the parameters of one statement."""
    return {
        "token": new_token(),
        "length": random.choice((0, 0, LONG)),
        "pause": random.choice((0.0, 0.0, 0.002)),
    }


# One process's part


def use(engine: Engine, operations: int, report: Report) -> None:
    """Ask again and again, by a driver that waits."""
    for _ in range(operations):
        asked = question()
        try:
            with engine.connect() as connection:
                report(judge(asked["token"], connection.execute(STATEMENT, asked).one()))
        except Exception as error:  # noqa: BLE001 - every kind is counted
            report(symptom(error))


async def use_async(engine: AsyncEngine, operations: int, report: Report) -> None:
    """Ask again and again, on an event loop."""
    for _ in range(operations):
        asked = question()
        try:
            async with engine.connect() as connection:
                report(judge(asked["token"], (await connection.execute(STATEMENT, asked)).one()))
        except Exception as error:  # noqa: BLE001 - every kind is counted
            report(symptom(error))


# The parents


async def with_psycopg2(address: str, operations: int, patience: float, *, dispose: bool) -> Counter[str]:
    """Open psycopg2's pool, fork, and let the children use it."""
    engine = create_engine(driven_by(address, "psycopg2"), pool_size=CONNECTIONS, max_overflow=0)
    for connection in [engine.connect() for _ in range(CONNECTIONS)]:
        connection.close()

    def work(report: Report) -> None:
        if dispose:
            engine.dispose(close=False)
        use(engine, operations, report)

    deadline = time.monotonic() + patience
    return collected(dict(forked(work) for _ in range(CHILDREN)), deadline)


async def with_asyncpg(
    address: str, operations: int, patience: float, *, same_loop: bool = False, dispose: bool = False
) -> Counter[str]:
    """Open asyncpg's engine, fork, and let the children use it, on the inherited loop or a new one; and the parent."""
    engine = await open_async(address)
    loop, parent = asyncio.get_running_loop(), os.getpid()
    pipes: dict[int, int] = {}

    def anew(report: Report) -> None:
        asyncio._set_running_loop(None)
        if dispose:
            engine.sync_engine.dispose(close=False)
        asyncio.new_event_loop().run_until_complete(use_async(engine, operations, report))

    for _ in range(CHILDREN):
        if not same_loop:
            child, pipe = forked(anew)
            pipes[child] = pipe
            continue
        pipe, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                follow(parent, signal.SIGKILL)
                asyncio._set_running_loop(loop)  # Python looks at the process id, and would see none
                await use_async(engine, operations, reporting(writing))
            finally:
                os._exit(0)
        os.close(writing)
        pipes[child] = pipe
    own: list[str] = []
    deadline = time.monotonic() + patience
    try:
        async with asyncio.timeout(patience):
            await use_async(engine, operations, own.append)
    except TimeoutError:
        own.append(HUNG)
    return Counter(own) + collected(pipes, deadline)


async def open_async(address: str) -> AsyncEngine:
    """Open asyncpg's pool: every connection is made and idle."""
    engine = create_async_engine(driven_by(address, "asyncpg"), pool_size=CONNECTIONS, max_overflow=0)
    for connection in [await engine.connect() for _ in range(CONNECTIONS)]:
        await connection.close()
    return engine


KINDS: dict[str, Callable[[str, int, float], Coroutine[Any, Any, Counter[str]]]] = {
    "psycopg2": partial(with_psycopg2, dispose=False),
    "psycopg2-disposed": partial(with_psycopg2, dispose=True),
    "asyncpg-same-loop": partial(with_asyncpg, same_loop=True),
    "asyncpg-new-loop": with_asyncpg,
    "asyncpg-disposed": partial(with_asyncpg, dispose=True),
}


async def hold(address: str) -> None:
    """Hold an engine and a forked pool of processes, as nobody should, until standard input ends."""
    engine = await open_async(address)
    with ProcessPoolExecutor(2, get_context("fork"), follow, (os.getpid(), signal.SIGKILL)) as executor:
        children = [executor.submit(os.getpid), executor.submit(os.getpid)]
        print(json.dumps(sorted({child.result() for child in children})), flush=True)
        sys.stdin.read()
    await engine.dispose()


def driven_by(address: str, driver: str) -> URL:
    """Return the address for another driver."""
    return make_url(address).set(drivername=f"postgresql+{driver}")


# Forking, and collecting what the children say


def forked(work: Callable[[Report], None]) -> tuple[int, int]:
    """Run `work` in a forked child; return its process id and the pipe that it reports on."""
    reading, writing = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        try:
            follow(parent, signal.SIGKILL)
            work(reporting(writing))
        finally:
            os._exit(0)
    os.close(writing)
    return child, reading


def reporting(pipe: int) -> Report:
    """Return what writes a line at once, so that a process that hangs has told what came before."""

    def report(what: str) -> None:
        os.write(pipe, f"{what}\n".encode())

    return report


def collected(pipes: dict[int, int], deadline: float) -> Counter[str]:
    """Read what the children say until they have ended; whoever has not by the deadline hangs and is killed.

    Parameters:
        pipes: by the children's process ids.
        deadline: on the monotonic clock.
    """
    children = {pipe: child for child, pipe in pipes.items()}
    said = dict.fromkeys(children, b"")
    while children and (left := max(0.0, deadline - time.monotonic())):
        for pipe in select.select(list(children), [], [], left)[0]:
            heard = os.read(pipe, 1 << 16)
            said[pipe] += heard
            if not heard:
                os.waitpid(children.pop(pipe), 0)
    for child in children.values():
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    counts = Counter(line for lines in said.values() for line in lines.decode().splitlines())
    counts[HUNG] += len(children)
    return +counts


if __name__ == "__main__":
    kind, address, *numbers = sys.argv[1:]
    if kind == "hold":
        asyncio.run(hold(address))
    else:
        counted = asyncio.run(KINDS[kind](address, int(numbers[0]), float(numbers[1])))
        print(json.dumps(counted), flush=True)
