"""A server that others wrote the protocol of: Fedify, run by Node, told what to do over a second port."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import aiohttp

from service.processes.children import start, stop
from tests.federate.authority import Papers
from tests.federate.front import front
from tests.federate.network import ADDRESSES
from tests.federate.site import eventually, free_port

FOLDER = Path(__file__).parent / "peer"
Signature = Literal["draft-cavage-http-signatures-12", "rfc9421"]


@dataclass
class Fedify:
    """A running peer: people are called u-…, communities c-…, and all of them exist."""

    name: str
    control: str
    session: aiohttp.ClientSession

    def actor(self, name: str) -> str:
        """Return the id of somebody of it."""
        return f"https://{self.name}/x/{name}"

    async def does(self, verb: str, **fields: Any) -> Any:
        """Let it do something; return what it says of it."""
        async with self.session.post(f"{self.control}/{verb}", json=fields) as answer:
            assert answer.status == 200, (await answer.text())[:1000]
            return await answer.json()

    async def heard(self, kind: str) -> list[dict[str, Any]]:
        """Return the activities of a type that have come in."""
        async with self.session.get(f"{self.control}/heard") as answer:
            return [one for one in await answer.json() if one["type"] == kind]

    async def hears(self, kind: str, of: str) -> dict[str, Any]:
        """Wait for an activity of a type that names an id somewhere; return it."""

        async def look() -> dict[str, Any] | None:
            return next((one for one in await self.heard(kind) if of in str(one)), None)

        found = await eventually(look, f"{self.name} hears {kind} of {of}")
        assert found is not None
        return found


@asynccontextmanager
async def fedify(name: str, place: Path, papers: Papers, signature: Signature) -> AsyncIterator[Fedify]:
    """Run a peer of this name while the body runs.

    Parameters:
        name: one of network.ADDRESSES.
        place: for what it writes.
        papers: its certificate, and whom it trusts.
        signature: the kind that it tries first.
    """
    port, control = free_port(), free_port()
    with (place / f"{name}.log").open("ab") as log:
        child = start(
            [
                "/usr/bin/env",
                "node",
                FOLDER / "peer.js",
                f"https://{name}",
                str(port),
                str(control),
                signature,
            ],
            environ=_environ(papers),
            stdout=log,
            stderr=log,
        )
        async with front(ADDRESSES[name], port, papers.for_servers()), aiohttp.ClientSession() as session:
            try:
                peer = Fedify(name, f"http://127.0.0.1:{control}", session)
                await eventually(lambda: _answers(peer), f"{name} serves")
                yield peer
            finally:
                await stop(child, (signal.SIGTERM, 5.0))


def _environ(papers: Papers) -> dict[str, str]:
    return {**os.environ, "NODE_EXTRA_CA_CERTS": str(papers.authority)}


async def _answers(peer: Fedify) -> bool:
    try:
        return await peer.heard("anything") == []
    except aiohttp.ClientError:
        return False
