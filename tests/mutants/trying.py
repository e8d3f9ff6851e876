"""Tries faults in one process of tests that has loaded and collected everything: `pytest -p tests.mutants.trying`.

Each fault gets a fork of it, which puts the fault into the loaded code and runs the tests that reach it, until one
fails. TRIED names a file with the faults, a line of JSON each; the word on each is written behind it.
"""

import json
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.mutants.swapping import CannotBeSwappedError, swap

ROOT = Path(__file__).parents[2]
NOTICED, SURVIVED, NOT_SWAPPED = 1, 0, 3


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Try the faults instead of running all tests."""
    items = {item.nodeid: [item] for item in session.items}
    for item in session.items:
        items.setdefault(item.nodeid.partition("::")[0], []).append(item)
    place = Path(os.environ["TRIED"])
    with _place(".found").open("w", encoding="utf-8") as found:
        for line in place.read_text("utf-8").splitlines():
            fault = json.loads(line)
            tests = [item for name in fault["tests"] for item in items.get(name, ())]
            word = _word(session, fault, tests)
            found.write(f"{word}\n")
            print(
                f"{word:12} {fault['said']}  ({_noticed_by() if word == 'noticed' else len(tests)})",
                flush=True,
            )
    return True


def _word(session: pytest.Session, fault: dict[str, str], tests: list[pytest.Item]) -> str:
    path = ROOT / fault["path"]
    before, after = path.read_bytes(), fault["after"].encode()
    _place(".by").unlink(missing_ok=True)
    path.write_bytes(after)  # what tests start reads it there
    try:
        child = os.fork()
        if not child:
            _try(session, str(path), before, after, tests)
        ended = _wait(child, float(fault["seconds"]))
    finally:
        path.write_bytes(before)
    return {NOTICED: "noticed", SURVIVED: "survived", NOT_SWAPPED: "elsewhere"}.get(ended, "out of time")


def _try(session: pytest.Session, path: str, before: bytes, after: bytes, tests: list[pytest.Item]) -> None:
    """Run the tests with the fault, and end this process."""
    word = NOTICED
    try:
        with _place(".log").open("ab") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        swap(path, before, after)
        word = _run(session, tests)
    except CannotBeSwappedError:
        word = NOT_SWAPPED
    finally:
        sys.stdout.flush()
        os._exit(word)


def _run(session: pytest.Session, tests: list[pytest.Item]) -> int:
    for item, following in zip(tests, [*tests[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            _place(".by").write_text(item.nodeid, "utf-8")
            with suppress(BaseException):
                session._setupstate.teardown_exact(None)
            return NOTICED
    return SURVIVED


def _place(suffix: str) -> Path:
    return Path(os.environ["TRIED"]).with_suffix(suffix)


def _noticed_by() -> str:
    by = _place(".by")
    return by.read_text("utf-8") if by.exists() else "when it was put in"


def _wait(child: int, seconds: float) -> int:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -1
