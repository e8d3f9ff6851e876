"""Far more requests than the pool has connections, and a fifth of the clients hang up: bounded, and nothing leaks."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from service.config import Config
from service.storage.transaction import Database
from tests.databases import connect
from tests.faults.load import at_rest, check_rows, load
from tests.faults.sizes import CROWD, CROWD_SECONDS
from tests.faults.watch import watching
from tests.http.people import place
from tests.serving import hypercorn

POOL = 8
ENDING = 5  # backends whose client has hung up; the budget has as many for the administrator
LEAVING = 0.2
WRITERS = 0.2  # of the clients
# The gate's queue, the pool, the lock: what is not served by then is refused.
LONGEST = 20 + 2


@pytest.mark.timeout(90 + CROWD_SECONDS)
async def test_a_crowd_at_a_small_pool(
    config: Config, database: Database, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    author = await place(database)
    with ExitStack() as stack:
        web, port = await asyncio.to_thread(stack.enter_context, hypercorn(config, tmp_path))
        async with (
            load(port, author, leaving=LEAVING) as clients,
            watching(lambda: connect(config.database.url), web.pid) as watch,
        ):
            writers = int(CROWD * WRITERS)
            clients.begin(readers=CROWD - writers, writers=writers)
            await asyncio.sleep(CROWD_SECONDS)
            await clients.end()
            found = await at_rest(clients, web.pid)
            p99, refused = clients.slowest(0.99), clients.slowest(status=503)
            seen = f"p99 {p99:.2f} s, slowest refusal {refused:.2f} s, backends at most {watch.most}"
            name = f"L48 {CROWD} at once for {CROWD_SECONDS:.0f} s, a fifth leave"
            record_property("drill", (name, f"{seen}; {clients.in_words()}"))
            clients.check(longest=LONGEST)
            assert clients.left
            assert found["pieloop_pool_open"] <= POOL
            assert 0 < watch.most_lasting <= POOL
            assert watch.most <= POOL + ENDING
            db = await connect(config.database.url)
            await check_rows(db, clients)
            await db.close()
        assert web.process.poll() is None
