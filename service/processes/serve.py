"""`pieloop serve`: N single-process Hypercorn servers on one listening socket. Also a part of `pieloop up`."""

import errno
import importlib.util
import os
import socket
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.config import Config, ConfigError
from service.errors import StartupError
from service.processes.supervisor import ProcessGroup

SETTINGS = "hypercorn.toml"
BACKLOG = 1024
# Hypercorn's own defaults, for a file that leaves them out.
GRACEFUL_TIMEOUT = 3.0
SHUTDOWN_TIMEOUT = 60.0
MARGIN = 5.0


def bind(address: str) -> socket.socket:
    """Bind the address that all servers will share; nobody can connect before they listen.

    Parameters:
        address: `host:port`, with an IPv6 host in brackets.

    Raises:
        StartupError: the address is in use, is not this machine's, or is not ours to use.
    """
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((host, int(port)))
    except (OSError, OverflowError) as error:
        listener.close()
        raise _explain(address, error) from error
    return listener


def listen(listener: socket.socket, address: str) -> None:
    """Let clients connect; they wait until the first server accepts.

    Raises:
        StartupError: another program has begun to listen on the address.
    """
    try:
        listener.listen(BACKLOG)
    except OSError as error:
        raise _explain(address, error) from error


def web_group(
    config: Config,
    processes: int,
    listener: socket.socket,
    environ: Mapping[str, str],
    app: str = "service:app",
) -> ProcessGroup:
    """Describe the web processes.

    Parameters:
        processes: how many; the pool budget in each of them is told.
        listener: the socket that they share.
        environ: their environment.

    Raises:
        StartupError: hypercorn.toml is missing or cannot be read.
    """
    path = find_settings()
    settings = read_settings(path)
    loop = "uvloop" if importlib.util.find_spec("uvloop") else "asyncio"
    return ProcessGroup(
        name="web process",
        # Without workers of its own Hypercorn is a single process that drains on SIGTERM.
        argv=[
            sys.executable, "-m", "hypercorn", "--config", path, "--workers", "0", "--worker-class", loop,
            "--bind", f"fd://{listener.fileno()}", app,
        ],
        count=processes,
        drain=_seconds(settings, "graceful_timeout", GRACEFUL_TIMEOUT)
        + _seconds(settings, "shutdown_timeout", SHUTDOWN_TIMEOUT)
        + MARGIN,
        environ={**environ, "PIELOOP_HTTP_PROCESSES": str(processes)},
        pass_fds=(listener.fileno(),),
    )  # fmt: skip


def find_settings() -> Path:
    """Return hypercorn.toml: the working directory's, else the one beside the package.

    Raises:
        StartupError: there is none.
    """
    for folder in (Path.cwd(), Path(__file__).parents[2]):
        if (folder / SETTINGS).exists():
            return folder / SETTINGS
    raise StartupError(f"{SETTINGS} is missing: run Pieloop in the directory that contains it.")


def read_settings(path: Path) -> dict[str, Any]:
    """Read hypercorn.toml.

    Raises:
        ConfigError: it is not valid TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from error


def _seconds(settings: dict[str, Any], key: str, default: float) -> float:
    value = settings.get(key, default)
    if not isinstance(value, int | float):
        raise ConfigError(f"{SETTINGS}: {key}: expected a number of seconds.")
    return float(value)


def _explain(address: str, error: OSError | OverflowError) -> StartupError:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return StartupError(f"{address} is already in use: stop the program there, or set PIELOOP_HTTP_BIND.")
    if number == errno.EACCES:
        return StartupError(
            f"http.bind: this user isn't allowed to listen on {address}; ports below 1024 need root."
        )
    reason = os.strerror(number) if number and number > 0 else str(error)
    return StartupError(f"http.bind: {address} isn't an address to listen on: {reason}.")
