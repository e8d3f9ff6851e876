"""What the drills share: waiting for a condition, a process to kill, another user to be."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.preloaded import start

ROOT = Path(__file__).parents[2]
NOBODY = 65534


def eventually(holds: Callable[[], object], within: float = 60.0, what: str = "") -> None:
    """Wait until `holds()` is true, for `within` seconds at most."""
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, f"still not so after {within} s: {what or holds}"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that is dead and not reaped yet does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def command_line(pid: int) -> list[str]:
    """Return a process's arguments; none of one that is being started, or is gone already."""
    try:
        said = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").decode()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return said.split("\0") if said else []


def processes_below(directory: Path) -> list[int]:
    """Return the processes that name `directory` in their command line or work below it."""
    found = []
    for pid in [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]:
        try:
            named = any(str(directory) in argument for argument in command_line(pid))
            there = Path(f"/proc/{pid}/cwd").readlink().is_relative_to(directory)
        except OSError:
            continue
        if (named or there) and pid != os.getpid() and alive(pid):
            found.append(pid)
    return found


@contextmanager
def python(
    *arguments: object,
    prefix: list[str] | None = None,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[subprocess.Popen[str]]:
    """Run Python with our code on its path and its three streams piped; kill it at the end if it still runs.

    It sees no setting of ours but `environ`.
    """
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PIELOOP_")}
    command = [*map(str, arguments)]
    begin = (
        partial(subprocess.Popen[str], [*prefix, sys.executable, *command])
        if prefix
        else partial(start, command)
    )
    with begin(
        env={**ours, "PYTHONPATH": str(ROOT), **(environ or {})},
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line_of(process: subprocess.Popen[str]) -> str:
    """Return the next line that a process prints; what it complains of, if it ends instead."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate()[1]
    return line


def as_nobody() -> list[str]:
    """Return the command prefix that makes a process an ordinary user's.

    Where the interpreter lies below a directory that is root's alone, the process may read all files (and nothing else
    that is special), or it could not even start.
    """
    plain = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    # A shell in between: setpriv itself still gets everywhere.
    reachable = subprocess.run([*plain, "/bin/sh", "-c", '"$0" -c ""', sys.executable], capture_output=True)
    if reachable.returncode == 0:
        return plain
    return [*plain, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
