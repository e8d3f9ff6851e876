"""The writes under way: they are finished even when their clients hang up, and shutdown waits for them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


class Writes:
    """The writes under way, which outlive the clients that asked for them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    async def shield(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """Run `work` to its end even when the caller is cancelled."""
        task = asyncio.ensure_future(work())
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    async def drain(self, seconds: float) -> int:
        """Wait for all of them; return how many were not finished in time.

        Parameters:
            seconds: how long to wait.
        """
        if not self._tasks:
            return 0
        _, pending = await asyncio.wait(self._tasks, timeout=seconds)
        return len(pending)

    def _forget(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # somebody has looked: no warning about an abandoned error
