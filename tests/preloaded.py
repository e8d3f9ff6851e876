"""Starts programs of ours by forking a process that has loaded them already.

Loading the product costs a second and a half of the processor, more than most tests do with it. So a process of a test
run that starts programs keeps one which has loaded everything and opened nothing. Asked to, it forks, and the fork
becomes what else would have been started: with these arguments, this environment, this directory, these streams, and
as a child of whoever asked. A fork that becomes a supervisor gets a process of that kind of its own, before it has done
anything, and so what it keeps is forked as well. Whoever loads something else is started as everywhere.
"""

import atexit
import ctypes
import fcntl
import gc
import io
import json
import multiprocessing.util
import os
import pkgutil
import runpy
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy.orm import configure_mappers

from service.processes import children, tether

ROOT = Path(__file__).parents[1]
LOADED = (
    "service.assembly",
    "service.cli",
    "service.processes.up",
    "laboratory.group",
    "laboratory.doors",
    "hypercorn.run",
    "hypercorn.asyncio.run",
    "arq.cli",
    "uvloop",
)
CONFIGURED = "workers.settings"  # is loaded with the configuration of its process
SUPERVISORS = ("service up", "service serve", "service work", "laboratory.group", "served")
SPAWNED = "--multiprocessing-fork"  # says to a process of multiprocessing what it is
STARTED = "service.media.child"  # sees to itself what it is and what it may
LENGTH = struct.Struct("!I")
SET_CHILD_SUBREAPER = 36  # of prctl
MOST_STREAMS = 16
NAME = 2000  # bytes of a command line
OUT_OF_THE_WAY = 100  # a descriptor that nobody asks for


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


def forks() -> bool:
    """Tell whether what is started is spared what all of its kind do alike."""
    return _by_a_fork


def start(arguments: Sequence[str], **more: Any) -> "subprocess.Popen[Any]":
    """Start Python with these arguments, as `subprocess.Popen` does it.

    Parameters:
        arguments: where they are a module and what it is given, by a fork.
        more: as Popen takes it.
    """
    if _by_a_fork and arguments[0] == "-m":
        return Preloaded(arguments, **more)
    return subprocess.Popen([sys.executable, *arguments], **more)


def fork_children() -> None:
    """Let supervisors of this process fork what they keep from now on, and Hypercorn its workers."""
    children.subprocess = SimpleNamespace(Popen=_start_child)  # type: ignore[assignment, attr-defined]
    multiprocessing.util.spawnv_passfds = _spawn  # type: ignore[assignment]


def _start_child(command: Sequence[str], **more: Any) -> "subprocess.Popen[Any]":
    """Stand in for Popen where a child is started by way of `tether`, which would do what the fork does then."""
    death_signal, account, program, *arguments = command[5:]
    ours = account == "-" and program == sys.executable and arguments[0] == "-m" and arguments[1] != STARTED
    if not (_by_a_fork and ours):
        return subprocess.Popen(command, **more)
    return Preloaded(arguments, death_signal=int(death_signal), **more)


_spawn_in_earnest = multiprocessing.util.spawnv_passfds


def _spawn(path: bytes, command: Sequence[str], passed: Sequence[int]) -> int:
    """Stand in for what multiprocessing starts its processes by."""
    if not (_by_a_fork and SPAWNED in command):
        return _spawn_in_earnest(path, command, passed)
    process = Preloaded(command[command.index("-c") :], pass_fds=passed)
    process.returncode = 0  # multiprocessing waits for it
    return process.pid


class Preloaded(subprocess.Popen[Any]):
    """Like `subprocess.Popen([sys.executable, *arguments])`, by a fork.

    Parameters:
        arguments: "-m" and a module, or "-c" and statements, and what it is given.
        death_signal: what it gets when we die.
        more: the streams, `env`, `cwd`, `pass_fds` and `start_new_session`, as Popen takes them.
    """

    def __init__(self, arguments: Sequence[str], *, death_signal: int = 0, **more: Any) -> None:
        self._death_signal = death_signal
        super().__init__(list(arguments), **more)

    def _execute_child(self, arguments: list[str], *told: Any) -> None:
        """Stand in for what forks and executes, which Popen calls with all that it has prepared."""
        passed, cwd, environ, pipes = told[3], told[4], told[5], told[9:15]
        asked_for = [pipes[0], pipes[3], pipes[5]]
        born = {
            "arguments": arguments,
            "environ": dict(os.environ if environ is None else environ),
            "cwd": str(cwd or Path.cwd()),
            "passed": list(passed),
            "in_a_session": told[20],
            "parent": os.getpid(),
            "death_signal": self._death_signal,
        }
        streams = [number if stream == -1 else stream for number, stream in enumerate(asked_for)]
        self.pid = nursery().bear(born, [*streams, *passed])
        self._child_created = True
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]


class Nursery:
    """The process that has loaded everything.

    Parameters:
        connection: by which it is asked.
        pid: of the process.
    """

    def __init__(self, connection: socket.socket, pid: int) -> None:
        self._lock = threading.Lock()
        self._socket, self.pid = connection, pid

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
        os.waitpid(self.pid, 0)


_nursery: Nursery | None = None


def nursery() -> Nursery:
    """Return the nursery of this process, which ends with it."""
    return _nursery or _have(*_start_a_nursery())


def _have(connection: socket.socket, pid: int) -> Nursery:
    global _nursery  # noqa: PLW0603
    _nursery = Nursery(connection, pid)
    atexit.register(_nursery.close)
    return _nursery


def _start_a_nursery() -> tuple[socket.socket, int]:
    ours, theirs = socket.socketpair()
    with theirs:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PIELOOP_")}
        process = subprocess.Popen(
            # Room for the names of those that are forked.
            [sys.executable, "-m", "tests.preloaded", str(theirs.fileno()), " " * NAME],
            env=environ | {"PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
        process.returncode = 0  # it is waited for when it is closed
    return ours, process.pid


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
    if born is None:
        os._exit(0)
    _become(**born)


def _load() -> None:
    gc.disable()
    for name in LOADED:
        import_module(name)
    for module in pkgutil.walk_packages([str(ROOT / "workers")], "workers."):
        if module.name != CONFIGURED:
            import_module(module.name)
    configure_mappers()
    fork_children()
    import_module("tests.clusters").copy_clusters()
    import_module("tests.cheap_secrets").make_secrets_cheap()
    import_module("tests.routes").make_routes_once(at_once=True)
    assert threading.active_count() == 1, "a fork has one thread only"
    gc.freeze()
    gc.enable()


def _serve(asker: socket.socket) -> dict[str, Any] | None:
    """Fork for whoever asks, until nobody does; return, in a fork, what was asked for."""
    while True:
        length, streams, _, _ = socket.recv_fds(asker, LENGTH.size, MOST_STREAMS)
        if not length:
            return None
        born: dict[str, Any] = json.loads(_exactly(asker, LENGTH.unpack(length)[0]))
        child = _fork_an_orphan()
        if child is None:
            asker.close()
            nursery_of_its_own = _fork_a_nursery() if _supervises(born["arguments"]) else None
            if nursery_of_its_own is None:
                _lay(streams, [0, 1, 2, *born.pop("passed")])
                return born
            asker = nursery_of_its_own
        for stream in streams:
            os.close(stream)
        if child is not None:
            asker.sendall(LENGTH.pack(child))


def _supervises(arguments: list[str]) -> bool:
    return "--workers" in arguments or " ".join(arguments[1:]).startswith(SUPERVISORS)


def _fork_a_nursery() -> socket.socket | None:
    """Fork the nursery of a process that has just been born; return, in that nursery, where it is asked."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid:
        theirs.close()
        _have(ours, pid)
        return None
    ours.close()
    os.chdir("/")
    nowhere = os.open(os.devnull, os.O_RDWR)
    _lay([nowhere] * 3, [0, 1, 2])
    return theirs


def _lay(found: list[int], wanted: list[int]) -> None:
    """Give descriptors the numbers that are wanted."""
    aside = [fcntl.fcntl(one, fcntl.F_DUPFD, OUT_OF_THE_WAY) for one in found]
    for one in set(found):
        os.close(one)
    for one, number in zip(aside, wanted, strict=True):
        os.dup2(one, number)
        os.close(one)


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


def _become(
    arguments: list[str],
    environ: dict[str, str],
    cwd: str,
    *,
    parent: int,
    death_signal: int,
    in_a_session: bool,
) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    while os.getppid() not in {parent, 1}:  # the one in between has not ended yet
        time.sleep(0.001)
    if in_a_session:
        os.setsid()
    if death_signal:
        tether.follow(parent, death_signal)
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(cwd)
    _open_streams(unbuffered=bool(environ.get("PYTHONUNBUFFERED")))
    kind, program, *rest = arguments
    _be_called([sys.executable, *arguments])
    sys.argv[1:], sys.path[0] = rest, cwd
    module = partial(runpy.run_module, program, run_name="__main__", alter_sys=True)
    _run(module if kind == "-m" else partial(exec, program, {}))


def _be_called(arguments: list[str]) -> None:
    """Show these arguments to whoever looks: they are written over those that the process began with."""
    facts = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    begin, end = int(facts[45]), int(facts[46])
    shown = "\0".join(arguments).encode()[: end - begin - 1]
    ctypes.memmove(begin, shown.ljust(end - begin, b"\0"), end - begin)


def _run(program: Callable[[], object]) -> None:
    """Run it, and end without taking apart what was loaded, which costs as much as a tenth of a start."""
    try:
        program()
    except SystemExit as error:
        if isinstance(error.code, str):
            print(error.code, file=sys.stderr)
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    else:
        code = 0
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


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
