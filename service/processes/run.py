"""Run process groups until a signal: the whole life of `pieloop serve` and `pieloop work`."""

import asyncio
import os
from collections.abc import Awaitable
from typing import Any

from service.config import load_config
from service.errors import StartupError
from service.processes.serve import bind, listen, web_group
from service.processes.signals import StopSignals, stop_signals
from service.processes.supervisor import ProcessGroup, Supervisor, to_stderr
from service.processes.work import worker_group


def serve(processes: int | None) -> int:
    """Run web processes until a signal.

    Parameters:
        processes: how many; http.processes when None.

    Returns:
        The exit code: 0 after a clean drain.

    Raises:
        StartupError: the address is taken, or the processes refuse to start.
    """
    config = load_config()
    listener = bind(config.http.bind)
    listen(listener, config.http.bind)
    return asyncio.run(supervise(web_group(config, processes or config.http.processes, listener, os.environ)))


def work(processes: int | None) -> int:
    """Run workers until a signal.

    Parameters:
        processes: how many; worker.processes when None.

    Returns:
        The exit code: 0 after a clean drain.

    Raises:
        StartupError: the processes refuse to start.
    """
    config = load_config()
    return asyncio.run(supervise(worker_group(config, processes or config.worker.processes, os.environ)))


async def supervise(group: ProcessGroup) -> int:
    """Supervise a group until a signal; the first one drains it, a second one ends it at once.

    Returns:
        The exit code: 0 when every process has ended by itself.

    Raises:
        StartupError: the group could not be started.
    """
    supervisor = Supervisor(group)
    with stop_signals() as signals:
        try:
            supervisor.start()
            await until(signals.drain, supervisor.failed())
            return await drain(signals, supervisor)
        except StartupError:
            await supervisor.drain()
            raise
        finally:
            await supervisor.kill()


async def drain(signals: StopSignals, *supervisors: Supervisor) -> int:
    """Drain groups at the same time, or end them at once when a second signal says so; return the exit code."""
    draining = asyncio.gather(*(supervisor.drain() for supervisor in supervisors))
    leaving = asyncio.create_task(signals.leave.wait())
    both: set[asyncio.Future[Any]] = {draining, leaving}
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    leaving.cancel()
    if not draining.done():
        to_stderr("Leaving at once.")
        await asyncio.gather(*(supervisor.kill() for supervisor in supervisors))
    return 0 if all(await draining) else 1


async def until(event: asyncio.Event, *others: Awaitable[None]) -> None:
    """Wait for an event, or for the first of `others` to fail.

    Raises:
        StartupError: what one of the others raised.
    """
    waiting = asyncio.create_task(event.wait())
    tasks = [asyncio.ensure_future(other) for other in others]
    try:
        done, _ = await asyncio.wait({waiting, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in (waiting, *tasks):
            task.cancel()
        await asyncio.gather(waiting, *tasks, return_exceptions=True)
