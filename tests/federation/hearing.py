"""A whole site that hears: its inbox, and its drain at work in the test's own process, among other servers."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import msgspec
from sqlalchemy import text

from service.assembly import build_app
from service.config import Config
from service.federation.budget import Budget
from service.federation.fetch import Fetcher
from service.federation.intake.envelope import LANES
from service.federation.receive.drain import Drain
from service.federation.signatures import cavage
from service.http.application import Application
from service.http.context import INTAKE
from service.storage.transaction import Database
from tests.federation.network import CONFIG, Peer, peer
from tests.federation.signing import actor, signed
from tests.servers import DOMAIN
from tests.serving import held_by

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
HERE = f"https://{DOMAIN}"


class Hearing:
    """A site and the servers that talk to it.

    Attributes:
        outcomes: what became of the activities, by type and outcome.
    """

    def __init__(self, app: Application, stack: AsyncExitStack) -> None:
        self.app = app
        self.client = app.test_client()
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.drain = self.another_drain()
        self._stack = stack
        self._number = 0
        self._hosts = 0

    @property
    def database(self) -> Database:
        return held_by(self.app).database

    @property
    def fetcher(self) -> Fetcher:
        return self.app.extensions[INTAKE].fetcher  # type: ignore[no-any-return]

    def another_drain(self) -> Drain:
        """A worker beside the first one."""
        return Drain(self.database, self.fetcher, DOMAIN, lambda *outcome: self.outcomes.update([outcome]))

    async def server(self) -> Peer:
        """Another server, with an address of its own."""
        self._hosts += 1
        return await self._stack.enter_async_context(peer(f"127.0.0.{self._hosts + 1}"))

    async def send(self, activity: dict[str, Any] | bytes, *, by: str, path: str = "/inbox") -> int:
        """Bring a signed activity to the inbox; return the status of the answer."""
        received = signed(activity, key_id=f"{by}#main-key", path=path, form=cavage)
        headers = {"Content-Type": "application/activity+json"} | dict(received.headers)
        answer = await self.client.post(path, data=received.body, headers=headers)
        return int(answer.status_code)

    async def work(self) -> None:
        """Work off all that came, with all that is fetched for it."""
        while await self.drain.step(range(LANES)) or self.drain.waiting:
            await self.drain.settle()

    async def hear(self, *activities: dict[str, Any], by: str) -> None:
        """Bring activities, signed by the one who sends them, and work them off."""
        for activity in activities:
            assert await self.send(activity, by=by) == 202, activity
        await self.work()

    async def fetch_actor(self, url: str) -> None:
        """Know an actor of another server."""
        await self.drain._finder.actor(url, Budget())

    def activity(self, kind: str, by: str, thing: Any, **more: Any) -> dict[str, Any]:
        """An activity with an id of its own."""
        self._number += 1
        origin = "/".join(by.split("/")[:3])
        document = {"id": f"{origin}/activities/{self._number}", "type": kind, "actor": by, "object": thing}
        return document | {"to": [PUBLIC]} | more

    def announced(self, group: str, inner: Any) -> dict[str, Any]:
        """What a community tells of an activity."""
        return self.activity("Announce", group, inner, cc=[f"{group}/followers"])

    async def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """The rows of a statement."""
        async with self.database.read() as db:
            return [tuple(row) for row in await db.execute(text(statement), values)]

    async def value(self, statement: str, **values: Any) -> Any:
        """The one value of a statement; None without a row."""
        found = await self.rows(statement, **values)
        return found[0][0] if found else None

    async def do(self, statement: str, **values: Any) -> None:
        """Change rows."""
        async with self.database.engine.begin() as db:
            await db.execute(text(statement), values)

    async def sent(self) -> list[dict[str, Any]]:
        """What is to be sent, in its order."""
        bodies = await self.rows("SELECT body FROM pieloop.sent_activity ORDER BY id")
        return [msgspec.json.decode(body) for (body,) in bodies]


@asynccontextmanager
async def hearing(config: Config) -> AsyncIterator[Hearing]:
    """Run a site."""
    limits = msgspec.structs.replace(config.limits, enabled=False)
    app = build_app(msgspec.structs.replace(config, limits=limits, outbound=CONFIG))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.test_app())  # type: ignore[arg-type]
        site = Hearing(app, stack)
        stack.push_async_callback(site.drain.stop)
        yield site


def group(server: Peer, name: str = "trains", **fields: Any) -> str:
    """Let a server have a community; return its id."""
    url = server.id(f"/c/{name}")
    described = {
        "type": "Group",
        "name": name.title(),
        "followers": f"{url}/followers",
        "outbox": f"{url}/outbox",
        "featured": f"{url}/featured",
        "attributedTo": f"{url}/moderators",
    }
    return actor(server, f"/c/{name}", **(described | fields))


def page(author: str, place: str, path: str = "/post/1", **fields: Any) -> dict[str, Any]:
    """A post as Lemmy writes it."""
    origin = "/".join(author.split("/")[:3])
    return {
        "id": f"{origin}{path}",
        "type": "Page",
        "attributedTo": author,
        "name": "A title of some length",
        "content": "<p>Some words</p>",
        "source": {"content": "Some words", "mediaType": "text/markdown"},
        "to": [place, PUBLIC],
        "cc": [],
        "audience": place,
        "published": "2026-01-02T03:04:05Z",
    } | fields


def note(author: str, parent: str, place: str, path: str = "/comment/1", **fields: Any) -> dict[str, Any]:
    """A comment as Lemmy writes it."""
    written = page(author, place, path, type="Note", inReplyTo=parent)
    del written["name"]
    return written | fields
