"""The pool of image processes: started when first needed, limited in everything, replaced when they die.

Opened by the lifecycle, one in each web and worker process. The children are spawned by executing Python anew, never
forked, so they inherit nothing: no socket, no connection, no secret of the environment. Each has its own limits
(`child.py`); the time on the wall is kept here, by killing. A child that dies fails its one job and nobody else's.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from signal import SIGKILL, SIGXCPU, Signals
from typing import cast

import msgspec

from service.config import MediaConfig
from service.media import frames
from service.media.errors import ChildDied, MediaBusy, Rejected, TookTooLong, WorkFailed
from service.media.results import ProcessedImage

# Loading Python and Pillow takes a fifth of a second; on a machine in trouble, many times that.
START_SECONDS = 30.0

_SOURCE = Path(__file__).resolve().parents[2]
_READY = frames.framed(None)[frames.PREFIX :]


@asynccontextmanager
async def open_media_pool(config: MediaConfig) -> AsyncIterator["MediaPool"]:
    """Lend a pool; at the end wait for the work in hand (at most `wall_time` seconds) and leave no process behind."""
    pool = MediaPool(config)
    try:
        yield pool
    finally:
        await pool.close()


class MediaPool:
    """At most `config.processes` image processes at work, and at most `config.waiting` callers in the queue."""

    def __init__(self, config: MediaConfig) -> None:
        self._config = config
        self._places = asyncio.Semaphore(config.processes)
        self._waiting = 0
        self._in_hand = 0
        self._drained = asyncio.Event()
        self._drained.set()
        self._taking = True
        self._working = True
        self._idle: list[_Child] = []
        self._children: set[_Child] = set()

    async def process(self, data: bytes, *, still: bool = False) -> ProcessedImage:
        """Make a file's image safe and showable (see `images.process`). Cancelling it kills the process at work.

        Parameters:
            data: the file as it came.
            still: take the first frame of an animation only.

        Raises:
            Rejected: the file is no image of ours, is damaged or goes over a limit.
            TookTooLong: the work took more than `wall_time` seconds, waiting not counted.
            MediaBusy: the queue is full, or the pool is closing; nothing was begun.
            ChildDied: the process at work died.
            WorkFailed: an error of ours.
        """
        if not self._taking:
            raise MediaBusy("The site is shutting down and isn't accepting images any more.")
        if self._places.locked() and self._waiting >= self._config.waiting:
            raise MediaBusy("Too many images are being processed.")
        self._in_hand += 1
        self._drained.clear()
        try:
            return await self._take_turn(data, still)
        finally:
            self._in_hand -= 1
            if not self._in_hand:
                self._drained.set()

    async def close(self) -> None:
        """Take nothing more, let work in hand end for at most `wall_time` seconds, then end all processes."""
        self._taking = False
        with suppress(TimeoutError):
            async with asyncio.timeout(self._config.wall_time):
                await self._drained.wait()
        self._working = False
        children = list(self._children)
        for child in children:
            child.kill()
        await self._drained.wait()
        await asyncio.gather(*(child.gone for child in children))

    async def _take_turn(self, data: bytes, still: bool) -> ProcessedImage:
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1
        try:
            if not self._working:
                raise MediaBusy("The site shut down before this image's turn came.")
            return await self._work(frames.Job(data, still, self._config.wall_time))
        finally:
            self._places.release()

    async def _work(self, job: frames.Job) -> ProcessedImage:
        child = self._idle_child() or self._new_child()
        try:
            await child.ready()
            answer = await child.answer(job)
        finally:
            if child.may_serve_again(self._config.tasks_per_process):
                self._idle.append(child)
            else:
                child.kill()
        return _image_of(answer)

    def _idle_child(self) -> "_Child | None":
        while self._idle:
            child = self._idle.pop()
            if child.is_there():
                return child
        return None

    def _new_child(self) -> "_Child":
        child = _Child(self._config)
        self._children.add(child)
        child.gone.add_done_callback(lambda _: self._forget(child))
        return child

    def _forget(self, child: "_Child") -> None:
        self._children.discard(child)
        if child in self._idle:
            self._idle.remove(child)


def _image_of(answer: frames.Answer) -> ProcessedImage:
    match answer:
        case frames.Refusal(reason):
            raise Rejected(reason)
        case frames.Failure(error):
            raise WorkFailed(error)
        case ProcessedImage():
            return answer


class _Child(asyncio.SubprocessProtocol):
    """One image process and the two pipes to it. It is asked one thing at a time; whatever else it says is its end."""

    def __init__(self, config: MediaConfig) -> None:
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._config = config
        self._transport: asyncio.SubprocessTransport | None = None
        self._expected: asyncio.Future[bytes] | None = None
        self._heard = bytearray()
        self._served = 0
        self._killed = False
        # A task of its own: a caller that is cancelled meanwhile must not leave half a process.
        self._starting = asyncio.create_task(self._start())
        self._starting.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def ready(self) -> None:
        """Wait until the process has loaded and has set its limits.

        Raises:
            ChildDied: it did not get that far.
        """
        await asyncio.shield(self._starting)

    async def answer(self, job: frames.Job) -> frames.Answer:
        """Have one job done.

        Raises:
            TookTooLong: it is not done after `job.seconds`; the process is to be killed.
            ChildDied: the process ended, or talks nonsense.
        """
        self._served += 1
        try:
            return frames.decode_answer(await self._ask(frames.framed(job), job.seconds))
        except TimeoutError:
            raise TookTooLong(f"This image took longer than {job.seconds:g} seconds to read.") from None
        except msgspec.DecodeError as error:
            self.kill()
            raise ChildDied("An image process did not answer as agreed.") from error

    def may_serve_again(self, most: int) -> bool:
        """Whether the process is well, idle and has done fewer than `most` jobs."""
        return self._starting.done() and self._expected is None and not self._ended and self._served < most

    def is_there(self) -> bool:
        """Ask the kernel whether the process runs: one that died while idle may not have been heard of yet."""
        if self._transport is None or self._ended:
            return False
        try:
            return (
                os.waitid(os.P_PID, self._transport.get_pid(), os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
            )
        except ChildProcessError:
            return False

    def kill(self) -> None:
        """End the process at once; `gone` tells when it has ended."""
        self._killed = True
        if self._transport is not None and self._transport.get_returncode() is None:
            # Not transport.kill(): up to Python 3.12 that may reap the process behind the event loop's back.
            with suppress(ProcessLookupError):
                os.kill(self._transport.get_pid(), SIGKILL)

    @property
    def _ended(self) -> bool:
        return self._killed or self.gone.done()

    async def _start(self) -> None:
        try:
            await self._spawn()
            # The process reads the rules before it is poor: they come from us.
            if await self._ask(frames.framed(self._config), START_SECONDS) != _READY:
                raise ChildDied("An image process did not start as agreed.")
        except TimeoutError:
            raise ChildDied("An image process did not start in time.") from None
        finally:
            if self._transport is None and not self.gone.done():
                self.gone.set_result(None)

    async def _spawn(self) -> None:
        environment = {
            "PYTHONPATH": str(_SOURCE),
            "LC_ALL": "C.UTF-8",
            "MALLOC_ARENA_MAX": "1",
            "OPENBLAS_NUM_THREADS": "1",  # numpy's, which would reserve memory for every processor
        }
        if "LD_LIBRARY_PATH" in os.environ:  # where Python itself may need it
            environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
        try:
            await asyncio.get_running_loop().subprocess_exec(
                lambda: self,
                *(sys.executable, "-B", "-P", "-s", "-m", "service.media.child", str(os.getpid())),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=None,
                cwd="/",
                env=environment,
                start_new_session=True,  # Ctrl-C in a terminal is for the parent, which drains
            )
        except OSError as error:
            raise ChildDied(f"An image process could not be started: {error.strerror}.") from error

    async def _ask(self, frame: bytes, seconds: float) -> bytes:
        if self._transport is None or self._killed:
            raise ChildDied("An image process was ended before it began.")
        if self.gone.done():
            raise _cause_of_death(self._transport.get_returncode())
        expected: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._expected = expected
        pipe = cast(asyncio.WriteTransport, self._transport.get_pipe_transport(0))
        if not pipe.is_closing():  # or it has just died, and its end is told in a moment
            pipe.write(frame)
        async with asyncio.timeout(seconds):
            return await expected

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # cast: uvloop's transports have the methods but not the classes.
        self._transport = cast(asyncio.SubprocessTransport, transport)
        if self._killed:
            self.kill()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._heard += data
        length = int.from_bytes(self._heard[: frames.PREFIX])
        heard = len(self._heard) - frames.PREFIX
        if self._expected is None or length > self._config.memory or heard > length:
            self.kill()
        elif heard == length:
            expected, self._expected = self._expected, None
            frame = bytes(self._heard[frames.PREFIX :])
            self._heard.clear()
            if not expected.done():
                expected.set_result(frame)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._transport.close()
        if self._expected is not None and not self._expected.done():
            status = self._transport.get_returncode() if self._transport is not None else None
            self._expected.set_exception(_cause_of_death(status))
        self.gone.set_result(None)


def _cause_of_death(status: int | None) -> ChildDied | TookTooLong:
    if status is None or status >= 0:
        return ChildDied(f"An image process ended by itself (exit code {status}).")
    if -status == SIGXCPU:
        return TookTooLong("This image took too much processor time to read.")
    return ChildDied(f"An image process was ended by {Signals(-status).name}.")
