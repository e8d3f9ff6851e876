"""All attacks at once against a site in use: its users hardly notice, and it neither grows nor dies.

The site is run as the manual says, by two web processes on one port; DRILL_SIEGE_PROCESSES=1 leaves the attackers a
processor for themselves. Users and attackers are processes of their own; every user and kind of attack has an address.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from math import inf
from pathlib import Path

import msgspec
import pytest

from service.config import Config
from service.storage.transaction import Database
from tests.faults.servers import children_of
from tests.faults.sizes import SIEGE, SIEGE_PROCESSES
from tests.faults.users import Answer, Plan
from tests.forum import making
from tests.http.people import place, token_of
from tests.lifecycle.drills import ROOT, eventually
from tests.outbound.servers import Asked, serve
from tests.serving import Program, free_port, is_ready, program, settings_of

AT_MOST = 5  # times the quiet p99
MOST_MEMORY = 600e6  # bytes, of one web process
SETTLING, QUIET = 5.0, 40.0  # seconds: until every code path is warm; long enough for a thousand answers
# Below this nobody notices anything, and a p99 is a matter of what else the machine did in one moment of the minute.
LEAST = 0.05  # seconds
MEMBERS, VISITORS, ATTACKERS = 6, 10, 4
POSTS, COMMENTS = 40, 5  # comments of each post
PAGE = os.sysconf("SC_PAGE_SIZE")


Report = Callable[[str, object], None]


@pytest.mark.skipif(not SIEGE, reason="takes a machine for itself: make siege SECONDS=600")
@pytest.mark.timeout(180 + 2 * SIEGE)
async def test_users_hardly_notice_a_siege(
    config: Config, database: Database, tmp_path: Path, record_property: Report
) -> None:
    plan = await _a_site_in_use(database)
    attackers = [token_of(await making.member(database, f"stranger{number}")) for number in range(ATTACKERS)]

    async def never(_: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(SIEGE)

    async with serve(never) as silent:
        with ExitStack() as stack:
            site = await asyncio.to_thread(stack.enter_context, _site(config, tmp_path, plan.port))
            users = stack.enter_context(_python("users", msgspec.json.encode(plan).decode()))
            answers = asyncio.create_task(asyncio.to_thread(users.communicate))
            await asyncio.sleep(SETTLING)
            quiet = time.monotonic()
            await asyncio.sleep(QUIET)
            siege, worked = time.monotonic(), site.processor_time()
            attack = stack.enter_context(_python("attackers", plan.port, SIEGE, silent.url("/"), *attackers))
            memory = await _most_memory(site, until=siege + SIEGE)
            busy = (site.processor_time() - worked) / SIEGE
            done = (await asyncio.to_thread(attack.communicate))[0].strip()
            seen = [Answer(*answer) for answer in json.loads((await answers)[0])]
            calm = Account([answer for answer in seen if quiet <= answer.at < siege])
            during = Account([answer for answer in seen if siege <= answer.at < siege + SIEGE])
            times = during.slowest(0.99) / max(calm.slowest(0.99), LEAST)
            words = (
                f"{times:.1f} times the quiet p99; in quiet {calm}; under siege {during}; {done} attacks,"
                f" {busy:.2f} processors busy, {memory / 1e6:.0f} MB, {site.stalls()} stalls told"
            )
            record_property("drill", (f"a siege of {SIEGE:.0f} s, {SIEGE_PROCESSES} web processes", words))
            assert site.is_whole()
            assert times <= AT_MOST, words
            assert memory < MOST_MEMORY


class Account:
    """What came of some requests; one that was not answered with success took for ever."""

    def __init__(self, answers: list[Answer]) -> None:
        self._took = sorted(one.took if one.status == HTTPStatus.OK else inf for one in answers)
        self._statuses = Counter(one.status for one in answers)

    def slowest(self, share: float) -> float:
        """Return the seconds of the one that is slower than `share` of all."""
        return self._took[int(len(self._took) * share)]

    def __str__(self) -> str:
        answers = ", ".join(f"{number} x {status}" for status, number in sorted(self._statuses.items()))
        return f"{answers}, median {self.slowest(0.5):.3f} s, p99 {self.slowest(0.99):.3f} s"


async def _a_site_in_use(database: Database) -> Plan:
    author = await place(database)
    members = [token_of(await making.member(database, f"reader{number}")) for number in range(MEMBERS)]
    posts = await making.posts(database, author.member, author.community_id, POSTS)
    await making.comments(database, author.member, author.community_id, posts * COMMENTS)
    pages = ["/", "/?sort=new", "/communities", "/about", *(f"/post/{post_id}" for post_id in posts)]
    return Plan(free_port(), SETTLING + QUIET + SIEGE + 1, VISITORS, members, posts, pages)


# The site


class Site:
    """The web processes that `pieloop serve` keeps."""

    def __init__(self, parent: Program) -> None:
        self._parent = parent
        self._processes = children_of(parent.pid)

    def is_whole(self) -> bool:
        """Whether none has ended."""
        return children_of(self._parent.pid) == self._processes

    def memory(self) -> int:
        """Return the bytes of the largest."""
        return PAGE * max(int(_proc(pid, "statm").split()[1]) for pid in self._processes)

    def processor_time(self) -> float:
        """Return the seconds that all of them have worked."""
        fields = [_proc(pid, "stat").rpartition(")")[2].split() for pid in self._processes]
        return sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")

    def stalls(self) -> int:
        """Return how often one of them has said that its loop stood still."""
        return self._parent.said().count("event_loop_blocked")


@contextmanager
def _site(config: Config, folder: Path, port: int) -> Iterator[Site]:
    settings = settings_of(
        config,
        PIELOOP_HTTP_BIND=f"127.0.0.1:{port}",
        PIELOOP_HTTP_TRUSTED_PROXIES="",
        PIELOOP_LIMITS_ENABLED="true",
        PIELOOP_OUTBOUND_ALLOWED_NETWORKS="127.0.0.0/8",
    )
    command = ("-m", "service", "serve", "--processes", SIEGE_PROCESSES)
    with program(*command, environ=settings, cwd=folder) as parent:
        eventually(lambda: parent.said().count("resources_opened") == SIEGE_PROCESSES, within=40)
        eventually(lambda: is_ready(port))
        yield Site(parent)
        parent.stop()


def _python(module: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", f"tests.faults.{module}", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


async def _most_memory(site: Site, until: float) -> int:
    most = 0
    while time.monotonic() < until:
        most = max(most, site.memory())
        await asyncio.sleep(0.5)
    return most


def _proc(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8")
