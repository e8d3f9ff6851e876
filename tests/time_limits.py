"""A test's time limit ends the test, not the process that runs it, nor what other tests share with it.

A test that waits in an event loop is cancelled like any task, after it was shown where all tasks stood: an exception
out of nowhere would land in whichever task has its turn, and leave the test running beside its successors. A test
that waits elsewhere gets the exception. What does not end by that is told again, in turns by either way; when nothing
helps, the process ends, and the run goes on with a new one. The teardown has a limit of its own, whatever came before.
"""

import asyncio
import os
import signal
import sys
import traceback
from asyncio import AbstractEventLoop, Task
from collections.abc import Callable, Generator
from types import FrameType
from typing import Any

import pytest
import pytest_timeout

TEARDOWN = 120.0  # seconds
GRACE = 10.0  # seconds to clean up, after which it is told again
TIMES = 6
DEPTH = 12  # frames that are shown of each

_RUN = asyncio.Runner.run.__code__
_Phase = Generator[None, object, object]


class Alarm:
    """What rings when a test has used up its time, as long as the test has its turn.

    Parameters:
        give_up: what is to be done before the process ends, so that it is seen why.
    """

    def __init__(self, give_up: Callable[[], object]) -> None:
        self._give_up = give_up
        self._seconds = 0.0
        self.on = False
        self.rings = 0

    @property
    def words(self) -> str:
        """What the report says."""
        return f"Timeout (>{self._seconds:g} s): see what it wrote for where it stood."

    def set(self, seconds: float) -> None:
        """Ring after that time, and again and again until it is cancelled."""
        self._seconds, self.rings = seconds, 0
        signal.signal(signal.SIGALRM, self._ring)
        signal.setitimer(signal.ITIMER_REAL, seconds, GRACE)

    def cancel(self) -> None:
        """Ring no more."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)

    def _ring(self, _: int, frame: FrameType | None) -> None:
        __tracebackhide__ = True
        if not self.on or pytest_timeout.is_debugging():
            return
        self.rings += 1
        running = _what_runs(frame)
        if self.rings > TIMES:
            self._give_up()
            _show(running[0] if running else None)
            os._exit(1)
        if self.rings == 1:
            _show(running[0] if running else None)
        if running and self.rings % 2:
            loop, task = running
            loop.call_soon_threadsafe(task.cancel, self.words)
        else:
            pytest.fail(self.words)


ALARM = pytest.StashKey[Alarm]()


def _what_runs(frame: FrameType | None) -> tuple[AbstractEventLoop, Task[Any]] | None:
    """Return the innermost loop that runs, and the task for whose sake it does."""
    while frame is not None:
        if frame.f_code is _RUN:
            return frame.f_locals["self"].get_loop(), frame.f_locals["task"]
        frame = frame.f_back
    return None


def _show(loop: AbstractEventLoop | None) -> None:
    print("Out of time. The tasks:", file=sys.stderr)
    for task in asyncio.all_tasks(loop) if loop else ():
        task.print_stack(limit=DEPTH, file=sys.stderr)
    for thread, frame in sys._current_frames().items():
        print(f"Thread {thread}:", *traceback.format_stack(frame)[-DEPTH:], sep="\n", file=sys.stderr)
    sys.stderr.flush()


@pytest.fixture(scope="session", autouse=True)
async def loop_of_all() -> AbstractEventLoop:
    """The loop in which the tests of this process run."""
    return asyncio.get_running_loop()


@pytest.hookimpl(tryfirst=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: pytest_timeout.Settings) -> bool | None:
    """Set the alarm instead of pytest-timeout's, whose exception a loop might swallow."""
    if settings.method != "signal":
        return None
    capture = item.config.pluginmanager.getplugin("capturemanager")
    alarm = item.stash[ALARM] = Alarm(lambda: capture and capture.suspend(in_=True))
    alarm.set(settings.timeout)
    item.cancel_timeout = alarm.cancel  # type: ignore[attr-defined]  # as pytest-timeout looks for it
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> _Phase:
    """Let the alarm ring."""
    return (yield from _limited(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> _Phase:
    """Let the alarm ring, and end what a test leaves behind that it ended."""
    loop: AbstractEventLoop = item.funcargs["loop_of_all"]  # type: ignore[attr-defined]
    before = asyncio.all_tasks(loop)
    try:
        return (yield from _limited(item))
    finally:
        if ALARM in item.stash and item.stash[ALARM].rings:
            _end(loop, asyncio.all_tasks(loop) - before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> _Phase:
    """Let the alarm ring, after a time of the teardown's own."""
    if ALARM in item.stash:
        item.stash[ALARM].set(TEARDOWN)
    return (yield from _limited(item))


def _limited(item: pytest.Item) -> _Phase:
    alarm = item.stash.get(ALARM, None)
    if alarm is None:
        return (yield)
    alarm.on = True
    try:
        result = yield
    except BaseException as error:
        alarm.on = False
        if alarm.rings:
            raise pytest.fail.Exception(alarm.words) from error
        raise
    alarm.on = False
    if alarm.rings:
        pytest.fail(alarm.words)
    return result


def _end(loop: AbstractEventLoop, tasks: set[Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks, timeout=GRACE))
