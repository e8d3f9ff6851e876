"""A whole Pieloop as `pieloop up` runs it, behind TLS and a name, and the people who use it through its API."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import asyncpg

from service.processes.children import Child, start, stop
from tests.federate.authority import Papers
from tests.federate.front import front
from tests.federate.network import ADDRESSES

ROOT = Path(__file__).parents[2]
SECRET = "the secret of these tests, and of nothing else"
ADMINISTRATOR, PASSWORD = "keeper", "keeper-of-the-test-1"
READY_WITHIN = 90.0  # seconds
HEARD_WITHIN = 30.0  # seconds from an act here to its effect there
STREAMS = "application/activity+json"

T = TypeVar("T")


@dataclass
class Person:
    """Somebody with an account, signed in to the API."""

    site: "Site"
    name: str
    token: str

    @property
    def id(self) -> str:
        return f"https://{self.site.name}/u/{self.name}"

    async def get(self, path: str, **query: Any) -> Any:
        """Read from the API; return the decoded answer."""
        return await self.site.ask("GET", path, self.token, params=query)

    async def post(self, path: str, **body: Any) -> Any:
        """Do something by the API; return the decoded answer."""
        return await self.site.ask("POST", path, self.token, json=body)

    async def put(self, path: str, **body: Any) -> Any:
        """Change something by the API; return the decoded answer."""
        return await self.site.ask("PUT", path, self.token, json=body)


@dataclass
class Site:
    """A running Pieloop.

    Attributes:
        name: its domain.
        database: where its PostgreSQL listens.
        pid: of `pieloop up`.
    """

    name: str
    session: aiohttp.ClientSession
    database: str
    pid: int
    people: dict[str, Person] = field(default_factory=dict)

    async def ask(self, method: str, path: str, token: str | None = None, **more: Any) -> Any:
        """Ask the API; return the decoded answer.

        Parameters:
            path: below /api/alpha.
            token: of whoever asks.

        Raises:
            AssertionError: it did not answer with success; with what it said.
        """
        headers = more.pop("headers", {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        url = f"https://{self.name}/api/alpha{path}"
        async with self.session.request(method, url, headers=headers, **more) as answer:
            said = await answer.text()
            assert answer.ok, f"{method} {path}: {answer.status} {said[:500]}"
            return await answer.json()

    async def document(self, url: str, status: int = 200) -> Any:
        """Fetch a document as another server would."""
        async with self.session.get(url, headers={"Accept": STREAMS}) as answer:
            said = await answer.text()
            assert answer.status == status, f"{url}: {answer.status} {said[:500]}"
            return await answer.json(content_type=None) if status != 404 else None

    async def sign_in(self, name: str, password: str = PASSWORD) -> Person:
        """Return a person with a token."""
        given = await self.ask("POST", "/user/login", json={"username": name, "password": password})
        self.people[name] = Person(self, name, given["jwt"])
        return self.people[name]

    async def register(self, name: str) -> None:
        """Make an account, as another system of its administrator would."""
        account = {"username": name, "email": f"{name}@mail.example", "password": PASSWORD}
        await self.administer("POST", "/private_register", json=account)

    async def administer(self, method: str, path: str, **more: Any) -> Any:
        """Ask the administrator's API; return the decoded answer."""
        return await self.ask(method, f"/admin{path}", headers={"X-PieFed-Secret": SECRET}, **more)

    async def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Read from its database."""
        connection = await asyncpg.connect(self.database)
        try:
            return [dict(row) for row in await connection.fetch(sql, *values)]
        finally:
            await connection.close()

    async def value(self, sql: str, *values: Any) -> Any:
        """Read one value from its database."""
        rows = await self.rows(sql, *values)
        return next(iter(rows[0].values())) if rows else None


@asynccontextmanager
async def running(name: str, place: Path, papers: Papers) -> AsyncIterator[Site]:
    """Run a Pieloop of this name while the body runs.

    Parameters:
        name: one of network.ADDRESSES.
        place: for its data; short, since sockets lie in it.
        papers: its certificate, and whom it trusts.
    """
    port, data = free_port(), place / name
    with (place / f"{name}.log").open("ab") as log:
        child = start(
            [sys.executable, "-m", "service", "up"],
            environ=_environ(name, data, port, papers),
            stdout=log,
            stderr=log,
        )
        connector = aiohttp.TCPConnector(ssl=papers.for_clients(), force_close=True)
        async with (
            front(ADDRESSES[name], port, papers.for_servers()),
            aiohttp.ClientSession(connector=connector) as session,
        ):
            try:
                await _ready(child, session, name, place)
                yield Site(
                    name, session, f"postgresql://pieloop@/pieloop?host={data}/run/postgres", child.pid
                )
            finally:
                await stop(child, (signal.SIGTERM, 60.0))


async def eventually(look: Callable[[], Awaitable[T]], what: str, *, within: float = HEARD_WITHIN) -> T:
    """Look until something is there; return it.

    Parameters:
        look: returns what is looked for, or something false.
        what: in words, for the failure.
        within: seconds.
    """
    deadline = time.monotonic() + within
    while True:
        found = await look()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {within:.0f} s: {what}"
        await asyncio.sleep(0.1)


def _environ(name: str, data: Path, port: int, papers: Papers) -> dict[str, str]:
    settings = {
        "PIELOOP_DATA_DIR": data,
        "PIELOOP_SITE_DOMAIN": name,
        "PIELOOP_SITE_SCHEME": "https",
        "PIELOOP_HTTP_BIND": f"127.0.0.1:{port}",
        "PIELOOP_HTTP_TRUSTED_PROXIES": "127.0.0.0/8",
        "PIELOOP_OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8",
        "PIELOOP_LIMITS_ENABLED": "false",
        "PIELOOP_HTTP_KEPT_FOR_STRANGERS": "0",
        # Once a site knows that the other one takes several votes at once, each waits a minute for others.
        "PIELOOP_FEDERATION_VOTES_WAIT": 1,
        "PIELOOP_ADMIN_NAME": ADMINISTRATOR,
        "PIELOOP_ADMIN_PASSWORD": PASSWORD,
        "PIELOOP_PRIVATE_REGISTRATION_ENABLED": "true",
        "PIELOOP_PRIVATE_REGISTRATION_SECRET": SECRET,
        "PIELOOP_PRIVATE_REGISTRATION_RATE_LIMIT": 1000,
        "PIELOOP_LOG_FORMAT": "json",
        "SSL_CERT_FILE": papers.authority,
    }
    ours = {key: value for key, value in os.environ.items() if not key.startswith("PIELOOP_")}
    return {**ours, "PYTHONPATH": str(ROOT), **{key: str(value) for key, value in settings.items()}}


async def _ready(child: Child, session: aiohttp.ClientSession, name: str, place: Path) -> None:
    async def answers() -> bool:
        log = place / f"{name}.log"
        assert child.poll() is None, log.read_text(encoding="utf-8", errors="replace")[-3000:]
        try:
            async with session.get(f"https://{name}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    await eventually(answers, f"{name} serves", within=READY_WITHIN)


def free_port() -> int:
    """Return a port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
