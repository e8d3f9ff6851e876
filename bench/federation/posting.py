"""A client that posts requests which were written before, as fast as a server takes them."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from math import inf
from typing import NamedTuple
from urllib.parse import urlsplit


class Sent(NamedTuple):
    """How long it took, and how often each status was the answer (0: none came)."""

    seconds: float
    statuses: Counter[int]


def request(path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return a POST as it goes over the wire; the headers name the host."""
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


async def send(server: str, requests: Sequence[bytes], connections: int, at_most: float = inf) -> Sent:
    """Send requests in their order, over some connections at once.

    Parameters:
        server: where it listens, as `http://ADDRESS:PORT`.
        at_most: the seconds after which the rest is not sent.
    """
    statuses: Counter[int] = Counter()
    began = time.monotonic()
    waiting = takewhile(lambda _: time.monotonic() - began < at_most, requests)
    await asyncio.gather(*(_client(server, waiting, statuses) for _ in range(connections)))
    return Sent(time.monotonic() - began, statuses)


async def _client(server: str, waiting: Iterator[bytes], statuses: Counter[int]) -> None:
    where, connection = urlsplit(server), None
    for one in waiting:
        if connection is None:
            connection = await asyncio.open_connection(where.hostname, where.port)
        status, stays = await _answered(*connection, one)
        statuses[status] += 1
        if not stays:
            connection[1].close()
            connection = None
    if connection is not None:
        connection[1].close()


async def _answered(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: bytes
) -> tuple[int, bool]:
    """Return the status of the answer, and whether the connection stays open."""
    try:
        writer.write(sent)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        if fields.get("transfer-encoding") == "chunked":
            await reader.readuntil(b"0\r\n\r\n")
        else:
            await reader.readexactly(int(fields.get("content-length", 0)))
    except (OSError, asyncio.IncompleteReadError):
        return 0, False
    return int(head.split(" ", 2)[1]), fields.get("connection") != "close"
