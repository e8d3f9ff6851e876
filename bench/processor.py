"""How much processor time processes have used: a figure that a busy machine disturbs less than requests a second."""

import os
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

TICK = os.sysconf("SC_CLK_TCK")


class Process(NamedTuple):
    """One process: its parent, its command line, and the seconds of processor time of itself and its ended children."""

    pid: int
    parent: int
    command: str
    seconds: float
    ended: float


class Spent(NamedTuple):
    """Seconds of processor time, of web processes and of PostgreSQL."""

    web: float
    database: float

    def since(self, before: "Spent", requests: float) -> "Spent":
        """Return the milliseconds a request between two moments."""
        return Spent(*((now - then) / requests * 1000 for now, then in zip(self, before, strict=True)))


class Used(NamedTuple):
    """Seconds of processor time, and bytes of memory, what is shared counted once."""

    seconds: float
    memory: int


def used_by(roots: Collection[int]) -> Used:
    """Return what some processes and their children have used so far."""
    everything, tree, found = _processes(), set(roots), 0
    while found < len(tree):
        found = len(tree)
        tree |= {process.pid for process in everything if process.parent in tree}
    members = [process for process in everything if process.pid in tree]
    return Used(
        sum(process.seconds + process.ended for process in members),
        sum(_memory(process.pid) for process in members),
    )


def spent(app: str) -> Spent:
    """Return what the web processes of an app, and the PostgreSQL started by this process, have used so far."""
    everything = _processes()
    ours = [process for process in everything if process.parent == os.getpid()]
    servers = {process.pid for process in ours if "/bin/postgres -D" in process.command}
    return Spent(
        sum(process.seconds for process in ours if app in process.command.split()),
        sum(process.seconds for process in everything if process.parent in servers)
        + sum(process.ended for process in ours if process.pid in servers),
    )


def _memory(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has just ended
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _processes() -> list[Process]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            fields = (
                (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            )
        except OSError:  # it has just ended
            continue
        own, ended = [sum(int(ticks) for ticks in fields[at : at + 2]) / TICK for at in (11, 13)]
        found.append(Process(int(folder.name), int(fields[1]), command, own, ended))
    return found
