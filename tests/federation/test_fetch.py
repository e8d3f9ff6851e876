"""Documents of other servers: what is taken, what is refused, how often one asks, and what is remembered."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import pytest

from service.federation.budget import Budget, OverBudget
from service.federation.errors import NotTheirs, Refused
from service.federation.fetch import Fetcher, Gone, Later, Missing, NotHad, retry_after
from service.federation.memory import Memory
from tests.federation.network import STREAMS, Peer, client, peer
from tests.outbound.servers import Asked, redirects, replies, response


@pytest.fixture
async def ours() -> AsyncIterator[Peer]:
    async with peer() as running:
        yield running


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with client() as opened:
        yield Fetcher(opened, may_ask=lambda host: host != "127.0.0.9")


async def test_a_document_is_fetched_once_however_many_want_it(ours: Peer, fetcher: Fetcher) -> None:
    url = ours.has("/1", content="hello")
    found = await asyncio.gather(*(fetcher.document(url, Budget()) for _ in range(5)))
    assert [one["content"] for one in found] == ["hello"] * 5
    assert len(ours.asked("/1")) == 1
    assert STREAMS in ours.asked("/1")[0].headers["accept"]


async def test_it_is_found_at_the_end_of_redirects_and_under_its_own_id(ours: Peer, fetcher: Fetcher) -> None:
    url = ours.has("/1")
    assert (await fetcher.document(ours.answers_with("/old", redirects(url)), Budget()))["id"] == url
    page = ours.has("/page", id=url)
    assert (await fetcher.document(page, Budget()))["id"] == url


async def test_what_says_it_is_something_else_is_refused(ours: Peer, fetcher: Fetcher) -> None:
    async with peer("127.0.0.2") as other:
        theirs = other.has("/1")
        for path, identity in {"/a": theirs, "/b": ours.id("/c"), "/d": None, "/e": "nonsense"}.items():
            ours.has("/c", id=ours.id("/f"))
            ours.has("/f", id=ours.id("/c"))
            with pytest.raises(Refused):
                await fetcher.document(ours.has(path, id=identity), Budget())
        with pytest.raises(NotTheirs):
            await fetcher.document(ours.has("/g", id=theirs), Budget())
        assert not other.server.asked


@pytest.mark.parametrize(
    "kind",
    [
        *("text/html", "application/json", "image/webp", "application/ld+json", ""),
        'application/ld+json; profile="https://example.org"',
    ],
)
async def test_another_type_is_refused(ours: Peer, fetcher: Fetcher, kind: str) -> None:
    body = json.dumps({"id": ours.id("/1"), "type": "Note"}).encode()
    with pytest.raises(NotHad):
        await fetcher.document(ours.answers_with("/1", replies(body, content_type=kind)), Budget())


async def test_linked_data_with_its_profile_is_taken(ours: Peer, fetcher: Fetcher) -> None:
    body = json.dumps({"id": ours.id("/1"), "type": "Note"}).encode()
    kind = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"; charset=utf-8'
    assert await fetcher.document(ours.answers_with("/1", replies(body, content_type=kind)), Budget())


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        *(("404 Not Found", Missing), ("400 Bad", Missing), ("410 Gone", Gone), ("500 Error", Later)),
        *(("503 Busy", Later), ("429 Slowly", Later), ("401 Who", Missing)),
    ],
)
async def test_failures_are_told_apart_and_remembered(
    ours: Peer, fetcher: Fetcher, status: str, failure: type[NotHad]
) -> None:
    url = ours.answers_with("/1", replies(b"", status, "text/plain"))
    for _ in range(3):
        with pytest.raises(failure):
            await fetcher.document(url, Budget())
    assert len(ours.asked("/1")) == 1
    ours.has("/1")
    fetcher.forget(url)
    assert await fetcher.document(url, Budget())


async def test_a_tombstone_is_gone(ours: Peer, fetcher: Fetcher) -> None:
    with pytest.raises(Gone):
        await fetcher.document(ours.has("/1", type="Tombstone"), Budget())


async def test_a_server_with_trouble_rests(ours: Peer, fetcher: Fetcher) -> None:
    for number in range(9):
        with pytest.raises(Later):
            await fetcher.document(
                ours.answers_with(f"/{number}", replies(b"", "500 Error", "text/plain")), Budget()
            )
    assert len(ours.server.asked) == 5


async def test_what_is_not_asked_is_not_asked(fetcher: Fetcher) -> None:
    for url in ("http://127.0.0.9:1/1", "ftp://127.0.0.1/1", "https://user@127.0.0.1/1", "", "nonsense"):
        with pytest.raises(Refused):
            await fetcher.document(url, Budget())


async def test_a_budget_ends(ours: Peer, fetcher: Fetcher) -> None:
    budget = Budget(fetches=2)
    for number in range(2):
        await fetcher.document(ours.has(f"/{number}"), budget)
    with pytest.raises(OverBudget):
        await fetcher.document(ours.has("/2"), budget)
    few = Budget(bytes=100)
    with pytest.raises(NotHad):
        await fetcher.document(ours.has("/3", content="x" * 200), few)
    spent = Budget(bytes=150)
    await fetcher.document(ours.has("/4"), spent)
    assert 0 < spent.bytes < 150
    spent.spend_bytes(150)
    with pytest.raises(OverBudget):
        await fetcher.document(ours.has("/5"), spent)
    with pytest.raises(OverBudget):
        Budget(ends_at=0).seconds_left()


async def test_a_server_that_drips_is_given_up_when_the_time_is_over(ours: Peer, fetcher: Fetcher) -> None:
    async def never(_: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    url = ours.answers_with("/slow", never)
    async with asyncio.timeout(5):  # the client's own deadline is twice as long
        with pytest.raises(Later):
            await fetcher.document(url, Budget(ends_at=time.monotonic() + 0.1))


@pytest.mark.scenario(147)
async def test_who_wants_to_know_who_asks_is_told_and_remembered(ours: Peer) -> None:
    async def strict(asked: Asked, writer: asyncio.StreamWriter) -> None:
        body = json.dumps({"id": ours.id(asked.path), "type": "Note"}).encode()
        status = "200 OK" if "signature" in asked.headers else "401 Who"
        writer.write(response(body, status, STREAMS))

    def sign(method: str, url: str, body: bytes | None) -> dict[str, str]:
        return {"Signature": f"{method} {url}"}

    for path in ("/1", "/2"):
        ours.answers_with(path, strict)
    async with client() as opened:
        fetcher = Fetcher(opened, may_ask=lambda _: True, sign=sign)
        await fetcher.document(ours.id("/1"), Budget())
        await fetcher.document(ours.id("/2"), Budget())
    assert ["signature" in asked.headers for asked in ours.server.asked] == [False, True, True]


def test_a_memory_is_bounded_and_forgets() -> None:
    now = [0.0]
    memory: Memory[int, str] = Memory(2, lambda: now[0])
    memory.put(1, "a", 10)
    memory.put(2, "b", 20)
    memory.put(3, "c", 30)
    assert [memory.get(key) for key in (1, 2, 3)] == [None, "b", "c"]
    now[0] = 25
    assert [memory.get(key) for key in (2, 3)] == [None, "c"]
    assert len(memory) == 1


def test_retry_after_is_seconds_or_a_date() -> None:
    assert retry_after("30", 0) == 30
    assert retry_after("Thu, 01 Jan 1970 00:01:00 GMT", 20) == 40
    assert retry_after("Thu, 01 Jan 1970 00:00:10 GMT", 20) == 0
    assert retry_after("soon", 0) is None
    assert retry_after("9" * 50, 0) is None
