"""A network of servers on this machine: documents by their ids, and everything that was asked."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from service.config import OutboundConfig
from service.outbound.client import OutboundClient, open_outbound
from tests.outbound.servers import Answer, Asked, Server, replies, serve

STREAMS = "application/activity+json"
CONFIG = OutboundConfig(allowed_networks=("127.0.0.0/8",), deadline=5)


class Peer:
    """One server: what it has, by path."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.answers: dict[str, Answer] = {}

    def id(self, path: str) -> str:
        return self.server.url(path)

    def has(self, path: str, **fields: Any) -> str:
        """Let it have an object; return its id."""
        document = {"id": self.id(path), "type": "Note", "attributedTo": self.id("/u/ana")} | fields
        self.answers[path] = replies(json.dumps(document).encode(), content_type=STREAMS)
        return self.id(path)

    def answers_with(self, path: str, answer: Answer) -> str:
        self.answers[path] = answer
        return self.id(path)

    def asked(self, path: str) -> list[Asked]:
        return [one for one in self.server.asked if one.path == path]


@asynccontextmanager
async def peer(host: str = "127.0.0.1") -> AsyncIterator[Peer]:
    """Run a server."""
    missing = replies(b"", "404 Not Found", "text/plain")
    running: list[Peer] = []

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await running[0].answers.get(asked.path, missing)(asked, writer)

    async with serve(answer, host) as server:
        running.append(Peer(server))
        yield running[0]


@asynccontextmanager
async def client(config: OutboundConfig = CONFIG) -> AsyncIterator[OutboundClient]:
    """Open the way out to them."""
    async with open_outbound(config, "Pieloop") as opened:
        yield opened
