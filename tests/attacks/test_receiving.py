"""Many, slow and endless senders at a real Hypercorn: what is held, for how long they are borne, what they are told."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from hypercorn.typing import ASGIReceiveEvent, HTTPScope
from quart import Request

from service.assembly import build_app
from service.config import Config
from service.http.application import Application
from service.http.passing import receiving
from service.http.passing.bodies import connection
from service.http.passing.bodies.connection import Connection
from service.http.passing.bodies.stream import Body
from service.storage.transaction import Database
from tests.attacks import bodies
from tests.attacks.bodies import FILE, MB, OPEN
from tests.http.people import place
from tests.serving import listening
from tests.telemetry import counted

UPLOAD = "/api/alpha/upload/image"
SIZE = 3 * MB
FORM = OPEN + FILE + b"\r\n"


@dataclass
class Sender:
    """Somebody who sends, and listens."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, *, whole: bool = True) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and, if it is wanted, what follows until the server closes."""
        async with asyncio.timeout(20):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin1").splitlines()
            headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
            return int(head[0].split()[1]), headers, await self.reader.read() if whole else b""


@asynccontextmanager
async def sender(port: int, path: str, **headers: str) -> AsyncIterator[Sender]:
    """Begin a request."""
    made = Sender(*await asyncio.open_connection("127.0.0.1", port))
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    await made.send("\r\n".join([f"POST {path} HTTP/1.1", "Host: pie.example", *lines, "", ""]).encode())
    try:
        yield made
    finally:
        made.writer.close()


async def until(holds: Any) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


@dataclass
class Site:
    """An app that is served, and a member's token."""

    app: Application
    port: int
    token: str

    def upload(self, address: str, size: int = SIZE) -> Any:
        """Begin an upload from an address."""
        return sender(
            self.port,
            UPLOAD,
            Authorization=f"Bearer {self.token}",
            X_Forwarded_For=address,
            Content_Type=bodies.MULTIPART,
            Content_Length=str(size),
        )


@pytest.fixture
async def site(config: Config, database: Database) -> AsyncIterator[Site]:
    """A site that holds 8 MB, of which files take up to 6, and 4 of one address."""
    limits = msgspec.structs.replace(config.limits, enabled=False)
    http = msgspec.structs.replace(
        config.http,
        trusted_proxies=("127.0.0.0/8",),
        receiving=8 * MB,
        receiving_per_address=4 * MB,
        min_rate=100 * MB,
    )
    app = build_app(msgspec.structs.replace(config, http=http, limits=limits))
    token = (await place(database)).token
    async with listening(app) as port:
        yield Site(app, port, token)


def all_but_the_last_byte(size: int = SIZE) -> bytes:
    return FORM + b"x" * (size - len(FORM) - 1)


async def test_what_is_held_at_once_is_bounded(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAR_OUT_FOR", 0.1)
    budget = site.app.shared.budget
    async with site.upload("192.0.2.1") as first, site.upload("2001:db8::1") as second:
        for count, one in enumerate((first, second), start=1):
            await one.send(all_but_the_last_byte())
            await until(lambda count=count: budget.held >= count * (SIZE - 1))
        for address, status, words in (
            ("192.0.2.1", 429, b"from your IP address"),
            ("2001:db8::ffff", 429, b"from your IP address"),  # of the same household
            ("192.0.2.2", 503, b"receiving too much"),
        ):
            async with site.upload(address) as refused:
                found, headers, body = await refused.answer()
            assert (found, int(headers["retry-after"]) > 0) == (status, True), address
            assert words in body
        assert budget.held == 2 * (SIZE - 1)
        assert await counted(site.app, "pieloop_http_body_bytes") == budget.held
        # What is small has room of its own.
        words = json.dumps({"title": "A title", "community_id": 1, "body": "x" * 400_000}).encode()
        async with sender(
            site.port,
            "/api/alpha/post",
            Authorization=f"Bearer {site.token}",
            X_Forwarded_For="192.0.2.3",
            Content_Type="application/json",
            Content_Length=str(len(words)),
            Connection="close",
        ) as other:
            await other.send(words)
            status, _, body = await other.answer()
        assert (status, "body" in json.loads(body)["errors"]["json"]) == (400, True), (
            "it was read, and is too long"
        )
    await until(lambda: budget.held == 0)
    assert budget._by_address == {}
    for reason in ("sending_too_much", "receiving_too_much"):
        assert await counted(site.app, "pieloop_http_bodies_refused_total", reason=reason) >= 1


async def test_what_does_not_say_its_length_is_counted_as_it_comes(site: Site) -> None:
    async with sender(
        site.port,
        UPLOAD,
        Authorization=f"Bearer {site.token}",
        Content_Type=bodies.MULTIPART,
        Transfer_Encoding="chunked",
    ) as endless:
        await endless.send(b"%x\r\n%s\r\n" % (len(FORM), FORM))
        for _ in range(5):
            await endless.send(b"%x\r\n%s\r\n" % (MB, b"x" * MB))
        await endless.send(b"0\r\n\r\n")
        assert (await endless.answer())[0] == 429
    await until(lambda: site.app.shared.budget.held == 0)


async def test_who_stops_sending_is_not_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "PATIENCE", 0.5)
    monkeypatch.setattr(connection, "HEAR_OUT_FOR", 0.1)
    sent = {"Content_Type": "application/json", "Content_Length": "100"}
    async with site.upload("192.0.2.1") as large, sender(site.port, "/api/alpha/user/login", **sent) as small:
        await large.send(all_but_the_last_byte())
        await small.send(b"{")
        for one in (large, small):
            status, headers, body = await one.answer()
            assert (status, headers["connection"]) == (408, "close")
            assert json.loads(body)["message"] == "The request took too long to arrive."
    assert site.app.shared.budget.held == 0
    assert await counted(site.app, "pieloop_http_bodies_refused_total", reason="request_timeout") == 2


async def test_who_sends_slowly_is_borne_as_long_as_it_is_fast_enough(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "PATIENCE", 1.0)
    http = msgspec.structs.replace(config.http, min_rate=1000)
    limits = msgspec.structs.replace(config.limits, enabled=False)
    app = build_app(msgspec.structs.replace(config, http=http, limits=limits))

    async def drip(port: int, size: int, times: int) -> int:
        sent = {
            "Content_Type": "application/json",
            "Content_Length": str(size * times),
            "Connection": "close",
        }
        async with sender(port, "/api/alpha/user/login", **sent) as one:
            for _ in range(times):
                await one.send(b" " * size)
                await asyncio.sleep(0.1)
            return (await one.answer())[0]

    async with listening(app) as port:
        # 10 kB/s and 10 bytes/s, both for longer than anybody may be silent.
        quick, slow = await asyncio.gather(drip(port, 1000, 13), drip(port, 1, 13))
        assert (quick, slow) == (400, 408)


async def test_who_sends_on_is_heard_out_for_a_while(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAR_OUT_FOR", 0.2)
    too_large = {"Content_Type": bodies.URLENCODED, "Content_Length": str(100 * MB)}
    async with sender(site.port, "/auth/login", **too_large) as one:
        status, headers, body = await one.answer()
        assert (status, headers["connection"], b"This is too large" in body) == (
            413,
            "close",
            True,
        )
    monkeypatch.setattr(connection, "HEAR_OUT_FOR", 20)
    monkeypatch.setattr(connection, "MOST_HEARD", MB)
    async with sender(site.port, "/auth/login", **too_large) as one:
        await one.send(b"x" * 2 * MB)
        assert (await one.answer())[0] == 413
    monkeypatch.setattr(connection, "AT_ONCE", 0)
    async with sender(site.port, "/auth/login", **too_large) as one:
        assert (await one.answer())[0] == 413


async def test_who_behaves_may_go_on_over_the_same_connection(site: Site) -> None:
    one = Sender(*await asyncio.open_connection("127.0.0.1", site.port))
    for path, size, status in (
        ("/nothing/here", 10, 404),
        ("/api/alpha/user/login", 10_000, 400),
        ("/livez", 10, 405),
    ):
        head = f"POST {path} HTTP/1.1\r\nHost: pie.example\r\nContent-Type: application/json\r\n"
        await one.send(f"{head}Content-Length: {size}\r\n\r\n".encode() + b" " * size)
        found, headers, _ = await one.answer(whole=False)
        assert (found, "connection" in headers) == (status, False), path
        await one.reader.readexactly(int(headers["content-length"]))
    one.writer.close()


async def test_nothing_is_left_of_who_was_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAR_OUT_FOR", 0.1)
    for path in ("/auth/login", UPLOAD, "/nothing/here", "/livez"):
        for _ in range(2):
            async with sender(site.port, path, Content_Type="a/b", Content_Length=str(50 * MB)) as one:
                one.writer.write(b"x" * 2 * MB)
                assert (await one.answer())[0] in {400, 404, 405, 413, 415}
    # The one that may be left is the connection by which the fixture looked whether somebody listens.
    await until(lambda: _tasks_of(connection.__file__) == 0 and _tasks_of("_server_callback") <= 1)


def _tasks_of(name: str) -> int:
    """Count the tasks whose function has a name, or stands in a file."""
    functions = [getattr(task.get_coro(), "cr_code", None) for task in asyncio.all_tasks()]
    return sum(name in (code.co_name, code.co_filename) for code in functions if code is not None)


async def test_nothing_is_taken_while_nobody_reads(app: Application) -> None:
    taken = 0

    async def receive() -> ASGIReceiveEvent:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b"x", "more_body": True}

    body = Body()
    request = cast("Request", SimpleNamespace(body=body))
    receiver = asyncio.create_task(Connection(app, cast("HTTPScope", {})).handle_messages(request, receive))
    for count in (2, 3):  # one stands ready, and one waits to
        for _ in range(20):
            await asyncio.sleep(0)
        assert taken == count
        assert await anext(body.pieces()) == b"x"
    receiver.cancel()
