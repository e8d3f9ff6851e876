"""Clients: requests at the laboratory's doors, at a steady concurrency, some of which hang up half-way."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from itertools import cycle
from typing import Any

import aiohttp
from arq.connections import ArqRedis

from service.config import Config

QUEUE = "arq:queue"
CROWDS = IPv4Network("198.18.0.0/15")  # set apart for measurements: RFC 2544
OK, BUSY, HUNG_UP, NO_ANSWER = "200", "503", "hung up", "no answer"


@dataclass
class Load:
    """What the clients have seen: answers by status, and each answer's moment, seconds and status."""

    counts: Counter[str] = field(default_factory=Counter)
    answers: list[tuple[float, float, str]] = field(default_factory=list)


@asynccontextmanager
async def clients(config: Config) -> AsyncIterator["Clients"]:
    """Lend clients; each request is a connection of its own, so that every web process gets its share."""
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(f"http://{config.http.bind}", connector=connector) as session:
        yield Clients(session)


class Clients:
    """Makes requests and keeps what came of them."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        self.load = Load()
        self._begun = time.monotonic()

    def seconds(self) -> float:
        """Return the time since these clients began."""
        return time.monotonic() - self._begun

    async def get(self, path: str, patience: float = 60, address: str | None = None) -> str:
        """Make a request; return the status, or what happened instead.

        Parameters:
            path: with its query.
            patience: the client hangs up after so many seconds.
            address: where a trusted proxy would say that it comes from.
        """
        headers = {"X-Forwarded-For": address} if address else {}
        begun = self.seconds()
        try:
            async with asyncio.timeout(patience), self.session.get(path, headers=headers) as answer:
                await answer.read()
                status = str(answer.status)
                if answer.status == 503 and "Retry-After" not in answer.headers:
                    status = "503 without Retry-After"
        except TimeoutError:
            status = HUNG_UP
        except aiohttp.ClientError:
            status = NO_ANSWER
        self.load.counts[status] += 1
        self.load.answers.append((begun, self.seconds() - begun, status))
        return status

    async def crowd(self, path: str, count: int, arriving: float) -> None:
        """Make so many requests at the same time, each from an address of its own: places are shared by address.

        Parameters:
            arriving: the seconds within which they come; all at once would be taken by whichever process wakes first.
        """

        async def client(number: int) -> None:
            await asyncio.sleep(arriving * number / count)
            await self.get(path, address=str(CROWDS[number]))

        await asyncio.gather(*(client(number) for number in range(count)))

    async def queue(self, path: str, requests: int, concurrency: int) -> None:
        """Make so many requests, `concurrency` at a time."""
        left = iter(range(requests))

        async def client() -> None:
            for _ in left:
                await self.get(path)

        await asyncio.gather(*(client() for _ in range(concurrency)))

    async def until(self, done: asyncio.Event, path: str, concurrency: int, leaving: float = 0.0) -> None:
        """Make requests, `concurrency` at a time, until it is enough.

        Parameters:
            done: set when it is.
            leaving: how likely it is that a client hangs up early, 0 to 1.
        """

        async def client() -> None:
            while not done.is_set():
                early = random.random() < leaving
                status = await self.get(path, patience=random.uniform(0, 0.3) if early else 60)
                if status not in (OK, HUNG_UP):
                    await asyncio.sleep(0.05)

        await asyncio.gather(*(client() for _ in range(concurrency)))


async def keep_queue(
    redis: ArqRedis, enough: asyncio.Event, length: int, jobs: Sequence[tuple[Any, ...]]
) -> None:
    """Keep so many jobs waiting for the workers until it is enough; those that are left are forgotten.

    Parameters:
        jobs: name and arguments; they take turns.
    """
    turns = cycle(jobs)
    while not enough.is_set():
        for _ in range(length - await redis.zcard(QUEUE)):
            await redis.enqueue_job(*next(turns))
        await asyncio.sleep(0.02)
    await redis.delete(QUEUE)
