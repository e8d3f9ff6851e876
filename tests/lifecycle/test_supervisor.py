"""A supervisor keeps its processes, whatever they leave behind."""

import asyncio
import sys

import pytest

from service.errors import StartupError
from service.processes import report, supervisor
from service.processes.supervisor import ProcessGroup, Supervisor

# Ends at once, and leaves a process that holds all that it inherited.
LEAVES_SOMEBODY = (
    "import subprocess, sys;"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(5)'], close_fds=False);"
    "sys.exit(3)"
)


async def test_a_process_is_started_again_though_what_it_left_holds_its_pipe(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(supervisor, "LAST_WORDS", 0.1)
    started_again = asyncio.Event()

    def hear(message: str) -> None:
        if "Starting another" in message:
            started_again.set()

    group = ProcessGroup("leaver", [sys.executable, "-c", LEAVES_SOMEBODY], 1, drain=1.0)
    keeper = Supervisor(group, hear)
    keeper.start()
    async with asyncio.timeout(20):
        await started_again.wait()
    await keeper.kill()


REFUSES_LATE = (
    "import os, time;"
    "time.sleep(0.5);"
    f"os.write(int(os.environ[{report.VARIABLE!r}]), b'{report.REFUSED}the pools do not fit')"
)


async def test_who_refuses_late_is_not_taken_for_one_that_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "SETTLED", 0.05)
    keeper = Supervisor(ProcessGroup("refuser", [sys.executable, "-c", REFUSES_LATE], 2, drain=1.0))
    keeper.start()
    async with asyncio.timeout(20):
        with pytest.raises(StartupError, match="the pools do not fit"):
            await keeper.failed()
    await keeper.kill()
