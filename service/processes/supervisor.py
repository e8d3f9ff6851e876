"""Keep a number of processes of one kind running: start, restart, drain. Used for web servers and for workers.

The supervisor holds no engine, pool or client, so that nothing of the kind can be inherited.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.errors import StartupError
from service.processes import report
from service.processes.children import Child, describe_exit, exited, send, start

ATTEMPTS = 3
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
# A process that says nothing counts as ready after this; one that lived as long is restarted without a pause.
SETTLED = 10.0
LAST_WORDS = 1.0


@dataclass(frozen=True)
class ProcessGroup:
    """The processes to keep: `count` times the same command.

    Parameters:
        name: what one of them is called in messages.
        drain: the seconds that one of them gets to end after SIGTERM.
        pass_fds: descriptors that they inherit.
    """

    name: str
    argv: Sequence[str | Path]
    count: int
    drain: float
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    pass_fds: Sequence[int] = ()


def to_stderr(message: str) -> None:
    """Write a message of the supervisor's own."""
    print(message, file=sys.stderr, flush=True)


class Supervisor:
    """Keeps a group. `start`, then `ready`; `failed` ends if it gives up; `drain` or `kill` at the end."""

    def __init__(self, group: ProcessGroup, say: Callable[[str], None] = to_stderr) -> None:
        self._group = group
        self._say = say
        self._children: dict[int, Child] = {}
        self._ready: dict[int, asyncio.Event] = {
            number: asyncio.Event() for number in range(1, group.count + 1)
        }
        self._said_ready = False
        self._ending = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start every process of the group."""
        self._watch = asyncio.create_task(self._keep_all())

    async def ready(self) -> None:
        """Wait until every process has been ready once.

        Raises:
            StartupError: one refuses to start, or keeps dying before any was ready.
        """
        everyone = asyncio.gather(*(event.wait() for event in self._ready.values()))
        assert self._watch is not None, "start() comes first"  # noqa: S101
        both: set[asyncio.Future[Any]] = {everyone, self._watch}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if not everyone.done():
            everyone.cancel()
            await self._watch

    async def failed(self) -> None:
        """Wait for ever, or until the supervisor gives up.

        Raises:
            StartupError: one refuses to start, or keeps dying before any was ready.
        """
        assert self._watch is not None, "start() comes first"  # noqa: S101
        await asyncio.shield(self._watch)

    async def drain(self) -> bool:
        """End every process: SIGTERM, its time to drain, SIGKILL. Return whether all of them ended by themselves."""
        self._ending.set()
        running = [child for child in self._children.values() if child.poll() is None]
        for child in running:
            send(child, signal.SIGTERM)
        await asyncio.gather(*(exited(child, self._group.drain) for child in running))
        # SIGTERM itself ends a process that was not yet serving.
        clean = all(child.returncode in {0, -signal.SIGTERM} for child in running)
        await self.kill()
        return clean

    async def kill(self) -> None:
        """End every process now."""
        self._ending.set()
        for child in self._children.values():
            send(child, signal.SIGKILL)
        await asyncio.gather(*(exited(child) for child in self._children.values()))
        if self._watch is not None:
            with suppress(StartupError):
                await self._watch

    async def _keep_all(self) -> None:
        """Keep every process until the end; the first one that cannot be kept ends all."""
        keeping = [asyncio.create_task(self._keep(number)) for number in self._ready]
        try:
            await asyncio.gather(*keeping)
        finally:
            self._ending.set()
            for task in keeping:
                task.cancel()
            await asyncio.gather(*keeping, return_exceptions=True)

    async def _keep(self, number: int) -> None:
        """Run one process of the group, again and again."""
        attempts = 0
        while not self._ending.is_set():
            begun = asyncio.get_running_loop().time()
            refusal = await self._run_once(number)
            if self._ending.is_set():
                return
            lived = asyncio.get_running_loop().time() - begun
            attempts = 1 if lived > SETTLED else attempts + 1
            how = describe_exit(self._children[number].returncode)
            self._give_up_if_hopeless(attempts, how, refusal)
            pause = 0.0 if lived > SETTLED else min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempts - 1))
            why = f": {refusal}" if refusal else f" {how}."
            self._say(f"{self._group.name} {number}{why} Starting another in {pause:.1f} s.")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), pause)

    def _give_up_if_hopeless(self, attempts: int, how: str, refusal: str | None) -> None:
        """A service that has worked is brought back for ever; one that never has is given up."""
        # Whoever refuses was never ready, however long it took to find out: then only what was said counts.
        assumed = refusal is None and any(event.is_set() for event in self._ready.values())
        if self._said_ready or assumed:
            return
        if refusal is not None:
            raise StartupError(refusal)
        if attempts >= ATTEMPTS:
            raise StartupError(
                f"A {self._group.name} {how} {attempts} times while starting; its messages are above."
            )

    async def _run_once(self, number: int) -> str | None:
        """Start one process and wait for its end; return the sentence with which it refused to start, if it did."""
        reading, writing = os.pipe()
        async with AsyncExitStack() as stack:
            stack.callback(os.close, reading)
            try:
                environ = {**self._group.environ, report.VARIABLE: str(writing)}
                child = start(self._group.argv, environ=environ, pass_fds=(*self._group.pass_fds, writing))
            finally:
                os.close(writing)
            self._children[number] = child
            settled = asyncio.get_running_loop().call_later(SETTLED, self._ready[number].set)
            stack.callback(settled.cancel)
            lines = asyncio.create_task(self._listen(reading, number))
            stack.callback(lines.cancel)
            await exited(child)
            # What it started itself may outlive it and hold the pipe open: then nothing more is to be heard.
            with suppress(TimeoutError):
                return await asyncio.wait_for(lines, LAST_WORDS)
            return None

    async def _listen(self, reading: int, number: int) -> str | None:
        """Read what a process reports until it has closed its end; return its refusal, if any."""
        loop = asyncio.get_running_loop()
        said = b""
        while True:
            readable = asyncio.Event()
            loop.add_reader(reading, readable.set)
            try:
                await readable.wait()
            finally:
                loop.remove_reader(reading)
            part = os.read(reading, 4096)
            if not part:
                break
            said += part
            if said.startswith(report.READY.encode()):
                self._said_ready = True
                self._ready[number].set()
        sentence = said.decode(errors="replace").strip()
        return sentence.removeprefix(report.REFUSED) if sentence.startswith(report.REFUSED) else None
