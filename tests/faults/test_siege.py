"""All attacks at once against a site in use: its users hardly notice, and it neither grows nor dies."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from service.config import Config
from service.storage.transaction import Database
from tests.faults.load import load
from tests.faults.sizes import SIEGE
from tests.forum import making
from tests.http.people import place, token_of
from tests.lifecycle.drills import ROOT
from tests.outbound.servers import Asked, serve
from tests.serving import hypercorn

AT_MOST = 5  # times the quiet p99
MOST_MEMORY = 600e6  # bytes
QUIET = 0.2  # of the time of the siege
LEAST = 0.05  # seconds: a quiet p99 below this is taken for this, since a machine is not quieter than that


@pytest.mark.skipif(not SIEGE, reason="takes a machine for itself: make siege SECONDS=600")
@pytest.mark.timeout(120 + 2 * SIEGE)
async def test_users_hardly_notice_a_siege(
    config: Config, database: Database, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    author = await place(database)
    members = [token_of(await making.member(database, f"stranger{number}")) for number in range(4)]

    async def never(_: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(SIEGE)

    settings: dict[str, Any] = {
        "PIELOOP_LIMITS_ENABLED": "true",
        "PIELOOP_OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    async with serve(never) as silent:
        with ExitStack() as stack:
            web, port = await asyncio.to_thread(stack.enter_context, hypercorn(config, tmp_path, **settings))
            async with load(port, author) as users:
                users.begin(readers=4, writers=0)
                await asyncio.sleep(2)
                users.answers.clear()
                await asyncio.sleep(SIEGE * QUIET)
                quiet = users.slowest(0.99)
                calm = len(users.answers)
                users.answers.clear()
                command = [
                    sys.executable,
                    "-m",
                    "tests.faults.attackers",
                    port,
                    SIEGE,
                    silent.url("/"),
                    *members,
                ]
                attackers = stack.enter_context(
                    subprocess.Popen(list(map(str, command)), cwd=ROOT, stdout=subprocess.PIPE, text=True)
                )
                memory = 0
                while attackers.poll() is None:
                    memory = max(memory, _memory(web.pid))
                    await asyncio.sleep(0.5)
                siege = users.slowest(0.99)
                done = attackers.stdout.read().strip() if attackers.stdout else ""
                times = siege / max(quiet, LEAST)
                stalls = web.said().count("loop_stood_still")
                seen = (
                    f"p99 {siege:.3f} s, quiet {quiet:.3f} s ({times:.1f} times), memory {memory / 1e6:.0f} MB,"
                    f" {done} attacks, {stalls} stalls told; {calm} answers in quiet, then {users.in_words()}"
                )
                record_property("drill", (f"a siege of {SIEGE:.0f} s", seen))
                await users.end()
            assert web.process.poll() is None
            users.check(longest=20)
            assert siege <= AT_MOST * max(quiet, LEAST)
            assert memory < MOST_MEMORY


def _memory(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * 4096
