"""Tasks that run beside the work of a process, and how they end."""

import asyncio
from typing import Any

AGAIN_AFTER = 1.0  # seconds


async def cancel(task: "asyncio.Task[Any]") -> None:
    """Cancel a task, and return when it has ended.

    Once is not always enough: in Python 3.11 `asyncio.wait_for`, by which redis-py sends, loses a cancellation that
    comes just when it is done, and the task goes on.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=AGAIN_AFTER)
