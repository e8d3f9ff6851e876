"""What an earlier run left behind is ended, and nobody else."""

import asyncio
import os
import signal
import subprocess
import time
from pathlib import Path

from service.config import Config
from service.lifecycle import open_resources
from service.processes.leftovers import end_leftover
from service.storage.engine import application_name
from tests.databases import connect

OURS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1"


async def test_a_stranger_that_got_the_number_of_a_server_lives_on(tmp_path: Path) -> None:
    pid_file = tmp_path / "postmaster.pid"
    with subprocess.Popen(["sleep", "600"]) as stranger:
        try:
            while not Path(f"/proc/{stranger.pid}/cmdline").read_bytes():
                await asyncio.sleep(0)  # the kernel says what runs there a moment after it runs
            pid_file.write_text(f"{stranger.pid}\nmore\n")
            await end_leftover(pid_file, str(tmp_path), signal.SIGTERM)
            assert stranger.poll() is None
            await end_leftover(pid_file, "sleep", signal.SIGTERM)
            assert stranger.wait(60) == -signal.SIGTERM
        finally:
            stranger.kill()


async def test_a_file_that_names_nobody_is_no_reason_to_end_anything(tmp_path: Path) -> None:
    for text in (None, "", "not a number\n"):
        if text is not None:
            (tmp_path / "pid").write_text(text)
        await end_leftover(tmp_path / "pid", "python", signal.SIGTERM)
    os.kill(os.getpid(), 0)


async def test_a_process_that_ends_leaves_no_connection(config: Config) -> None:
    watching = await connect(config.database.url)
    try:
        async with open_resources(config, "worker") as resources:
            await resources.database.ping()
            assert await watching.fetchval(OURS, application_name("worker")) > 0
        until = time.monotonic() + 30  # the server's process ends a moment after its connection
        while await watching.fetchval(OURS, application_name("worker")):
            assert time.monotonic() < until
    finally:
        await watching.close()
