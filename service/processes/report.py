"""What a server or worker process tells its supervisor: that it is ready, or in one sentence why it refuses to start.

Called by the web app's and the worker's start-up. Without a supervisor (plain `hypercorn`, plain `arq`) the sentence
goes to standard error.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn

from service.errors import StartupError

VARIABLE = "PIELOOP_SUPERVISOR_FD"
READY = "ready"
REFUSED = "refused "


def ready() -> None:
    """Tell the supervisor, if there is one, that this process serves."""
    _tell(READY)


@contextmanager
def refusing() -> Iterator[None]:
    """Turn a StartupError in the body into one sentence and exit code 1, whatever server runs around us.

    Raises:
        SystemExit: with code 1, in place of the StartupError.
    """
    try:
        yield
    except StartupError as error:
        refuse(str(error))
        leave()


def refuse(why: str) -> None:
    """Say in one sentence why this process does not start: to the supervisor, else to standard error."""
    sentence = " ".join(why.split())
    if not _tell(REFUSED + sentence):
        print(sentence, file=sys.stderr, flush=True)


@contextmanager
def mortal() -> Iterator[None]:
    """Let SIGTERM end the process at once while the body runs.

    Hypercorn looks at its signals only when the start is over. Until then a process that loads its program or waits for
    PostgreSQL would live on for as long as that takes, with clients at its socket whom nobody answers.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # What a loop has put here only passes the signal on to it, by a pipe that stays as it is.
    handler = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, handler)
        signal.siginterrupt(signal.SIGTERM, False)


@contextmanager
def overhearing(heard: Callable[[], None]) -> Iterator[None]:
    """Call `heard()` in the loop when this process is told to stop, while the body runs; the signal goes its own way.

    Hypercorn waits for all answers before it tells the application, and an answer that never ends has to know earlier.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    # Python's own handler raises KeyboardInterrupt: who leaves it there waits for nothing.
    theirs = {
        number: handler
        for number, handler in before.items()
        if callable(handler) and handler is not signal.default_int_handler
    }

    def pass_on(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(heard)
        theirs[signal.Signals(number)](number, frame)

    for number in theirs:
        _handle(number, pass_on)
    try:
        yield
    finally:
        for number, handler in theirs.items():
            _handle(number, handler)


def _handle(number: signal.Signals, handler: Callable[[int, FrameType | None], Any]) -> None:
    signal.signal(number, handler)
    signal.siginterrupt(number, False)


def leave() -> NoReturn:
    """End this process with exit code 1, whatever server runs around us.

    SystemExit runs everybody's clean-up and passes Quart, Hypercorn and arq, which would print a traceback for any
    other exception or even go on; the loop is told not to print one for the task that Hypercorn leaves unread.

    Raises:
        SystemExit: always.
    """
    with suppress(RuntimeError):
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    raise SystemExit(1) from None


def _tell(line: str) -> bool:
    """Write a line to the supervisor; return whether there is one."""
    descriptor = os.environ.pop(VARIABLE, None)
    if descriptor is None:
        return False
    # A supervisor that has died does not matter here: we get its signal.
    with suppress(OSError):
        os.write(int(descriptor), line.encode() + b"\n")
        os.close(int(descriptor))
    return True
