"""Tries faults in one process of tests that has loaded and collected everything: `pytest -p tests.mutants.trying`.

Each fault gets a fork of it, which puts the fault into the loaded code and runs the tests that reach it, until one
fails. The process has run a few tests before: what a first test pays for all is paid once, and not in every fork.
TRIED names a file with the faults, a line of JSON each; the word on each is written behind it.
"""

import atexit
import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import pytest

from service.forum.accounts import passwords
from tests import preloaded
from tests.mutants.swapping import CannotBeSwappedError, Loaded

ROOT = Path(__file__).parents[2]
NOTICED, SURVIVED, NOT_SWAPPED = 1, 0, 3
WORDS = {NOTICED: "noticed", SURVIVED: "survived", NOT_SWAPPED: "elsewhere"}
WARM, OF_A_FOLDER = 15, 3  # tests, each of another file
# What these start is started anew for each fault, and with it.
COLD = {"lifecycle", "backup", "storage", "faults"}
PATIENCE, LEAST = 8, 40  # times what a test took when it was recorded, and seconds: the machine may be busy

Tests = Sequence[tuple[pytest.Item, float]]


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Try the faults instead of running all tests."""
    items = {item.nodeid: [item] for item in session.items}
    for item in session.items:
        items.setdefault(item.nodeid.partition("::")[0], []).append(item)
    faults = [json.loads(line) for line in Path(os.environ["TRIED"]).read_text("utf-8").splitlines()]
    tests = [
        [(item, seconds) for name, seconds in fault["tests"] for item in items.get(name, ())]
        for fault in faults
    ]
    _warm(session, [one[0][0] for one in tests if one])
    trier = Trier(session)
    with _place(".found").open("w", encoding="utf-8") as found:
        for fault, its_tests in zip(faults, tests, strict=True):
            begun, spent = time.monotonic(), _spent()
            word = trier.word(ROOT / fault["path"], fault["after"].encode(), its_tests)
            found.write(f"{word}\n")
            by = _noticed_by() if word == "noticed" else len(its_tests)
            took = f"{time.monotonic() - begun:6.1f} s ({_spent() - spent:4.1f})"
            print(f"{word:11} {took}  {fault['said']}  ({by})", flush=True)
    return True


def _warm(session: pytest.Session, items: Sequence[pytest.Item]) -> None:
    """Run tests of different files, and leave nothing open that forks would share."""
    chosen = _of_different_files(items)
    for item, following in zip(chosen, [*chosen[1:], None], strict=True):
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

    def word(self, path: Path, after: bytes, tests: Tests) -> str:
        """Return what comes of a fault.

        Parameters:
            path: the module.
            after: its source with the fault.
            tests: which may notice, each with the seconds that it took once.
        """
        before = path.read_bytes()
        _place(".by").unlink(missing_ok=True)
        path.write_bytes(after)  # what tests start reads it there
        hears, says = os.pipe()
        try:
            child = os.fork()
            if not child:
                self._try(str(path), before, after, tests, says)
            os.close(says)
            return WORDS.get(_wait(child, hears), "out of time")
        finally:
            os.close(hears)
            path.write_bytes(before)

    def _try(self, path: str, before: bytes, after: bytes, tests: Tests, says: int) -> NoReturn:
        """Run the tests with the fault, and end this process."""
        word = NOTICED
        try:
            with _place(".log").open("ab") as log:
                os.dup2(log.fileno(), 1)
                os.dup2(log.fileno(), 2)
            self._loaded.swap(path, before, after)
            self._loaded.forget()
            word = self._run(tests, says)
        except CannotBeSwappedError:
            word = NOT_SWAPPED
        finally:
            sys.stdout.flush()
            os._exit(word)

    def _run(self, tests: Tests, says: int) -> int:
        for (item, seconds), following in zip(tests, [*(item for item, _ in tests[1:]), None], strict=True):
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


def _noticed_by() -> str:
    by = _place(".by")
    return by.read_text("utf-8") if by.exists() else "when it was put in"


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
