"""`-p tests.costs`: the processor time of each test, in seconds, by who spent it; the dearest are shown at the end.

Processor time and not that of the clock, so that a busy machine shows the same. Counted are this process, the processes
that tests started and waited for, and the servers of the run. One process of tests at a time: `-n 0`.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Generator, Hashable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

SHOWN = 20
SERVERS = ("postgres", "valkey")
TICK = 1 / os.sysconf("SC_CLK_TCK")


class Cost(NamedTuple):
    """Seconds of processor time."""

    own: float = 0.0
    started: float = 0.0
    servers: float = 0.0

    def plus(self, more: "Cost") -> "Cost":
        return Cost(*(one + other for one, other in zip(self, more, strict=True)))

    def since(self, before: "Cost") -> "Cost":
        return Cost(*(one - other for one, other in zip(self, before, strict=True)))

    @property
    def row(self) -> str:
        return "".join(f"{seconds:9.2f}" for seconds in (sum(self), *self))


class Costs:
    """What tests cost, by test and phase.

    Parameters:
        servers: the processes that all tests of the run share.
    """

    def __init__(self, servers: list[int]) -> None:
        self._servers = servers
        self.of: dict[tuple[str, str], Cost] = {}

    def now(self) -> Cost:
        """Return what was spent until now."""
        own = os.times()
        return Cost(
            own.user + own.system,
            own.children_user + own.children_system,
            sum(_spent(pid) for server in self._servers for pid in (server, *_children(server))),
        )

    def by(self, key: Callable[[str, str], Hashable]) -> list[tuple[Hashable, Cost]]:
        """Return the costs of tests that have the same key, the dearest first."""
        found: defaultdict[Hashable, Cost] = defaultdict(Cost)
        for (test, phase), cost in self.of.items():
            found[key(test, phase)] = found[key(test, phase)].plus(cost)
        return sorted(found.items(), key=lambda one: -sum(one[1]))


COSTS = pytest.StashKey[Costs]()
_Phase = Generator[None, object, object]


def pytest_collection_finish(session: pytest.Session) -> None:
    """The servers run by now."""
    servers = [pid for pid in _below(os.getpid()) if any(name in _name(pid) for name in SERVERS)]
    parents = [pid for pid in servers if not any(pid in _children(other) for other in servers)]
    session.config.stash[COSTS] = Costs(parents)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> _Phase:
    return (yield from _counted(item, "setup"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> _Phase:
    return (yield from _counted(item, "call"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> _Phase:
    return (yield from _counted(item, "teardown"))


def _counted(item: pytest.Item, phase: str) -> _Phase:
    costs = item.config.stash[COSTS]
    before = costs.now()
    try:
        return (yield)
    finally:
        costs.of[item.nodeid, phase] = costs.now().since(before)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Show the dearest folders, files and tests, and the phases."""
    costs = terminalreporter.config.stash.get(COSTS, None)
    if costs is None:
        return
    tables: dict[str, Callable[[str, str], Hashable]] = {
        "all": lambda test, phase: "",
        "phases": lambda test, phase: phase,
        "folders": lambda test, phase: str(Path(test.partition("::")[0]).parent),
        "files": lambda test, phase: test.partition("::")[0],
        "tests": lambda test, phase: test,
    }
    for name, key in tables.items():
        terminalreporter.section(f"processor seconds: {name}")
        terminalreporter.write_line(f"{'sum':>9}{'own':>9}{'started':>9}{'servers':>9}")
        for one, cost in costs.by(key)[:SHOWN]:
            terminalreporter.write_line(f"{cost.row}  {one}")


def _children(pid: int) -> list[int]:
    try:
        lists = [task / "children" for task in Path(f"/proc/{pid}/task").iterdir()]
        return [int(child) for one in lists for child in one.read_text(encoding="ascii").split()]
    except OSError:  # it has just ended
        return []


def _below(pid: int) -> list[int]:
    return [one for child in _children(pid) for one in (child, *_below(child))]


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8")
    except OSError:
        return ""


def _spent(pid: int) -> float:
    """Return what a process and the children that it has waited for spent."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(ticks) for ticks in fields[11:15]) * TICK
