"""Start, await and stop child processes, every one of them tethered to us. Called by everything else in this folder."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from service.processes import tether

Child = subprocess.Popen[bytes]
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Account:
    """Another user to run a program as; `override` lets it pass directories that are closed to that user."""

    uid: int
    gid: int
    override: bool

    def __str__(self) -> str:
        return f"{self.uid}:{self.gid}" + (":override" if self.override else "")


def start(
    argv: Sequence[str | Path],
    *,
    on_parent_death: signal.Signals = signal.SIGTERM,
    account: Account | None = None,
    environ: Mapping[str, str] | None = None,
    stdin: int | None = subprocess.DEVNULL,
    stdout: int | IO[bytes] | None = None,
    stderr: int | IO[bytes] | None = None,
    pass_fds: Sequence[int] = (),
    cwd: Path | None = None,
) -> Child:
    """Start a program in a session of its own, so that a terminal's Ctrl-C reaches only us, and tethered to us.

    Call it from a thread that lives as long as the child should (the main one): its end counts as our death.

    Parameters:
        argv: the program by its full path, and its arguments.
        on_parent_death: what the program gets when we die.
        account: the user to run it as; ours when None.
        environ: the whole environment; ours when None.
    """
    launcher = [sys.executable, "-I", "-S", tether.__file__, str(os.getpid()), str(int(on_parent_death))]
    return subprocess.Popen(
        [*launcher, str(account or "-"), *map(str, argv)],
        env=environ,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        pass_fds=pass_fds,
        cwd=cwd,
        start_new_session=True,
    )


async def exited(child: Child, within: float | None = None) -> bool:
    """Wait until the child has ended, for `within` seconds at most; return whether it has."""
    try:
        async with asyncio.timeout(within):
            while child.poll() is None:
                await _next_change(child)
    except TimeoutError:
        return child.poll() is not None
    return True


async def stop(child: Child, *steps: tuple[signal.Signals, float]) -> int:
    """End a child: send each signal in turn and wait its seconds, SIGKILL at last; return its exit code."""
    try:
        for number, seconds in steps:
            send(child, number)
            if await exited(child, seconds):
                return child.returncode
    finally:
        if child.poll() is None:
            child.kill()
    await exited(child)
    return child.returncode


def send(child: Child, number: signal.Signals) -> None:
    """Signal a child that may have ended meanwhile."""
    with suppress(ProcessLookupError):
        child.send_signal(number)


def describe_exit(code: int) -> str:
    """Say how a process ended: "was killed by SIGKILL", "ended with exit code 1"."""
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


async def _next_change(child: Child) -> None:
    """Return when the child may have ended: exactly then where the system tells, else after a moment."""
    if not hasattr(os, "pidfd_open"):
        await asyncio.sleep(POLL_SECONDS)
        return
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    descriptor = os.pidfd_open(child.pid)
    try:
        loop.add_reader(descriptor, ended.set)
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
