"""An embedded server while it runs: brought back when it dies, stopped when we are done."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn

from service.processes.children import Child, describe_exit, exited, stop
from service.processes.supervisor import to_stderr

PAUSE = 0.5


@dataclass
class Server:
    """A server that runs.

    Parameters:
        name: what it is called in messages.
        child: its process.
        launch: starts it on the same data and sockets once more, and waits until it serves.
        steps: the signals that stop it, each with the seconds that it gets.
    """

    name: str
    child: Child
    launch: Callable[[], Awaitable[Child]]
    steps: tuple[tuple[signal.Signals, float], ...]

    async def look_after(self) -> NoReturn:
        """Start the server again whenever it ends.

        Raises:
            StartupError: it cannot be started again.
        """
        while True:
            await exited(self.child)
            to_stderr(f"{self.name} {describe_exit(self.child.returncode)}. Starting it again.")
            await asyncio.sleep(PAUSE)
            self.child = await self.launch()

    async def stop(self) -> None:
        """Stop the server; what it has accepted is on disk afterwards."""
        await stop(self.child, *self.steps)
