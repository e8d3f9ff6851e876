"""Runs the plain commands as processes on the run's servers, and an app on a real Hypercorn inside the test."""

import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config as HypercornConfig

from service.config import Config
from service.http.application import Application
from service.http.context import EXTENSION
from service.lifecycle import Resources
from tests.lifecycle.drills import ROOT, eventually
from tests.preloaded import start

HYPERCORN = ("-m", "hypercorn", "--config", ROOT / "hypercorn.toml")
ARQ = ("-m", "arq", "workers.settings.WorkerSettings")


class Program:
    """A process whose output goes to a file, so that it never waits for a reader."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process, self.log = process, log

    @property
    def pid(self) -> int:
        return self.process.pid

    def said(self) -> str:
        """Return what it has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def ended(self, within: float = 60) -> int:
        """Wait for its end; return its exit code."""
        return self.process.wait(within)

    def stop(self, within: float = 60) -> int:
        """Ask it to end; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.ended(within)


def settings_of(config: Config, **more: object) -> dict[str, str]:
    """Return the environment in which a process has the test's configuration, and `more` of it by variable."""
    settings = {
        "PIELOOP_DATA_DIR": config.data_dir,
        "PIELOOP_SITE_DOMAIN": config.site.domain,
        "PIELOOP_SITE_SCHEME": config.site.scheme,
        "PIELOOP_SITE_SECRET_KEY": config.site.secret_key,
        "PIELOOP_DATABASE_URL": config.database.url,
        "PIELOOP_DATABASE_START_TIMEOUT": config.database.start_timeout,
        "PIELOOP_REDIS_URL": config.redis.url,
        "PIELOOP_LIMITS_ENABLED": "false",
        "PIELOOP_HTTP_KEPT_FOR_STRANGERS": "0",
        "PIELOOP_HTTP_TRUSTED_PROXIES": "127.0.0.0/8",
        "PIELOOP_LOG_FORMAT": "json",
    }
    return {name: str(value) for name, value in (settings | more).items()}


def patience_of(config: Config) -> dict[str, object]:
    """Return the settings by which a process waits as long as the test's configuration says, on a busy machine too."""
    database = config.database
    return {
        "PIELOOP_HTTP_REQUEST_DEADLINE": config.http.request_deadline,
        "PIELOOP_DATABASE_POOL_TIMEOUT": database.pool_timeout,
        "PIELOOP_DATABASE_CONNECT_TIMEOUT": database.connect_timeout,
        "PIELOOP_DATABASE_STATEMENT_TIMEOUT": database.statement_timeout,
        "PIELOOP_DATABASE_LOCK_TIMEOUT": database.lock_timeout,
        "PIELOOP_DATABASE_DEADLINE": database.deadline,
    }


@contextmanager
def program(*arguments: object, environ: Mapping[str, str], cwd: Path) -> Iterator[Program]:
    """Run Python on our code, with no setting of ours but `environ`; kill it at the end if it still runs."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PIELOOP_")}
    log = cwd / f"log.{len(list(cwd.glob('log.*')))}"
    with log.open("wb") as file:
        process = start(
            [str(argument) for argument in arguments],
            env={**ours, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environ},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Program(process, log)
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def get(port: int, path: str, timeout: float = 30) -> tuple[int, bytes]:
    """GET a path; return status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def post(port: int, path: str, body: object, token: str = "", timeout: float = 30) -> tuple[int, Any]:
    """POST JSON to the API; return status and JSON."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        connection.request("POST", f"/api/alpha{path}", json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def is_ready(port: int) -> bool:
    """Tell whether the web process on a port can serve."""
    try:
        return get(port, "/readyz", timeout=5)[0] == 200
    except (OSError, http.client.HTTPException):
        return False


@contextmanager
def hypercorn(
    config: Config, place: Path, port: int | None = None, within: float = 90, **settings: object
) -> Iterator[tuple[Program, int]]:
    """Run `hypercorn --config hypercorn.toml --bind … service:app`; it has so many seconds to be ready."""
    port = port or free_port()
    arguments = (*HYPERCORN, "--bind", f"127.0.0.1:{port}", "service:app")
    with program(*arguments, environ=settings_of(config, **settings), cwd=place) as server:

        def ready() -> bool:
            assert server.process.poll() is None, server.said()
            return is_ready(port)

        eventually(ready, within=within)
        yield server, port


@contextmanager
def arq(config: Config, place: Path, **settings: object) -> Iterator[Program]:
    """Run `arq workers.settings.WorkerSettings` until it has opened its resources."""
    with program(*ARQ, environ=settings_of(config, **settings), cwd=place) as worker:

        def ready() -> bool:
            assert worker.process.poll() is None, worker.said()
            return "resources_opened" in worker.said()

        eventually(ready, within=90)
        yield worker


@asynccontextmanager
async def listening(app: Application) -> AsyncIterator[int]:
    """Serve an app by a Hypercorn of this process; yield its port."""
    settings = HypercornConfig()
    port = free_port()
    settings.bind = [f"127.0.0.1:{port}"]
    settings.graceful_timeout, settings.shutdown_timeout = 5, 20
    settings.errorlog = None
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(app, settings, shutdown_trigger=stop.wait))
    try:
        async with asyncio.timeout(60):
            while EXTENSION not in app.extensions or not _accepts(port):
                assert not serving.done(), serving.result()
                await asyncio.sleep(0.02)
        yield port
    finally:
        stop.set()
        await serving


def _accepts(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def held_by(app: Application) -> Resources:
    """Return what a started app holds open."""
    resources: Resources = app.extensions[EXTENSION]
    return resources
