"""Readers and writers at a running site, and a strict account of every answer they got."""

import asyncio
import json
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from uuid import uuid4

import aiohttp
import asyncpg

from tests.faults.sizes import PAUSE
from tests.http.people import Place, bearer
from tests.servers import DOMAIN

PAGES = ("/api/alpha/post/list", "/")
POST = "/api/alpha/post"
# The site takes the same post within 45 s for the same click; whoever tries again later may post twice.
TRY_AGAIN_FOR = 10.0
PATIENCE = 40.0  # seconds: longer than any answer may take
NO_ANSWER = 0
QUIET, AS_MUCH = 8, 20  # the first requests; how much slower one may be in the middle of a drill
READERS, WRITERS = "198.18", "198.19"  # where they come from, as the proxy in front of the site would tell it


class Answer(NamedTuple):
    """What came of one request; `status` is 0 and `error` says why when nothing came."""

    at: float
    took: float
    method: str
    status: int
    retry_after: str | None
    error: str = ""


class Load:
    """Clients that ask one thing after the other; each has an address, and each request a connection of its own.

    Parameters:
        port: of the site.
        author: who writes.
        session: the HTTP client.
        leaving: how likely it is that a client hangs up early, 0 to 1.
    """

    def __init__(
        self, port: int, author: Place, session: aiohttp.ClientSession, leaving: float = 0.0
    ) -> None:
        self._session, self._author, self._leaving = session, author, leaving
        self._origin = f"http://127.0.0.1:{port}"
        self._enough = False
        self._clients: list[asyncio.Task[None]] = []
        self.name = f"Drill {uuid4().hex[:8]}"
        self.answers: list[Answer] = []
        self.left = 0
        self.published: list[str] = []
        self.unknown: list[str] = []

    def begin(self, readers: int, writers: int, first: int = 0) -> None:
        """Send so many clients; the writers are numbered from `first`."""
        self._clients += [asyncio.create_task(self._read(number)) for number in range(readers)]
        self._clients += [asyncio.create_task(self._write(first + number)) for number in range(writers)]

    async def end(self) -> None:
        """Let every client finish what it is at."""
        self._enough = True
        clients, self._clients = self._clients, []
        await asyncio.gather(*clients)
        self._enough = False

    async def go_on(self, *, reads: int = 0, posts: int = 0, within: float = 60) -> None:
        """Wait until so many more reads and writes were answered with success."""
        reads += self.good_reads
        posts += len(self.published)
        async with asyncio.timeout(within):
            while self.good_reads < reads or len(self.published) < posts:
                await asyncio.sleep(0.02)

    @property
    def good_reads(self) -> int:
        """How many pages came."""
        return sum(answer.status == 200 and answer.method == "GET" for answer in self.answers)

    async def ask(
        self, method: str, path: str, *, headers: Mapping[str, str] = {}, data: bytes = b"", sender: str = ""
    ) -> Answer:
        """Make a request and write down what came of it.

        Parameters:
            sender: the client's address, as a proxy tells it; this machine's where it is empty.
        """
        headers = {**headers, "X-Forwarded-For": sender} if sender else headers
        begun = time.monotonic()
        status, retry_after, error = NO_ANSWER, None, ""
        patience = random.uniform(0, 0.3) if random.random() < self._leaving else PATIENCE
        try:
            async with (
                asyncio.timeout(patience),
                self._session.request(
                    method, self._origin + path, headers=headers, data=data or None
                ) as answer,
            ):
                await answer.read()
                status, retry_after = answer.status, answer.headers.get("Retry-After")
        except (TimeoutError, aiohttp.ClientError) as trouble:
            error = type(trouble).__name__
        took = Answer(begun, time.monotonic() - begun, method, status, retry_after, error)
        if patience < PATIENCE and status == NO_ANSWER:
            self.left += 1
        else:
            self.answers.append(took)
        return took

    async def page(self, path: str) -> str:
        """Return what stands at a path."""
        async with self._session.get(self._origin + path) as answer:
            return await answer.text()

    def words(self, title: str) -> bytes:
        """Return the post of this title: the same for the same title, so that it is the same click."""
        community_id = self._author.community_id
        return json.dumps(
            {"title": title, "community_id": community_id, "body": f"Hello @reader@{DOMAIN}"}
        ).encode()

    async def publish(self, title: str, try_again_for: float = TRY_AGAIN_FOR, sender: str = "") -> bool:
        """Post until it is answered with success or too late to try again."""
        headers = bearer(self._author.token) | {"Content-Type": "application/json"}
        deadline = time.monotonic() + try_again_for
        while time.monotonic() < deadline:
            answer = await self.ask("POST", POST, data=self.words(title), headers=headers, sender=sender)
            if answer.status == 200:
                self.published.append(title)
                return True
            await asyncio.sleep(random.uniform(0.05, 0.2))
        self.unknown.append(title)
        return False

    async def _read(self, number: int) -> None:
        while not self._enough:
            answer = await self.ask("GET", PAGES[number % len(PAGES)], sender=_address(READERS, number))
            await asyncio.sleep(PAUSE if answer.status == 200 else 2 * PAUSE)

    async def _write(self, number: int) -> None:
        count = 0
        while not self._enough:
            count += 1
            await self.publish(f"{self.name} {number}.{count}", sender=_address(WRITERS, number))
            await asyncio.sleep(PAUSE)

    # The account

    def allow(self, seconds: float) -> float:
        """Return how long may take here what takes `seconds` and a request on an idle machine.

        A request of the quiet time before the drill shows how much slower this machine is, at the moment.
        """
        return seconds + AS_MUCH * max((one.took for one in self.answers[:QUIET]), default=0.0)

    def check(self, longest: float) -> None:
        """Every request was answered in time, with success or with 503 and a time to come back."""
        longest = self.allow(longest)
        wrong = [answer for answer in self.answers if answer.status not in (200, 503)]
        assert wrong == [], wrong
        assert [answer for answer in self.answers if answer.status == 503 and not answer.retry_after] == []
        late = [answer for answer in self.answers if answer.took > longest]
        assert late == [], late

    def slowest(self, share: float = 1.0, status: int | None = None) -> float:
        """Return how long the slowest answer took, or the one that is slower than `share` of all."""
        times = sorted(one.took for one in self.answers if status in (None, one.status))
        return times[min(len(times) - 1, int(len(times) * share))] if times else 0.0

    def trouble_after(self, moment: float) -> float:
        """Return how many seconds after a moment the last refusal was answered."""
        return max((one.at + one.took - moment for one in self.answers if one.status != 200), default=0.0)

    def in_words(self) -> str:
        """Sum up."""
        counts = Counter(one.status for one in self.answers)
        answers = ", ".join(f"{counts[status]} x {status}" for status in sorted(counts))
        left = f", {self.left} left" if self.left else ""
        return f"{answers}{left}; slowest {self.slowest():.2f} s; {len(self.published)} posts"


def _address(network: str, number: int) -> str:
    return f"{network}.{number // 250 % 250}.{1 + number % 250}"


@asynccontextmanager
async def load(port: int, author: Place, *, leaving: float = 0.0) -> AsyncIterator[Load]:
    """Lend clients; all have ended on return."""
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        clients = Load(port, author, session, leaving)
        try:
            yield clients
        finally:
            await clients.end()


async def check_rows(db: "asyncpg.Connection[Any]", clients: Load) -> None:
    """What was answered with success is there once; what was not, at most once; and nothing else is."""
    rows = await db.fetch(
        "SELECT title, count(*) AS times FROM post WHERE title LIKE $1 || ' %' GROUP BY 1", clients.name
    )
    times = {row["title"]: row["times"] for row in rows}
    assert [title for title in clients.published if times.get(title) != 1] == []
    assert [title for title, count in times.items() if count != 1] == []
    assert times.keys() <= {*clients.published, *clients.unknown}


async def check_told(db: "asyncpg.Connection[Any]", clients: Load) -> None:
    """Once the outbox is empty: the reader was told of every post, of each once."""
    rows = await db.fetch(
        "SELECT (SELECT count(*) FROM notification WHERE targets ->> 'post_id' = post.id::text"
        " AND user_id = (SELECT id FROM \"user\" WHERE user_name = 'reader'))"
        " FROM post WHERE title LIKE $1 || ' %'",
        clients.name,
    )
    assert rows
    assert {row[0] for row in rows} == {1}


async def everything_worked_off(db: "asyncpg.Connection[Any]", within: float = 80) -> None:
    """Wait until the outbox is empty.

    What failed meanwhile is tried again in a minute; the minute is not what is drilled.
    """
    async with asyncio.timeout(within):
        while await db.fetchval("SELECT count(*) FROM pieloop.outbox"):
            await db.execute(
                "UPDATE pieloop.outbox SET available_at = created_at"
                " WHERE claimed_until IS NULL AND available_at > timezone('utc', now())"
            )
            await asyncio.sleep(0.1)


# The site's own numbers

SERIES = re.compile(r"^(?P<name>\w+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$", re.MULTILINE)


async def numbers(clients: Load, pid: int) -> dict[str, float]:
    """Return what /metrics says of the web process `pid`, without what is counted by other labels too."""
    text = await clients.page("/metrics")
    mine = f'process="pieloop.web.{pid}@'
    return {
        series["name"]: float(series["value"])
        for series in SERIES.finditer(text)
        if mine in (series["labels"] or "") and series["labels"].count("=") == 2
    }


async def at_rest(clients: Load, pid: int, within: float = 60) -> dict[str, float]:
    """Wait until nothing is lent, at work or waiting; return the numbers."""
    names = ("pieloop_pool_lent", "pieloop_http_working", "pieloop_http_waiting", "pieloop_http_writes")
    async with asyncio.timeout(within):
        while True:
            found = await numbers(clients, pid)
            if not any(found[name] for name in names):
                return found
            await asyncio.sleep(0.05)
