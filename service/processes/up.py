"""`pieloop up`: everything that Pieloop needs, started in order, and stopped in order by Ctrl-C.

PostgreSQL and Redis (embedded, unless configured), migration, first administrator, web processes, workers. A step that
fails stops what the earlier ones started; so does any end of this process (see tether.py).
"""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack, closing
from typing import Any, TypeVar

from service.config import Config, load_config
from service.embedded import Servers, run_embedded
from service.errors import StartupError
from service.processes import tether
from service.processes.children import describe_exit, exited, start, stop
from service.processes.progress import Report, to_stream
from service.processes.run import drain, until
from service.processes.serve import bind, listen, web_group
from service.processes.signals import StopSignals, stop_signals
from service.processes.supervisor import Supervisor
from service.processes.work import worker_group

T = TypeVar("T")

INTERRUPTED = 130
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104


class Interrupted(Exception):
    """A signal came while Pieloop was starting."""


def up(*, with_parent: bool) -> int:
    """Run Pieloop until a signal.

    Parameters:
        with_parent: end when the process that started us dies, as if it had sent SIGTERM.

    Returns:
        The exit code: 0 after a clean stop.

    Raises:
        StartupError: the sentence says what is missing or in the way.
    """
    if with_parent:
        tether.follow(os.getppid(), signal.SIGTERM)
    return asyncio.run(_up(load_config(), to_stream()))


async def _up(config: Config, report: Report) -> int:
    with stop_signals() as signals:
        try:
            return await _run(config, signals, report)
        except Interrupted:
            return INTERRUPTED


async def _run(config: Config, signals: StopSignals, report: Report) -> int:
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(closing(bind(config.http.bind)))
        servers = await _unless(signals, _start_servers(stack, config, report))
        environ = _environ(servers)
        await _unless(signals, _prepare(environ, report))
        web = Supervisor(web_group(config, config.http.processes, listener, environ))
        workers = Supervisor(worker_group(config, config.worker.processes, environ))
        for supervisor in (web, workers):
            stack.push_async_callback(supervisor.kill)
        listen(listener, config.http.bind)
        try:
            await _unless(signals, _start_supervisors(web, workers, report))
        except (StartupError, Interrupted):
            await drain(signals, web, workers)
            raise
        print(f"Pieloop is running at {_address(config)} (press Ctrl-C to stop)", flush=True)
        try:
            await until(signals.drain, servers.failed(), web.failed(), workers.failed())
        finally:
            with report("Draining the web processes and workers"):
                code = await drain(signals, web, workers)
    return code


async def _start_servers(stack: AsyncExitStack, config: Config, report: Report) -> Servers:
    """Start the servers that no address is configured for."""
    return await stack.enter_async_context(
        run_embedded(
            config.data_dir,
            postgres=not config.database.url,
            redis=not config.redis.url,
            report=report,
        )
    )


def _environ(servers: Servers) -> dict[str, str]:
    """Return the environment of everything else: ours, with the servers' addresses."""
    found = {"PIELOOP_DATABASE_URL": servers.database_url, "PIELOOP_REDIS_URL": servers.redis_url}
    return {**os.environ, **{name: url for name, url in found.items() if url}}


async def _prepare(environ: Mapping[str, str], report: Report) -> None:
    """Migrate and make the first administrator, each in a short process: this one opens no engine."""
    with report("Migrating the database"):
        said = await _pieloop(["migrate"], environ)
    print(said, end="", flush=True)
    with report("Checking for an administrator"):
        said = await _pieloop(["admin", "create-first"], environ)
    print(said, end="", flush=True)


async def _start_supervisors(web: Supervisor, workers: Supervisor, report: Report) -> None:
    with report("Starting the web processes and workers"):
        web.start()
        workers.start()
        await asyncio.gather(web.ready(), workers.ready())


async def _pieloop(arguments: list[str], environ: Mapping[str, str]) -> str:
    """Run a command of ours to its end and return what it printed.

    Raises:
        StartupError: it failed; with what it wrote to standard error.
    """
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as complaints:
        child = start(
            [sys.executable, "-m", "service", *arguments], environ=environ, stdout=printed, stderr=complaints
        )
        try:
            await exited(child)
        finally:
            await stop(child, (signal.SIGTERM, 10.0))
        printed.seek(0)
        complaints.seek(0)
        if child.returncode != 0:
            complaint = complaints.read().decode(errors="replace").strip()
            raise StartupError(
                complaint or f"`pieloop {' '.join(arguments)}` {describe_exit(child.returncode)}."
            )
        return printed.read().decode(errors="replace")


async def _unless(signals: StopSignals, work: Coroutine[Any, Any, T]) -> T:
    """Do a piece of work, unless a signal comes first: then it is cancelled, and cleans up after itself.

    Raises:
        Interrupted: a signal came.
    """
    working = asyncio.create_task(work)
    asked = asyncio.create_task(signals.drain.wait())
    both: set[asyncio.Future[Any]] = {working, asked}
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if not working.done():
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        raise Interrupted
    return working.result()


def _address(config: Config) -> str:
    host, _, port = config.http.bind.rpartition(":")
    return f"http://{EVERYWHERE.get(host, host)}:{port}"
