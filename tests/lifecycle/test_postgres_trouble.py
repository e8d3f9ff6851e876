"""PostgreSQL restarts, stops, ends our backends, falls silent, is full, locked or read-only: the site under load."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

from service.config import Config
from service.storage.engine import create_engine
from service.storage.transaction import Database
from tests.databases import connect
from tests.faults.load import Load, at_rest, check_rows, check_told, everything_worked_off, load
from tests.faults.servers import OwnPostgres, own_postgres
from tests.faults.sizes import OUTAGE
from tests.faults.watch import watching
from tests.forum import making
from tests.http.people import Place, bearer, place
from tests.proxy import Proxy, proxy
from tests.servers import configuration
from tests.serving import Program, arq, free_port, get, hypercorn, is_ready

POOL = 8
DEADLINE = 20 + 1  # seconds: whatever happens, and however busy the machine is
MAX_CONNECTIONS = 30  # the pools need 19 of 27
RECOVERY = 5.0
# Some drills wait for these; the defaults are the long ones.
LOCK_TIMEOUT, STATEMENT_TIMEOUT, CONNECT_TIMEOUT, REQUEST_DEADLINE, DEADLINE_OF_STORAGE = 1, 2, 1, 8, 3
# One more read or write after the deadline, and letting go of the connection; with the default deadline this makes ten.
FROZEN_AT_MOST = DEADLINE_OF_STORAGE + 4
END_OURS = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'pieloop.%'"
)
TIMEOUT = 90 + 2 * OUTAGE

pytestmark = pytest.mark.slow

Report = Callable[[str, str], None]


@dataclass
class Site:
    """A web process and a worker, with a PostgreSQL that the drill may stop."""

    config: Config
    postgres: OwnPostgres
    web: Program
    worker: Program
    port: int
    author: Place

    def lives(self) -> None:
        """Neither process has ended."""
        assert self.web.process.poll() is None, self.web.said()
        assert self.worker.process.poll() is None, self.worker.said()


@pytest.fixture(scope="module")
async def postgres() -> AsyncIterator[OwnPostgres]:
    async with own_postgres(MAX_CONNECTIONS) as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="module")
async def site(postgres: OwnPostgres, redis_url: str, folder: Path) -> AsyncIterator[Site]:
    """One site for all drills here: none of them needs it to be started again."""
    config = configuration(postgres.address, redis_url, folder)
    engine = create_engine(config, "migrate")
    database = Database(engine)
    await making.member(database, "reader")
    author = await place(database, "author")
    await engine.dispose()
    settings = {
        "PIELOOP_DATABASE_LOCK_TIMEOUT": LOCK_TIMEOUT,
        "PIELOOP_DATABASE_STATEMENT_TIMEOUT": STATEMENT_TIMEOUT,
        "PIELOOP_DATABASE_CONNECT_TIMEOUT": CONNECT_TIMEOUT,
        "PIELOOP_DATABASE_DEADLINE": DEADLINE_OF_STORAGE,
        "PIELOOP_WORKER_JOB_TIMEOUT": 3,
    }
    with ExitStack() as stack:
        web, port = await asyncio.to_thread(stack.enter_context, hypercorn(config, folder, **settings))
        worker = await asyncio.to_thread(stack.enter_context, arq(config, folder, **settings))
        yield Site(config, postgres, web, worker, port, author)


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Report:
    return lambda name, words: record_property("drill", (name, words))


@asynccontextmanager
async def under_load(site: Site, *, readers: int = 4, writers: int = 3) -> AsyncIterator[Load]:
    """Read and write while the body runs; afterwards nothing is lost, doubled or leaked."""
    async with (
        load(site.port, site.author) as clients,
        watching(site.postgres.superuser, site.web.pid) as watch,
    ):
        clients.begin(readers, writers)
        await clients.go_on(reads=5, posts=3)
        yield clients
        await clients.go_on(reads=5, posts=3)
        await clients.end()
        found = await at_rest(clients, site.web.pid)
        assert found["pieloop_pool_open"] <= POOL
        assert watch.most_lasting <= POOL
        assert watch.most <= 2 * POOL
        db = await site.postgres.superuser()
        try:
            await everything_worked_off(db)
            await check_rows(db, clients)
            await check_told(db, clients)
        finally:
            await db.close()
    site.lives()


async def ready_again(site: Site, clients: Load) -> float:
    """Wait until /readyz says so; return the seconds."""
    begun = time.monotonic()
    while not await asyncio.to_thread(is_ready, site.port):
        assert time.monotonic() - begun < clients.allow(RECOVERY)
        await asyncio.sleep(0.05)
    return time.monotonic() - begun


@pytest.mark.timeout(TIMEOUT)
async def test_a_restart_under_load(site: Site, report: Report) -> None:
    async with under_load(site) as clients:
        begun = time.monotonic()
        await site.postgres.restart()
        back = time.monotonic()
        await ready_again(site, clients)
    clients.check(longest=DEADLINE)
    assert clients.trouble_after(back) < clients.allow(RECOVERY)
    report(
        "L39 restarted under load",
        f"away {back - begun:.1f} s, last 503 {clients.trouble_after(back):.1f} s after; {clients.in_words()}",
    )


@pytest.mark.timeout(TIMEOUT)
async def test_gone_for_a_while(site: Site, report: Report) -> None:
    async with under_load(site) as clients:
        await site.postgres.stop()
        end = time.monotonic() + OUTAGE
        slowest = 0.0
        while time.monotonic() < end:
            begun = time.monotonic()
            for path, expected in (
                ("/", 503),
                ("/api/alpha/post/list", 503),
                ("/livez", 200),
                ("/readyz", 503),
            ):
                assert (await asyncio.to_thread(get, site.port, path))[0] == expected, path
            slowest = max(slowest, time.monotonic() - begun)
            await asyncio.sleep(0.2)
        await site.postgres.start()
        back = time.monotonic()
        recovered = await ready_again(site, clients)
    clients.check(longest=2)
    assert slowest < clients.allow(2)
    assert clients.trouble_after(back) < clients.allow(RECOVERY)
    report(
        f"L40 stopped for {OUTAGE:.0f} s",
        f"slowest refusal {clients.slowest(status=503):.2f} s, ready {recovered:.1f} s after; {clients.in_words()}",
    )


@pytest.mark.timeout(TIMEOUT)
async def test_frozen(site: Site, report: Report) -> None:
    """Nothing is refused and nothing broken off: every statement just has no answer."""
    async with under_load(site, readers=6, writers=10) as clients:
        with site.postgres.frozen():
            begun = time.monotonic()
            await asyncio.sleep(max(OUTAGE / 2, 2 * FROZEN_AT_MOST))
            frozen = time.monotonic() - begun
        back = time.monotonic()
    clients.check(longest=FROZEN_AT_MOST)
    assert clients.trouble_after(back) < clients.allow(RECOVERY + FROZEN_AT_MOST)
    report(f"frozen for {frozen:.0f} s", clients.in_words())


@pytest.mark.timeout(TIMEOUT)
async def test_all_backends_terminated_again_and_again(site: Site, report: Report) -> None:
    ended = 0
    async with under_load(site) as clients:
        db = await site.postgres.superuser()
        for _ in range(5):
            ended += await db.fetchval(END_OURS)
            await clients.go_on(reads=3, posts=1)
        last = time.monotonic()
        await db.close()
    clients.check(longest=DEADLINE)
    assert clients.trouble_after(last) < clients.allow(RECOVERY)
    report("L41 all backends terminated, 5 times", f"{ended} ended; {clients.in_words()}")


@pytest.fixture
async def way(site: Site) -> AsyncIterator[tuple[Proxy, Config]]:
    """A way to PostgreSQL that leads over TCP and can become a black hole."""
    port = free_port()
    address = f"postgresql+asyncpg://pieloop@127.0.0.1:{port}/pieloop"
    database = msgspec.structs.replace(site.config.database, url=address, direct_url=address)
    async with proxy(port, site.postgres.socket) as opened:
        yield opened, msgspec.structs.replace(site.config, database=database)


@pytest.mark.timeout(TIMEOUT)
@pytest.mark.parametrize("remembered", [True, False], ids=["for a while", "for the connections there were"])
async def test_a_black_hole(
    site: Site, way: tuple[Proxy, Config], folder: Path, report: Report, remembered: bool
) -> None:
    hole, config = way
    limits = {
        "PIELOOP_DATABASE_LOCK_TIMEOUT": LOCK_TIMEOUT,
        "PIELOOP_DATABASE_STATEMENT_TIMEOUT": STATEMENT_TIMEOUT,
        "PIELOOP_DATABASE_CONNECT_TIMEOUT": CONNECT_TIMEOUT,
        "PIELOOP_HTTP_REQUEST_DEADLINE": REQUEST_DEADLINE,
    }
    with ExitStack() as stack:
        web, port = await asyncio.to_thread(stack.enter_context, hypercorn(config, folder, **limits))
        async with load(port, site.author) as clients:
            clients.begin(readers=4, writers=3)
            await clients.go_on(reads=5, posts=3)
            begun = time.monotonic()
            if remembered:
                hole.freeze()
                await asyncio.sleep(OUTAGE)
                assert (await asyncio.to_thread(get, port, "/livez"))[0] == 200
                assert (await asyncio.to_thread(get, port, "/readyz"))[0] == 503
                hole.thaw()
            else:
                hole.forget()
            back = time.monotonic()
            await clients.go_on(reads=5, posts=3)
            recovered = time.monotonic() - back
            await clients.end()
            found = await at_rest(clients, web.pid)
            assert found["pieloop_pool_open"] <= POOL
            db = await site.postgres.superuser()
            await check_rows(db, clients)
            await db.close()
        assert web.process.poll() is None
    report(
        "L42 a black hole, " + (f"for {back - begun:.0f} s" if remembered else "for old connections"),
        f"first success {recovered:.1f} s after; {clients.in_words()}",
    )
    clients.check(longest=DEADLINE)


@pytest.mark.timeout(TIMEOUT)
async def test_all_slots_taken_by_somebody_else(site: Site, report: Report) -> None:
    others: list[asyncpg.Connection[Any]] = []
    async with under_load(site) as clients:
        said = len(site.web.said())
        end = time.monotonic() + OUTAGE
        db = await site.postgres.superuser()  # one for all the time: a new one might find no place either
        try:
            while time.monotonic() < end:
                try:
                    others.append(await connect(site.postgres.address))
                except asyncpg.TooManyConnectionsError:
                    await asyncio.sleep(0.05)
                    await db.execute(END_OURS)
            taken = len(others) + 1  # with the drill's own
            assert taken >= MAX_CONNECTIONS - 3 - 1  # a connection that dies has its place for a moment more
        finally:
            for other in others:
                other.terminate()
            await db.close()
        back = time.monotonic()
        lines = [line for line in site.web.said()[said:].splitlines() if "web 1 x (8 + 0) = 8" in line]
        assert 1 <= len(lines) <= 1 + OUTAGE / 60, lines
        await ready_again(site, clients)
    clients.check(longest=DEADLINE)
    assert clients.trouble_after(back) < clients.allow(RECOVERY)
    report(
        f"L43 all slots taken for {OUTAGE:.0f} s",
        f"{taken} taken, {len(lines)} line with the budget; {clients.in_words()}",
    )


@pytest.mark.timeout(TIMEOUT)
async def test_a_row_is_locked(site: Site, report: Report) -> None:
    """More writers wait for it than the pool has connections; whoever reads is served all the same."""
    async with under_load(site, writers=1) as clients, load(site.port, site.author) as crowd:
        crowd.name = clients.name
        db = await connect(site.postgres.address)
        await db.execute(f"BEGIN; UPDATE community SET title = title WHERE id = {site.author.community_id}")
        crowd.begin(readers=0, writers=20, first=100)
        await asyncio.sleep(LOCK_TIMEOUT)
        begun, good = time.monotonic(), clients.good_reads
        await asyncio.sleep(OUTAGE)
        rate = (clients.good_reads - good) / (time.monotonic() - begun)
        refused = sum(answer.status == 503 for answer in crowd.answers)
        await db.close()
        back = time.monotonic()
        await crowd.go_on(posts=20)
        await crowd.end()
        clients.published += crowd.published
        clients.unknown += crowd.unknown
    report(
        f"L44 a row locked for {OUTAGE:.0f} s, 20 writers",
        f"{refused} refused, reads meanwhile {rate:.0f}/s; readers: {clients.in_words()}; writers: {crowd.in_words()}",
    )
    assert refused
    crowd.check(longest=clients.allow(DEADLINE))
    assert crowd.trouble_after(back) < clients.allow(RECOVERY)
    assert [answer for answer in clients.answers if answer.method == "GET" and answer.status != 200] == []


@pytest.mark.timeout(TIMEOUT)
async def test_the_server_only_reads(site: Site, report: Report) -> None:
    async with under_load(site) as clients, load(site.port, site.author) as members:
        await site.postgres.execute(
            "ALTER SYSTEM SET default_transaction_read_only = on",
            "SELECT pg_reload_conf()",
            "SET default_transaction_read_only = off",
            # A member who comes back after hours, which a site likes to write down.
            "UPDATE \"user\" SET last_seen = timezone('utc', now()) - interval '5 hours'",
        )
        await asyncio.sleep(0.5)
        begun, posts = time.monotonic(), len(clients.published)
        while time.monotonic() - begun < OUTAGE:
            token = bearer(site.author.token)
            assert (await members.ask("GET", "/api/alpha/post/list", headers=token)).status == 200
            assert (await members.ask("GET", "/")).status == 200
            await asyncio.sleep(0.2)
        assert len(clients.published) == posts
        await site.postgres.execute(
            "ALTER SYSTEM RESET default_transaction_read_only",
            "SELECT pg_reload_conf()",
        )
        back = time.monotonic()
    clients.check(longest=DEADLINE)
    assert [answer for answer in clients.answers if answer.method == "GET" and answer.status != 200] == []
    assert clients.trouble_after(back) < clients.allow(RECOVERY)
    report(
        f"L45 read-only for {OUTAGE:.0f} s",
        f"reads went on; last 503 {clients.trouble_after(back):.1f} s after; {clients.in_words()}",
    )
