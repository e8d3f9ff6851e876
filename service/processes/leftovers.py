"""Servers of an earlier run that are still there: usually ending, because their parent was killed a moment ago."""

import asyncio
import os
import signal
import subprocess
import time
from pathlib import Path

PATIENCE = (15.0, 5.0, 5.0)
POLL_SECONDS = 0.02


async def end_leftover(pid_file: Path, marker: str, *signals: signal.Signals) -> None:
    """End the server that `pid_file` names, if it still runs, by `signals` in turn and SIGKILL at last.

    Parameters:
        pid_file: its first line is a process id.
        marker: a part of the server's command line, by which it is told from another process that got its number.
    """
    pid = _read_pid(pid_file)
    for number, seconds in zip((*signals, signal.SIGKILL), PATIENCE, strict=False):
        if pid is None or not _is_ours(pid, marker):
            return
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + seconds
        while _is_ours(pid, marker) and time.monotonic() < deadline:
            await asyncio.sleep(POLL_SECONDS)


def _read_pid(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text(encoding="utf-8").splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _is_ours(pid: int, marker: str) -> bool:
    return marker in _command_line(pid)


def _command_line(pid: int) -> str:
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return ""
    listing = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listing.stdout
