"""Watches the event loop: how late it is, and, when it stood still, for whom and where.

The loop notes a beat twenty times a second. A thread looks whether it is overdue and, once for each time it is, what
runs in the thread of the loop at that moment; how long it took is known and written down with the next beat.
"""

import asyncio
import faulthandler
import re
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import dropwhile, islice, takewhile
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any

import structlog
from prometheus_client import Counter, Histogram
from prometheus_client.registry import CollectorRegistry

from service.tasks import cancel

log = structlog.get_logger()

BEAT = 0.05  # seconds
STILL = 0.1  # seconds: nobody may hold up everybody else for longer
SAY_AGAIN_AFTER = 10.0  # seconds
FRAMES = 12  # the innermost ones
FRAME = re.compile(r'  File "(.*)", line (\d+) in (.*)')
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # seconds

_doing: "dict[asyncio.Task[Any], str]" = {}


class doing:  # noqa: N801 - used like a function: `with doing("GET /about"):`
    """Say what the present task does while the body runs: a route or a job, never a value.

    Parameters:
        what: for the log.
    """

    __slots__ = ("_before", "_task", "_what")

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        if self._task is not None:
            self._before = _doing.get(self._task)
            _doing[self._task] = self._what

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        if self._task is None:
            return
        if self._before is None:
            _doing.pop(self._task, None)
        else:
            _doing[self._task] = self._before


@asynccontextmanager
async def watched_loop(registry: CollectorRegistry, *, after: float = 0.0) -> AsyncIterator["Watchdog"]:
    """Watch the running loop while the body runs.

    Parameters:
        registry: where the lag is counted meanwhile.
        after: seconds before one looks: a process that starts serves nobody yet.
    """
    dog = Watchdog(after)
    for metric in (dog.lag, dog.stalls):
        registry.register(metric)
    beating = asyncio.create_task(dog.beat(), name="watchdog")
    looking = threading.Thread(target=dog.look, name="watchdog", daemon=True)
    looking.start()
    try:
        yield dog
    finally:
        dog.stop.set()
        await cancel(beating)
        for metric in (dog.lag, dog.stalls):
            registry.unregister(metric)


@dataclass(frozen=True)
class Sight:
    """What the thread saw while the loop was overdue.

    Attributes:
        beat: which beat was overdue.
        what: whom the loop worked for; empty when it was for nobody: then the machine was busy with something else.
        where: the innermost places, the last one first.
    """

    beat: float
    what: str
    where: list[str]


class Watchdog:
    """Watches the loop that it is made in, from a thread.

    Parameters:
        after: seconds before it looks.
    """

    def __init__(self, after: float = 0.0) -> None:
        self.lag = Histogram(
            "pieloop_loop_lag_seconds", "How late the event loop was.", buckets=BUCKETS, registry=None
        )
        self.stalls = Counter(
            "pieloop_loop_stalls",
            "Times that the event loop stood still for 100 ms or longer.",
            registry=None,
        )
        self.stop = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._after = after
        self._due = time.monotonic() + after + BEAT
        self._sight: Sight | None = None
        self._said = -SAY_AGAIN_AFTER
        self._unsaid = 0

    async def beat(self) -> None:
        """Note that the loop runs, and how late it is, until cancelled."""
        await asyncio.sleep(self._after)
        while True:
            self._due = due = time.monotonic() + BEAT
            spent = time.thread_time()
            await asyncio.sleep(BEAT)
            late = time.monotonic() - due
            self.lag.observe(max(0.0, late))
            if late >= STILL:
                self.stalls.inc()
                self._say(due, late, time.thread_time() - spent)

    def look(self) -> None:
        """See what runs while a beat is overdue, once for each; runs in a thread until `stop` is set."""
        seen = 0.0
        while not self.stop.wait(BEAT):
            due = self._due
            if due != seen and time.monotonic() - due >= STILL / 2:
                self._sight, seen = self._see(due), due

    def _see(self, due: float) -> Sight:
        task = asyncio.current_task(self._loop)
        return Sight(due, "" if task is None else _doing.get(task) or _name_of(task), _places(self._thread))

    def _say(self, due: float, late: float, spent: float) -> None:
        """Write down a time that the loop stood still, unless another one was written down a moment ago."""
        sight = self._sight if self._sight is not None and self._sight.beat == due else None
        if sight is not None and not sight.what:
            return
        if time.monotonic() - self._said < SAY_AGAIN_AFTER:
            self._unsaid += 1
            return
        log.warning(
            "event_loop_blocked",
            seconds=round(late, 3),
            processor=round(spent, 3),
            during=sight.what if sight else "unknown",
            where=sight.where if sight else [],
            unsaid=self._unsaid,
        )
        self._said, self._unsaid = time.monotonic(), 0


def _name_of(task: "asyncio.Task[Any]") -> str:
    coroutine = task.get_coro()
    return getattr(coroutine, "__qualname__", type(coroutine).__name__)


def _places(thread: int) -> list[str]:
    """Return where a thread is, innermost first; nothing where no file can be written.

    The interpreter itself writes it down, and meanwhile nothing else runs. Frames of another thread that are followed
    in Python can end at any step, which has been seen to end the process.
    """
    try:
        with TemporaryFile() as file:
            faulthandler.dump_traceback(file, all_threads=True)
            file.seek(0)
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return []
    head = re.compile(rf"Thread 0x0*{thread:x}\b")
    own = islice(dropwhile(lambda line: not head.match(line), lines), 1, None)
    frames = takewhile(bool, map(FRAME.match, own))
    return [f"{frame[1]}:{frame[2]} {frame[3]}" for frame in islice(frames, FRAMES) if frame]
