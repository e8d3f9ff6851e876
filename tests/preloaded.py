"""Starts programs of ours by forking a process that has loaded them already.

Loading the product costs a second and a half of the processor, more than most tests do with it. So a process of a test
run that starts programs keeps one which has loaded everything and opened nothing. Asked to, it forks, and the fork
becomes what else would have been started: with these arguments, this environment, this directory, these streams, and
as a child of whoever asked. What a supervisor starts, and whoever loads something else, is started as everywhere.
"""

import atexit
import ctypes
import gc
import io
import json
import os
import pkgutil
import runpy
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy.orm import configure_mappers

ROOT = Path(__file__).parents[1]
LOADED = ("service.assembly", "service.cli", "hypercorn.run", "hypercorn.asyncio.run", "arq.cli", "uvloop")
CONFIGURED = "workers.settings"  # is loaded with the configuration of its process
LENGTH = struct.Struct("!I")
SET_CHILD_SUBREAPER = 36  # of prctl


_by_a_fork = True


@contextmanager
def started_from_nothing() -> Iterator[None]:
    """Start programs as everywhere while the body runs: the test is about that."""
    global _by_a_fork  # noqa: PLW0603
    _by_a_fork = False
    try:
        yield
    finally:
        _by_a_fork = True


def start(arguments: Sequence[str], **more: Any) -> "subprocess.Popen[Any]":
    """Start Python with these arguments, as `subprocess.Popen` does it.

    Parameters:
        arguments: where they are a module and what it is given, by a fork.
        more: as Popen takes it.
    """
    if _by_a_fork and arguments[0] == "-m":
        return Preloaded(arguments, **more)
    return subprocess.Popen([sys.executable, *arguments], **more)


class Preloaded(subprocess.Popen[Any]):
    """Like `subprocess.Popen([sys.executable, *arguments])`, by a fork.

    Parameters:
        arguments: "-m", a module, and what it is given.
        more: the streams, `env` and `cwd`, as Popen takes them.
    """

    def __init__(self, arguments: Sequence[str], **more: Any) -> None:
        super().__init__(list(arguments), **more)

    def _execute_child(self, arguments: list[str], *told: Any) -> None:
        """Stand in for what forks and executes, which Popen calls with all that it has prepared."""
        cwd, environ, pipes = told[4], told[5], told[9:15]
        asked_for = [pipes[0], pipes[3], pipes[5]]
        born = {
            "arguments": arguments,
            "environ": dict(os.environ if environ is None else environ),
            "cwd": str(cwd or Path.cwd()),
        }
        streams = [number if stream == -1 else stream for number, stream in enumerate(asked_for)]
        self.pid = nursery().bear(born, streams)
        self._child_created = True
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]


class Nursery:
    """The process that has loaded everything."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket, theirs = socket.socketpair()
        with theirs:
            environ = {name: value for name, value in os.environ.items() if not name.startswith("PIELOOP_")}
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.preloaded", str(theirs.fileno())],
                env=environ | {"PYTHONPATH": str(ROOT)},
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self.pid = self._process.pid

    def bear(self, born: dict[str, Any], streams: list[int]) -> int:
        """Return the id of a new child of this process."""
        said = json.dumps(born).encode()
        with self._lock:
            # Its parent ends at once, and an orphan goes to the nearest ancestor that wants it.
            _adopt(orphans=True)
            try:
                socket.send_fds(self._socket, [LENGTH.pack(len(said))], streams)
                self._socket.sendall(said)
                return LENGTH.unpack(_exactly(self._socket, LENGTH.size))[0]  # type: ignore[no-any-return]
            finally:
                _adopt(orphans=False)

    def close(self) -> None:
        """End it; it has no child that would miss it."""
        self._socket.close()
        self._process.wait()


@cache
def nursery() -> Nursery:
    """Return the nursery of this process, which ends with it."""
    made = Nursery()
    atexit.register(made.close)
    return made


def _adopt(*, orphans: bool) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(SET_CHILD_SUBREAPER, int(orphans), 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def _exactly(stream: socket.socket, number: int) -> bytes:
    found = b""
    while len(found) < number:
        more = stream.recv(number - len(found))
        if not more:
            raise EOFError
        found += more
    return found


# What follows is done in the nursery.


def main() -> None:
    """Load everything; fork for whoever asks; in a fork, become what was asked for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for everybody in the terminal
    asker = socket.socket(fileno=int(sys.argv[1]))
    _load()
    born = _serve(asker)
    if born is not None:
        _become(**born)


def _load() -> None:
    gc.disable()
    for name in LOADED:
        import_module(name)
    for module in pkgutil.walk_packages([str(ROOT / "workers")], "workers."):
        if module.name != CONFIGURED:
            import_module(module.name)
    configure_mappers()
    assert threading.active_count() == 1, "a fork has one thread only"
    gc.freeze()
    gc.enable()


def _serve(asker: socket.socket) -> dict[str, Any] | None:
    """Fork for whoever asks, until nobody does; return, in a fork, what was asked for."""
    while True:
        length, streams, _, _ = socket.recv_fds(asker, LENGTH.size, 3)
        if not length:
            return None
        born: dict[str, Any] = json.loads(_exactly(asker, LENGTH.unpack(length)[0]))
        child = _fork_an_orphan()
        if child is None:
            asker.close()
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
                os.close(stream)
            return born
        for stream in streams:
            os.close(stream)
        asker.sendall(LENGTH.pack(child))


def _fork_an_orphan() -> int | None:
    """Return the id of a new process whose parent has ended; None in that process."""
    hears, says = os.pipe()
    parent = os.fork()
    if parent:
        os.waitpid(parent, 0)
        found = os.read(hears, LENGTH.size)
        os.close(hears)
        os.close(says)
        return int(LENGTH.unpack(found)[0])
    child = os.fork()
    if child:
        os.write(says, LENGTH.pack(child))
        os._exit(0)
    os.close(hears)
    os.close(says)
    return None


def _become(arguments: list[str], environ: dict[str, str], cwd: str) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(cwd)
    _open_streams(unbuffered=bool(environ.get("PYTHONUNBUFFERED")))
    _, module, *rest = arguments
    sys.argv[1:], sys.path[0] = rest, cwd
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _open_streams(*, unbuffered: bool) -> None:
    for name, number, errors in (
        ("stdin", 0, "strict"),
        ("stdout", 1, "strict"),
        ("stderr", 2, "backslashreplace"),
    ):
        file = io.FileIO(number, "w" if number else "r", closefd=False)
        kept: Any = (file if unbuffered else io.BufferedWriter(file)) if number else io.BufferedReader(file)
        stream = io.TextIOWrapper(kept, "utf-8", errors, line_buffering=number == 2, write_through=unbuffered)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


if __name__ == "__main__":
    main()
