"""A server that takes activities: it verifies every signature, keeps what it took, and answers as a test wants."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from service.federation.signatures.keys import PublicKey
from service.federation.signatures.read import read_claim
from service.federation.signatures.request import Received

TAKEN = (202, "")
Answering = Callable[["Delivery"], tuple[int, str] | tuple[int, str, Mapping[str, str]]]


class Delivery:
    """What came."""

    def __init__(self, path: str, headers: dict[str, str], body: bytes, signed_by: str) -> None:
        self.path, self.headers, self.body, self.signed_by = path, headers, body, signed_by
        self.activity: dict[str, Any] = json.loads(body)

    @property
    def form(self) -> str:
        """Which form of signature it has."""
        return "rfc9421" if "signature-input" in self.headers else "cavage"


class Sink:
    """A running server."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.tried: list[Delivery] = []
        self.taken: list[Delivery] = []
        self.answer: Answering = lambda _: TAKEN
        self.hold: asyncio.Event | None = None
        self.together = self.most_together = 0

    @property
    def inbox(self) -> str:
        return self.url("/inbox")

    def url(self, path: str) -> str:
        return f"http://{self.host}:{self.port}{path}"

    @property
    def ids(self) -> list[str]:
        """The ids of what was taken, in its order."""
        return [delivery.activity["id"] for delivery in self.taken]


@asynccontextmanager
async def sink(
    keys: Mapping[str, PublicKey], host: str = "127.0.0.1", clock: Callable[[], float] = time.time
) -> AsyncIterator[Sink]:
    """Run a server.

    Parameters:
        keys: the keys of those who may send, by their id.
        host: an address of this machine's.
        clock: what it has for the time.
    """
    running: list[Sink] = []
    writers: set[asyncio.StreamWriter] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        try:
            while True:
                status, words, headers = await _serve_one(running[0], keys, clock, reader)
                lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(words)}"]
                lines += [f"{name}: {value}" for name, value in headers.items()]
                writer.write(("\r\n".join([*lines, "", ""]) + words).encode())
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the other side has gone
        finally:
            writers.discard(writer)
            writer.close()

    server = await asyncio.start_server(connected, host, 0)
    running.append(Sink(host, server.sockets[0].getsockname()[1]))
    try:
        yield running[0]
    finally:
        server.close()
        for writer in list(writers):
            writer.transport.abort()
        if running[0].hold:
            running[0].hold.set()


async def _serve_one(
    to: Sink, keys: Mapping[str, PublicKey], clock: Callable[[], float], reader: asyncio.StreamReader
) -> tuple[int, str, Mapping[str, str]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers["content-length"]))
    claim = read_claim(
        Received(method=method, target=path, scheme="http", headers=headers, body=body), clock()
    )
    assert claim.holds(keys[claim.key_id]), "the signature does not hold"
    delivery = Delivery(path, headers, body, claim.key_id)
    to.tried.append(delivery)
    to.together += 1
    to.most_together = max(to.most_together, to.together)
    if to.hold:
        await to.hold.wait()
    to.together -= 1
    status, words, *more = to.answer(delivery)
    if status < 300:
        to.taken.append(delivery)
    return status, words, more[0] if more else {}
