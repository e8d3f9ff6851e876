"""Tries faults in one process of tests that has loaded and collected everything: `pytest -p tests.mutants.trying`.

Each fault gets a fork of it, which puts the fault into the loaded code and runs the tests that reach it, until one
fails. The process has run a few tests before: what a first test pays for all is paid once, and not in every fork.
TRIED names a file with the faults, a line of JSON each; what came of each is written into FOUND at once, so that a run
that is ended can go on. What a test that fails anyhow says counts for nothing.
"""

import atexit
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest

from service.forum.accounts import passwords
from tests import preloaded
from tests.mutants.swapping import CannotBeSwappedError, Loaded

ROOT = Path(__file__).parents[2]
NOTICED, SURVIVED, NOT_SWAPPED, BROKEN = 1, 0, 3, 4
WORDS = {NOTICED: "noticed", SURVIVED: "survived", NOT_SWAPPED: "elsewhere", BROKEN: "went wrong"}
WARM, OF_A_FOLDER = 15, 3  # tests, each of another file
# What these start is started anew for each fault, and with it.
COLD = {"lifecycle", "backup", "storage", "faults"}
PATIENCE, LEAST = 8, 40  # times what a test took when it was recorded, and seconds: the machine may be busy

Tests = Sequence[tuple[pytest.Item, float]]


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Try the faults instead of running all tests."""
    items = _by_name(session.items)
    faults = [json.loads(line) for line in Path(os.environ["TRIED"]).read_text("utf-8").splitlines()]
    tests = [
        [(item, seconds) for name, seconds in fault["tests"] for item in items.get(name, ())]
        for fault in faults
    ]
    _warm(session, [one[0][0] for one in tests if one])
    trier = Trier(session)
    with Path(os.environ["FOUND"]).open("a", encoding="utf-8") as found:
        for fault, its_tests in zip(faults, tests, strict=True):
            begun, spent = time.monotonic(), _spent()
            word, by = trier.word(ROOT / fault["path"], fault["after"].encode(), its_tests)
            print(json.dumps(fault["found"] | {"word": word, "by": by}), file=found, flush=True)
            took = f"{time.monotonic() - begun:6.1f} s ({_spent() - spent:4.1f})"
            print(f"{word:11} {took}  {fault['said']}  ({by or len(its_tests)})", flush=True)
    return True


def _by_name(items: Sequence[pytest.Item]) -> dict[str, list[pytest.Item]]:
    """Return tests by their names, those of a function for all its cases, and those of a file."""
    named: dict[str, list[pytest.Item]] = {}
    for item in items:
        function, file = item.nodeid.partition("[")[0], item.nodeid.partition("::")[0]
        for name in dict.fromkeys((item.nodeid, function, file)):
            named.setdefault(name, []).append(item)
    return named


def _warm(session: pytest.Session, items: Sequence[pytest.Item]) -> None:
    """Run tests of different files, and leave nothing open that forks would share."""
    chosen = _of_different_files(items)
    for item, following in zip(chosen, [*chosen[1:], None][: len(chosen)], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
    session.testsfailed = 0
    if nursery := preloaded._nursery:
        atexit.unregister(nursery.close)
        nursery.close()
        preloaded._nursery = None
    passwords._turns.thread.shutdown()
    passwords._turns = passwords._Turns()
    until = time.monotonic() + LEAST
    while threading.active_count() > 1 and time.monotonic() < until:
        time.sleep(0.05)
    if left := threading.enumerate()[1:]:
        print(f"A fork does not have these threads: {left}", flush=True)


def _of_different_files(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    files = {item.path: item for item in items if COLD.isdisjoint(item.path.parts)}
    folders: Counter[Path] = Counter()
    chosen = []
    for path, item in files.items():
        folders[path.parent] += 1
        if folders[path.parent] <= OF_A_FOLDER:
            chosen.append(item)
    return chosen[:WARM]


class Trier:
    """Forks for each fault.

    Parameters:
        session: of the tests, of which some have run.
    """

    def __init__(self, session: pytest.Session) -> None:
        self._session, self._loaded = session, Loaded()
        self._holds: dict[str, bool] = {}

    def word(self, path: Path, after: bytes, tests: Tests) -> tuple[str, str]:
        """Return what comes of a fault, and the test that noticed it.

        Parameters:
            path: the module.
            after: its source with the fault.
            tests: which may notice, each with the seconds that it took once.
        """
        before = path.read_bytes()
        while True:
            path.write_bytes(after)  # what tests start reads it there
            try:
                word, by = self._forked(tests, path, before, after)
            finally:
                path.write_bytes(before)
            one = next(((item, seconds) for item, seconds in tests if item.nodeid == by), None)
            if word != "noticed" or one is None or self._passes(*one):
                return word, by
            print(f"fails without any fault: {by}", flush=True)
            tests = [(item, seconds) for item, seconds in tests if item.nodeid != by]

    def _passes(self, item: pytest.Item, seconds: float) -> bool:
        """Whether a test that has failed with a fault passes without."""
        if item.nodeid not in self._holds:
            self._holds[item.nodeid] = self._forked([(item, seconds)])[0] == "survived"
        return self._holds[item.nodeid]

    def _forked(self, tests: Tests, *fault: Any) -> tuple[str, str]:
        """Run tests in a fork, with a fault or without; return a word, and which test failed."""
        _place(".by").unlink(missing_ok=True)
        hears, says = os.pipe()
        try:
            child = os.fork()
            if not child:
                self._try(tests, says, *fault)
            os.close(says)
            word = WORDS.get(_wait(child, hears), "out of time")
        finally:
            os.close(hears)
        return word, _place(".by").read_text("utf-8") if _place(".by").exists() else ""

    def _try(self, tests: Tests, says: int, *fault: Any) -> NoReturn:
        """Run the tests, and end this process."""
        word = BROKEN
        try:
            with _place(".log").open("ab") as log:
                os.dup2(log.fileno(), 1)
                os.dup2(log.fileno(), 2)
            if fault:
                path, before, after = fault
                self._loaded.swap(str(path), before, after)
            self._loaded.forget()
            word = self._run(tests, says)
        except CannotBeSwappedError:
            word = NOT_SWAPPED
        except BaseException:  # noqa: BLE001 - whatever it is, this process ends here
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(word)

    def _run(self, tests: Tests, says: int) -> int:
        items = [item for item, _ in tests]
        for (item, seconds), following in zip(tests, [*items[1:], None], strict=True):
            os.write(says, b"%d\n" % (LEAST + PATIENCE * seconds))
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self._session.testsfailed:
                _place(".by").write_text(item.nodeid, "utf-8")
                with suppress(BaseException):
                    self._session._setupstate.teardown_exact(None)
                return NOTICED
        return SURVIVED


def _spent() -> float:
    """Return the processor time of the forks until now."""
    times = os.times()
    return times.children_user + times.children_system


def _place(suffix: str) -> Path:
    return Path(os.environ["TRIED"]).with_suffix(suffix)


def _wait(child: int, hears: int) -> int:
    """Return how a child ends: it says before each test how many seconds that one has."""
    os.set_blocking(hears, False)
    until = time.monotonic() + LEAST
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        with suppress(BlockingIOError):
            if said := os.read(hears, 2**16).split():
                until = time.monotonic() + int(said[-1])
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -1
