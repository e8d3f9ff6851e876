"""`pieloop up`, the whole of it: from an empty directory, again, killed, told to stop."""

import http.client
import os
import re
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.lifecycle.drills import ROOT, alive, command_line, eventually, line_of, processes_below, python
from tests.lifecycle.test_supervise import free_port
from tests.preloaded import started_from_nothing


@pytest.fixture
def place() -> Iterator[Path]:
    """A working directory of this test's own."""
    with new_place() as place:
        yield place


@contextmanager
def new_place() -> Iterator[Path]:
    """A working directory with a short path, in which everything lies that `up` makes."""
    with tempfile.TemporaryDirectory(prefix="pl-") as path:
        Path(path).chmod(0o755)
        (Path(path) / "hypercorn.toml").write_bytes((ROOT / "hypercorn.toml").read_bytes())
        yield Path(path)
        eventually(lambda: not processes_below(Path(path)), what="everything has ended")


def settings(port: int, processes: int = 1) -> dict[str, str]:
    return {
        "PIELOOP_DATA_DIR": "data",
        "PIELOOP_HTTP_BIND": f"127.0.0.1:{port}",
        "PIELOOP_SITE_DOMAIN": f"127.0.0.1:{port}",
        "PIELOOP_HTTP_PROCESSES": str(processes),
        "PYTHONUNBUFFERED": "1",
    }


@contextmanager
def running(place: Path, port: int, processes: int = 1) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Run `pieloop up` until it says where it is."""
    with python("-m", "service", "up", cwd=place, environ=settings(port, processes)) as up:
        lines: list[str] = []
        while not lines or not lines[-1].startswith("Pieloop is running at"):
            lines.append(line_of(up))
        yield up, lines


def get(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def pids_of(place: Path, program: str) -> set[int]:
    """Return the processes of `up`'s that run this program: a module of Python's, or a binary."""
    found = set()
    for pid in processes_below(place):
        arguments = command_line(pid)
        if arguments and (arguments[1:3] == ["-m", program] or Path(arguments[0]).name == program):
            found.add(pid)
    return found


FOLLOWING = """
import subprocess, sys
subprocess.run([sys.executable, "-m", "service", "up", "--with-parent"])
"""


def test_one_run_after_another(place: Path) -> None:
    """Begun and stopped; begun again and killed; begun again below a parent that is killed."""
    port = free_port()
    with started_from_nothing(), running(place, port) as (up, lines):
        said = "".join(lines)
        assert re.search(r"The administrator is admin, with the password \S{16} \(only shown once\)", said)
        assert lines[-1].startswith(f"Pieloop is running at http://127.0.0.1:{port}")
        assert get(port, "/livez") == 200
        assert get(port, "/readyz") == 200
        up.terminate()
        rest, complaint = up.communicate(timeout=60)
        assert up.returncode == 0, complaint
        assert re.findall(r"(?m)^✓ (.*) \(", rest) == [
            "Draining the web processes and workers",
            "Stopping Valkey",
            "Stopping PostgreSQL",
        ]
        assert processes_below(place) == []
    with running(place, port) as (up, lines):
        assert "password" not in "".join(lines)
        assert "Creating the database cluster" not in "".join(lines)
        assert get(port, "/readyz") == 200
        up.kill()
        eventually(lambda: not processes_below(place), within=60)
    with python("-c", FOLLOWING, cwd=place, environ=settings(port)) as parent:
        lines = []
        while not lines or not lines[-1].startswith("Pieloop is running at"):
            lines.append(line_of(parent))
        assert "password" not in "".join(lines)
        assert get(port, "/readyz") == 200
        parent.kill()
        eventually(lambda: not processes_below(place), within=60)


class Up(NamedTuple):
    """A run of `up`."""

    place: Path
    port: int
    process: subprocess.Popen[str]
    killed: set[str]


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    """A run that outlives what happens to its parts; at its end it has said what was started again."""
    with new_place() as place, running(place, port := free_port()) as (process, _):
        yield (up := Up(place, port, process, set()))
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=90)
        assert process.returncode == 0
        assert complaint.count("was killed by SIGKILL. Starting") >= len(up.killed)


@pytest.mark.parametrize("program", ["hypercorn", "arq", "postgres", "valkey-server"])
def test_killed_part_is_brought_back(up: Up, program: str) -> None:
    before = pids_of(up.place, program)
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    up.killed.add(program)
    eventually(lambda: not alive(victim))
    eventually(lambda: len(pids_of(up.place, program)) == len(before))
    eventually(lambda: get(up.port, "/readyz") == 200, within=60)


def test_second_one_is_told_that_it_runs_already(up: Up) -> None:
    with python("-m", "service", "up", cwd=up.place, environ=settings(free_port())) as second:
        _, complaint = second.communicate(timeout=30)
    assert second.returncode == 1
    assert complaint == f"Pieloop is already running on {up.place / 'data'} (process {up.process.pid}).\n"


def test_taken_address_is_noticed_before_anything_is_started(place: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with python("-m", "service", "up", cwd=place, environ=settings(port)) as up:
            said, complaint = up.communicate(timeout=30)
    assert up.returncode == 1
    assert (said, complaint.count("\n")) == ("", 1)
    assert f"127.0.0.1:{port} is already in use" in complaint
    assert not (place / "data").exists()


def test_stopped_while_it_starts(place: Path) -> None:
    with (
        started_from_nothing(),
        python("-m", "service", "up", cwd=place, environ=settings(free_port())) as up,
    ):
        eventually(lambda: (place / "data/postgres/cluster.new").exists())
        up.send_signal(signal.SIGINT)
        up.communicate(timeout=30)
    assert up.returncode == 130
    assert processes_below(place) == []
