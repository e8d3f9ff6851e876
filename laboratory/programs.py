"""The programs that the experiments look at: servers and data of their own, web processes, workers, what forks."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import msgspec
from sqlalchemy import make_url

from service.config import AdminConfig, Config, DatabaseConfig, HttpConfig, LogConfig, RedisConfig, SiteConfig
from service.embedded import Servers, run_embedded
from service.errors import StartupError
from service.first_admin import create_first_admin
from service.processes.children import Child, exited, start, stop
from service.storage.migrate import migrate

ROOT = Path(__file__).parents[1]
PASSWORD = "of-the-laboratory"  # noqa: S105 - of an account that exists for the time of an experiment
READY_WITHIN = 60.0
PARTING = 5.0  # seconds for a program that ends with its standard input
STOPPING = ((signal.SIGTERM, 60.0),)
OBSERVER = "laboratory.observer"


@dataclass(frozen=True)
class Program:
    """A program that was started, and where it writes."""

    child: Child
    log: Path

    def said(self) -> str:
        """Return what it has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@asynccontextmanager
async def prepared(data_dir: Path, max_connections: int = 100) -> AsyncIterator[Config]:
    """Run PostgreSQL and Redis on a directory, migrated, with an administrator.

    Parameters:
        data_dir: made where there is none; kept.
        max_connections: PostgreSQL's limit.
    """
    async with run_embedded(data_dir, max_connections=max_connections, durable=False) as servers:
        config = configuration(data_dir, servers)
        await migrate(config)
        await create_first_admin(config)
        yield config


def configuration(data_dir: Path, servers: Servers) -> Config:
    """Return the defaults, on these servers and a free port."""
    return msgspec.structs.replace(
        Config(),
        data_dir=data_dir,
        site=SiteConfig(domain="laboratory.example", secret_key="the laboratory's own, and no secret at all"),  # noqa: S106
        http=HttpConfig(bind=f"127.0.0.1:{free_port()}", trusted_proxies=("127.0.0.0/8",)),
        database=DatabaseConfig(url=servers.database_url, direct_url=servers.database_url, start_timeout=3),
        redis=RedisConfig(url=servers.redis_url),
        log=LogConfig(level="warning", format="json"),
        admin=AdminConfig(password=PASSWORD),
    )


def with_http(config: Config, **values: Any) -> Config:
    """Return the configuration with other values in [http]."""
    return msgspec.structs.replace(config, http=msgspec.structs.replace(config.http, **values))


def with_database(config: Config, **values: Any) -> Config:
    """Return the configuration with other values in [database]."""
    return msgspec.structs.replace(config, database=msgspec.structs.replace(config.database, **values))


def environ(config: Config) -> dict[str, str]:
    """Return the environment in which a program has this configuration."""
    settings = {
        "PIELOOP_DATA_DIR": config.data_dir,
        "PIELOOP_SITE_DOMAIN": config.site.domain,
        "PIELOOP_SITE_SECRET_KEY": config.site.secret_key,
        "PIELOOP_HTTP_BIND": config.http.bind,
        "PIELOOP_HTTP_PROCESSES": config.http.processes,
        "PIELOOP_HTTP_TRUSTED_PROXIES": ",".join(config.http.trusted_proxies),
        "PIELOOP_DATABASE_URL": config.database.url,
        "PIELOOP_DATABASE_DIRECT_URL": config.database.direct_url,
        "PIELOOP_DATABASE_POOL": config.database.pool,
        "PIELOOP_DATABASE_POOL_SIZE": config.database.pool_size,
        "PIELOOP_DATABASE_MAX_OVERFLOW": config.database.max_overflow,
        "PIELOOP_DATABASE_POOL_TIMEOUT": config.database.pool_timeout,
        "PIELOOP_DATABASE_START_TIMEOUT": config.database.start_timeout,
        "PIELOOP_REDIS_URL": config.redis.url,
        "PIELOOP_LIMITS_ENABLED": "false",
        "PIELOOP_HTTP_KEPT_FOR_STRANGERS": "0",
        "PIELOOP_LOG_LEVEL": config.log.level,
        "PIELOOP_LOG_FORMAT": config.log.format,
    }
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PIELOOP_")}
    given = {name: str(value) for name, value in settings.items()}
    return {**ours, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **given}


@asynccontextmanager
async def running(
    *arguments: object, place: Path, environ: Mapping[str, str], stdin: int | None = subprocess.DEVNULL
) -> AsyncIterator[Program]:
    """Run Python with these arguments while the body runs; its output goes to a file in `place`."""
    place.mkdir(exist_ok=True)
    log = place / f"{len(list(place.glob('*.log'))):03}.log"
    with log.open("wb") as output:
        child = start(
            [sys.executable, *map(str, arguments)],
            environ=environ, stdin=stdin, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT,
        )  # fmt: skip
    try:
        yield Program(child, log)
    finally:
        if child.stdin:
            child.stdin.close()
            await exited(child, PARTING)
        await stop(child, *STOPPING)


async def answer_of(*arguments: object, environ: Mapping[str, str], within: float) -> Any:
    """Run Python with these arguments to its end; return its last line as JSON: before that may stand what it logged.

    Raises:
        StartupError: it failed, or took longer than `within` seconds.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, *map(str, arguments),
        env=dict(environ), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(within):
            said, complained = await process.communicate()
        return json.loads(said.strip().rpartition(b"\n")[2])
    except TimeoutError:
        raise StartupError(f"{arguments} did not end within {within} s.") from None
    except json.JSONDecodeError:
        raise StartupError(f"{arguments} failed: {complained.decode()[-2000:]}") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def web(place: Path, config: Config, processes: int) -> AsyncIterator[Program]:
    """Run web processes with the laboratory's doors, kept as `pieloop serve` keeps them, until they are ready."""
    command = ("-m", "laboratory.group", "web", processes)
    async with running(*command, place=place, environ=environ(config)) as program:
        await all_ready(program, config, processes)
        yield program


@asynccontextmanager
async def work(place: Path, config: Config, processes: int) -> AsyncIterator[Program]:
    """Run workers with the laboratory's jobs, kept as `pieloop work` keeps them."""
    command = ("-m", "laboratory.group", "work", processes)
    async with running(*command, place=place, environ=environ(config)) as program:
        yield program


async def ready(program: Program, config: Config) -> None:
    """Wait until the site answers that it can serve.

    Raises:
        StartupError: the program has ended, or takes too long.
    """
    async with aiohttp.ClientSession(f"http://{config.http.bind}") as client:
        await _until(program, lambda: _can_serve(client))


async def all_ready(program: Program, config: Config, processes: int) -> None:
    """Wait until every web process has answered: who comes before that meets one process alone.

    Raises:
        StartupError: the program has ended, or takes too long.
    """
    seen: set[str] = set()
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(f"http://{config.http.bind}", connector=connector) as client:

        async def everybody() -> bool:
            seen.update(await asyncio.gather(*(_who(client) for _ in range(2 * processes))))
            return len(seen - {""}) >= processes

        await _until(program, everybody)


async def _until(program: Program, holds: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not await holds():
        if program.child.poll() is not None:
            raise StartupError(f"The web processes ended: {program.said()[-2000:]}")
        if time.monotonic() > deadline:
            raise StartupError(f"The web processes were not ready in time: {program.said()[-2000:]}")
        await asyncio.sleep(0.1)


async def _can_serve(client: aiohttp.ClientSession) -> bool:
    try:
        async with client.get("/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def _who(client: aiohttp.ClientSession) -> str:
    try:
        async with client.get("/laboratory/who") as answer:
            return await answer.text() if answer.status == 200 else ""
    except aiohttp.ClientError:
        return ""


async def connect(config: Config, name: str = OBSERVER) -> "asyncpg.Connection[Any]":
    """Open a connection of the laboratory's own, past all pools."""
    url = make_url(config.database.direct_url)
    return await asyncpg.connect(
        host=str(url.query.get("host") or url.host),
        port=url.port,
        user=url.username,
        database=url.database,
        server_settings={"application_name": name},
    )


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
