"""SIGKILL for any one process while posts are being written: nothing that was answered with success is lost."""

import asyncio
import http.client
import os
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import pytest

from service.embedded import find_postgres
from service.storage.engine import create_engine
from service.storage.transaction import Database
from tests.databases import connect
from tests.faults.sizes import KILLING
from tests.forum import making
from tests.http.people import Place, place
from tests.lifecycle.drills import alive, command_line, eventually, processes_below
from tests.servers import DOMAIN, SECRET_KEY, configuration
from tests.serving import Program, free_port, is_ready, post, program

WRITERS = 4
# So many posts are answered before each kill, and after the last one.
POSTS_BETWEEN = 10
# The site takes the same post within 45 s for the same click; whoever tries again later may post twice.
TRY_AGAIN_FOR = 10.0
WITHOUT_PROGRESS = 60.0  # seconds
LEFT = "SELECT id, kind, attempts, available_at, claimed_until, parked_at, last_error FROM pieloop.outbox"

PAGE = b"""<html><head><title>A page</title><meta property="og:image" content="/picture.png"></head></html>"""
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100"
    "c9fe92ef0000000049454e44ae426082"
)


class Page(BaseHTTPRequestHandler):
    """A page with a picture, at every address."""

    def do_GET(self) -> None:
        is_picture = self.path.endswith(".png")
        body = PICTURE if is_picture else PAGE
        self.send_response(200)
        self.send_header("Content-Type", "image/png" if is_picture else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def pages() -> Iterator[int]:
    """Serve pages to link to; yield the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Site:
    """A `pieloop up` on a directory of its own, which the test kills piece by piece."""

    def __init__(self, place: Path) -> None:
        self.place, self.port = place, free_port()
        self._stack = ExitStack()
        self.up: Program
        self.environ: dict[str, str] = {}

    def start(self) -> None:
        """Start everything and wait until it serves."""
        self.environ = {
            "PIELOOP_DATA_DIR": "data",
            "PIELOOP_HTTP_BIND": f"127.0.0.1:{self.port}",
            "PIELOOP_SITE_DOMAIN": DOMAIN,
            "PIELOOP_SITE_SECRET_KEY": SECRET_KEY,
            "PIELOOP_HTTP_PROCESSES": "2",
            "PIELOOP_LIMITS_ENABLED": "false",
            "PIELOOP_HTTP_KEPT_FOR_STRANGERS": "0",
            "PIELOOP_OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8",
            # A claim whose worker was killed runs out soon.
            "PIELOOP_WORKER_JOB_TIMEOUT": "3",
            "PIELOOP_WORKER_SWEEP_EVERY": "0.5",
        }
        self.up = self._stack.enter_context(
            program("-m", "service", "up", environ=self.environ, cwd=self.place)
        )
        eventually(lambda: "Pieloop is running at" in self.up.said() or self._gave_up(), within=60)
        eventually(lambda: is_ready(self.port), within=60)

    def kill(self, what: str, number: signal.Signals) -> None:
        """End a process of this kind; return when everything is there again."""
        if what == "up":
            self.up.process.kill()
            self.up.ended()
            eventually(lambda: not processes_below(self.place), within=60)
            self.start()
            return
        before = self._pids(what)
        victim = min(before)
        os.kill(victim, number)
        eventually(lambda: not alive(victim), within=60)
        eventually(lambda: len(self._pids(what)) == len(before), within=60)
        eventually(lambda: is_ready(self.port), within=60)

    def stop(self) -> int:
        """Stop everything; return the exit code."""
        return self.up.stop(90)

    def close(self) -> None:
        """Leave nothing behind."""
        self._stack.close()
        eventually(lambda: not processes_below(self.place), within=60)

    def _gave_up(self) -> bool:
        assert self.up.process.poll() is None, self.up.said()
        return False

    def _pids(self, what: str) -> set[int]:
        """Return the processes that run this program: a module of Python's, or a binary (PostgreSQL's: the first)."""
        return {pid for pid in processes_below(self.place) if _runs(pid, what)}


def _runs(pid: int, what: str) -> bool:
    arguments = command_line(pid)
    return arguments[1:3] == ["-m", what] or Path(*arguments[:1]).name == what


class Writers:
    """Apps that post one after another, each again until it is answered or too late."""

    def __init__(self, port: int, author: Place, pages_port: int) -> None:
        self._port, self._author, self._pages = port, author, pages_port
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(WRITERS)]
        self.answered: list[str] = []
        self.unknown: list[str] = []
        self.refusals: Counter[int | str] = Counter()

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def go_on(self, posts: int = POSTS_BETWEEN) -> None:
        """Wait until so many more posts were answered."""
        wanted = len(self.answered) + posts
        eventually(lambda: len(self.answered) >= wanted, within=60)

    def _write(self, number: int) -> None:
        count = 0
        while not self._stopping.is_set():
            count += 1
            title = f"Drill {number}.{count}"
            (self.answered if self._publish(title, linked=count % 3 == 0) else self.unknown).append(title)

    def _publish(self, title: str, *, linked: bool) -> bool:
        body: dict[str, object] = {
            "title": title,
            "community_id": self._author.community_id,
            "body": f"Hello @reader@{DOMAIN}",
        }
        if linked:
            body["url"] = f"http://127.0.0.1:{self._pages}/{title.replace(' ', '-')}"
        deadline = time.monotonic() + TRY_AGAIN_FOR
        while time.monotonic() < deadline:
            try:
                status, _ = post(self._port, "/post", body, self._author.token, timeout=TRY_AGAIN_FOR)
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.refusals[type(error).__name__] += 1
                time.sleep(0.05)
                continue
            if status == 200:
                return True
            self.refusals[status] += 1
            assert status == 503, f"{status} for {title}"
            time.sleep(0.05)
        return False


@pytest.fixture
def site() -> Iterator[Site]:
    with tempfile.TemporaryDirectory(prefix="pl-") as folder:
        Path(folder).chmod(0o755)
        made = Site(Path(folder))
        try:
            made.start()
            yield made
        finally:
            made.close()


VICTIMS = (
    ("hypercorn", signal.SIGKILL), ("arq", signal.SIGKILL), ("postgres", signal.SIGKILL),
    ("valkey-server", signal.SIGKILL), ("hypercorn", signal.SIGTERM), ("arq", signal.SIGTERM),
    ("up", signal.SIGKILL),
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(300 + KILLING)
async def test_nothing_answered_with_success_is_lost_or_done_twice(
    site: Site, record_property: Callable[[str, object], None]
) -> None:
    rounds, end = 0, time.monotonic() + KILLING
    with pages() as pages_port:
        author = await _people(site)
        with Writers(site.port, author, pages_port) as writers:
            while not rounds or time.monotonic() < end:
                rounds += 1
                for victim in VICTIMS:
                    await asyncio.to_thread(writers.go_on)
                    await asyncio.to_thread(site.kill, *victim)
            await asyncio.to_thread(writers.go_on)
        await _everything_worked_off(site)
    await _check(site, writers)
    await asyncio.to_thread(eventually, lambda: _finds_nothing(site))
    assert await asyncio.to_thread(site.stop) == 0, site.up.said()
    seen = f"{len(writers.answered)} answered, {len(writers.unknown)} unknown, {dict(writers.refusals)}"
    record_property("drill", (f"SIGKILL, SIGTERM for {rounds * len(VICTIMS)} processes, one by one", seen))


def _finds_nothing(site: Site) -> bool:
    """Tell whether the doctor finds nothing wrong, nor anybody who waits for a connection just then."""
    with program("-m", "service", "doctor", environ=site.environ, cwd=site.place) as doctor:
        return doctor.ended() == 0


async def _people(site: Site) -> Place:
    """Make the author of all posts, and the reader who is mentioned in each."""
    address = await _address(site)
    engine = create_engine(configuration(address, "", site.place), "migrate")
    database = Database(engine)
    try:
        await making.member(database, "reader")
        return await place(database, "author")
    finally:
        await engine.dispose()


async def _everything_worked_off(site: Site) -> None:
    """Wait until nothing is left to do, however much it is, while it becomes less."""
    db = await connect(await _address(site))
    left, since = 0, time.monotonic()
    try:
        while rows := await db.fetch(LEFT):
            if len(rows) != left:
                left, since = len(rows), time.monotonic()
            assert time.monotonic() < since + WITHOUT_PROGRESS, [dict(row) for row in rows[:20]]
            # What failed while something was down is tried again in a minute; the minute is not what is tested.
            await db.execute(
                "UPDATE pieloop.outbox SET available_at = created_at"
                " WHERE claimed_until IS NULL AND available_at > timezone('utc', now())"
            )
            await asyncio.sleep(0.2)
    finally:
        await db.close()


async def _address(site: Site) -> str:
    address = await find_postgres(site.place / "data")
    assert address
    return address


async def _check(site: Site, writers: Writers) -> None:
    db = await connect(await _address(site))
    try:
        rows = await db.fetch("SELECT id, title, url, image_id FROM post WHERE title LIKE 'Drill %'")
        told = await db.fetch(
            "SELECT targets ->> 'post_id' AS post, count(*) AS times FROM notification"
            " WHERE user_id = (SELECT id FROM \"user\" WHERE user_name = 'reader') GROUP BY 1"
        )
    finally:
        await db.close()
    times = Counter(row["title"] for row in rows)
    assert [title for title in writers.answered if times[title] != 1] == [], "answered, and not there once"
    assert [title for title, count in times.items() if count > 1] == []
    assert times.keys() <= {*writers.answered, *writers.unknown}
    assert [row["title"] for row in rows if row["url"] and row["image_id"] is None] == [], (
        "links without picture"
    )
    assert {row["post"] for row in told} == {str(row["id"]) for row in rows}, "posts of which nobody was told"
    assert {row["times"] for row in told} == {1}, "told twice"
