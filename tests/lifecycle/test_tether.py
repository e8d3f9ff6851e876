"""Nothing that we start outlives us."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from service.processes import tether
from tests.lifecycle.drills import alive, as_nobody, command_line, eventually, line_of, python

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

PARENT = """
import sys, time, signal
from service.processes.children import start, Account
account = Account(65534, 65534, True) if sys.argv[1:] == ["nobody"] else None
child = start(["/bin/sleep", "1000"], on_parent_death=signal.SIGTERM, account=account)
print(child.pid, flush=True)
time.sleep(1000)
"""


@pytest.mark.parametrize("account", ["ours", pytest.param("nobody", marks=root_only)])
def test_child_of_a_killed_parent_ends(account: str) -> None:
    with python("-c", PARENT, account) as parent:
        child = int(line_of(parent))
        eventually(lambda: command_line(child)[:1] == ["/bin/sleep"])
        parent.kill()
        parent.wait()
        eventually(lambda: not alive(child))


def test_parent_that_died_before_the_tether_was_tied() -> None:
    dead = subprocess.Popen(["/bin/true"])
    dead.wait()
    launcher = [sys.executable, "-I", "-S", tether.__file__, str(dead.pid), "15", "-", "/bin/sleep", "1000"]
    assert subprocess.run(launcher, timeout=10).returncode == -signal.SIGKILL


def test_program_that_is_not_there_is_one_sentence() -> None:
    launcher = [sys.executable, "-I", "-S", tether.__file__, str(os.getpid()), "15", "-", "/nowhere/at-all"]
    done = subprocess.run(launcher, capture_output=True, text=True, timeout=10)
    assert done.returncode == tether.COULD_NOT_START
    assert done.stderr.count("\n") == 1
    assert "/nowhere/at-all cannot be started" in done.stderr


def test_watching_process_where_the_system_does_not_tell() -> None:
    script = """
import os, subprocess, sys, time
from service.processes import tether
child = os.fork()
if child == 0:
    tether.watch(os.getppid(), 15)
    print(os.getpid(), flush=True)
    os.execv("/bin/sleep", ["sleep", "1000"])
time.sleep(1000)
"""
    with python("-c", script) as parent:
        child = int(line_of(parent))
        assert alive(child)
        parent.kill()
        parent.wait()
        eventually(lambda: not alive(child))


@root_only
def test_capability_lets_the_other_user_through_a_closed_directory_and_no_more(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "file").write_text("inside")
    script = 'cat "$0" && id -u && grep -E "^Cap(Prm|Eff|Bnd)" /proc/self/status'
    launcher = [sys.executable, "-I", "-S", tether.__file__, str(os.getpid()), "15"]
    with_capability = subprocess.run(
        [*launcher, "65534:65534:override", "/bin/sh", "-c", script, closed / "file"],
        capture_output=True,
        text=True,
    )
    assert with_capability.stdout.splitlines()[0].startswith("inside65534")
    assert "CapEff:\t0000000000000002" in with_capability.stdout
    without = subprocess.run(
        [*launcher, "65534:65534", "/bin/sh", "-c", script, closed / "file"], capture_output=True
    )
    assert without.returncode != 0


@root_only
def test_ordinary_user_is_told_that_it_cannot_become_another() -> None:
    launcher = [sys.executable, "-I", "-S", tether.__file__, "1", "15", "1234:1234", "/bin/true"]
    done = subprocess.run([*as_nobody(), *launcher], capture_output=True, text=True)
    assert done.returncode == tether.COULD_NOT_START
    assert "cannot be started" in done.stderr
