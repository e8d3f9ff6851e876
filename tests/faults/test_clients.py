"""Clients that hang up at any moment of a write, and clients that click twice at the same instant."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from pathlib import Path

import aiohttp
import pytest

from service.config import Config
from service.storage.transaction import Database
from tests.databases import connect
from tests.faults.load import POST, Load, at_rest, check_rows, load
from tests.faults.sizes import WRITES
from tests.http.people import Place, bearer, place
from tests.serving import Program, hypercorn

POOL, TOGETHER, CLICKS = 8, 10, 10

Report = Callable[[str, str], None]
Web = tuple[Program, int]


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Report:
    return lambda name, words: record_property("drill", (name, words))


@pytest.fixture
async def author(database: Database) -> Place:
    return await place(database)


@pytest.fixture
async def web(config: Config, tmp_path: Path) -> AsyncIterator[Web]:
    """A web process."""
    with ExitStack() as stack:
        yield await asyncio.to_thread(stack.enter_context, hypercorn(config, tmp_path))


@pytest.fixture
async def two(config: Config, tmp_path: Path, web: Web) -> AsyncIterator[tuple[Web, Web]]:
    """Two web processes of one site."""
    with ExitStack() as stack:
        yield web, await asyncio.to_thread(stack.enter_context, hypercorn(config, tmp_path))


@pytest.mark.timeout(90 + WRITES)
async def test_writes_whose_clients_leave_at_a_random_moment(
    config: Config, author: Place, web: Web, report: Report
) -> None:
    """Sent again, each is answered with success, and is there once."""
    server, port = web
    async with load(port, author) as clients:
        usual = await _seconds_of_a_write(port, author, clients)
        titles = iter([f"{clients.name} {number}" for number in range(WRITES)])
        left = Counter[bool]()

        async def client() -> None:
            for title in titles:
                left[await _leave(port, author, clients.words(title), random.uniform(0, usual * 1.5))] += 1
                assert await clients.publish(title)

        await asyncio.gather(*(client() for _ in range(TOGETHER)))
        assert left[True] > WRITES / 10
        assert (await at_rest(clients, server.pid))["pieloop_pool_open"] <= POOL
        clients.check(longest=21)
        clients.published.append(f"{clients.name} usual")
        db = await connect(config.database.url)
        await check_rows(db, clients)
        await db.close()
    report(
        f"F18 {WRITES} writes, clients that leave",
        f"{left[True]} left before the answer; {clients.in_words()}",
    )


async def _seconds_of_a_write(port: int, author: Place, clients: Load) -> float:
    begun = asyncio.get_running_loop().time()
    assert not await _leave(port, author, clients.words(f"{clients.name} usual"), 20)
    return asyncio.get_running_loop().time() - begun


async def _leave(port: int, author: Place, body: bytes, patience: float) -> bool:
    """Send a post and hang up after so many seconds; tell whether there was no answer yet."""
    lines = [
        f"POST {POST} HTTP/1.1",
        "Host: pie.example",
        f"Authorization: Bearer {author.token}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(patience):
            writer.write("\r\n".join([*lines, "", ""]).encode() + body)
            return not await reader.readline()
    except TimeoutError:
        return True
    finally:
        writer.transport.abort()


async def test_two_clicks_at_the_same_instant_in_two_processes(
    config: Config, author: Place, two: tuple[Web, Web], report: Report
) -> None:
    async with aiohttp.ClientSession() as session:

        async def click(port: int, title: str) -> tuple[int, int]:
            address = f"http://127.0.0.1:{port}{POST}"
            body = {"title": title, "community_id": author.community_id}
            async with session.post(address, json=body, headers=bearer(author.token)) as answer:
                said = await answer.json()
                return answer.status, said.get("post_view", {}).get("post", {}).get("id")

        for number in range(CLICKS):
            answers = await asyncio.gather(*(click(port, f"Click {number}") for _, port in (*two, *two)))
            assert len(set(answers)) == 1, answers
            assert answers[0][0] == 200
            assert answers[0][1]
    db = await connect(config.database.url)
    assert await db.fetchval("SELECT count(*) FROM post WHERE title LIKE 'Click %'") == CLICKS
    await db.close()
    report("F17 four clicks at the same instant", f"{CLICKS} times one post, and its id four times")
