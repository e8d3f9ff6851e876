"""A site that sends: a community, its members on other servers, and a courier whose time a test decides on."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.config import OutboundConfig
from service.federation.deliver.courier import Courier
from service.federation.deliver.log import append
from service.federation.deliver.outgoing import Outgoing, Signer, kind_of
from service.federation.signatures.keys import PublicKey
from service.outbound.client import OutboundClient, open_outbound
from service.storage.tables import Community, CommunityMember, Instance, User
from service.storage.transaction import Database
from tests.federation.signing import key
from tests.federation.sink import Sink, sink
from tests.forum.making import add

LONG_AGO = datetime(2020, 1, 1)
HERE = "https://pie.example"
GROUP, MEMBER = Signer("community", 7), Signer("person", 70)
KEY_IDS = {GROUP: f"{HERE}/c/cats#main-key", MEMBER: f"{HERE}/u/ana#main-key"}
DELIVERIES = OutboundConfig(allowed_networks=("127.0.0.0/8",), deadline=5, total=512, per_host=8)


class Clock:
    """A time that goes on when a test says so; it begins now, since rows are dated by the database."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now

    def goes_on(self, seconds: float) -> None:
        self.now += seconds


class Site:
    """The site, its couriers, and the servers around it."""

    def __init__(self, database: Database, client: OutboundClient, stack: AsyncExitStack) -> None:
        self.database, self.client, self._stack = database, client, stack
        self.clock = Clock()
        self.blocked: set[str] = set()
        self.keys: dict[str, PublicKey] = {key_id: key().public_key() for key_id in KEY_IDS.values()}
        self._said = 0

    def courier(self) -> Courier:
        """A process that sends."""
        return Courier(
            self.database,
            self.client,
            domain="pie.example",
            admits=lambda host: host not in self.blocked,
            clock=self.clock,
        )

    async def server(self, number: int, *, software: str = "lemmy", member: bool = True) -> Sink:
        """A server, with somebody who is a member of the community."""
        host = f"127.0.0.{number}"
        there = await self._stack.enter_async_context(sink(self.keys, host, self.clock))
        await add(
            self.database,
            Instance(id=number, domain=host, inbox=there.inbox, software=software, last_seen=LONG_AGO),
        )
        person = User(id=number * 100, user_name=f"bo{number}", instance_id=number, ap_inbox_url=there.inbox)
        await add(self.database, person)
        if member:
            await add(self.database, CommunityMember(user_id=person.id, community_id=GROUP.id))
        return there

    async def say(self, lane: str = "", **fields: Any) -> str:
        """Let the community announce something; return its id."""
        return (await self.say_all([lane], **fields))[0]

    async def say_all(self, lanes: list[str], kind: str = "Like", **fields: Any) -> list[str]:
        """Let the community announce something in each of the lanes; a lane of its own where it is empty."""
        said = [self._announce(lane, kind, **fields) for lane in lanes]
        await self.database.write(append, said)
        return [one.id for one in said]

    def _announce(self, lane: str, kind: str, **fields: Any) -> Outgoing:
        self._said += 1
        identity = f"{HERE}/activities/announce/{self._said}"
        inner = {
            "id": f"{HERE}/activities/{kind.lower()}/{self._said}",
            "type": kind,
            "actor": f"{HERE}/u/ana",
            "object": fields.pop("object", f"{HERE}/post/{self._said}"),
        }
        announce = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": identity,
            "type": "Announce",
            "actor": f"{HERE}/c/cats",
            "object": inner,
        }
        known: dict[str, Any] = {
            "id": identity,
            "kind": kind_of(announce),
            "body": json.dumps(announce).encode(),
            "signer": GROUP,
            "lane": lane or f"x{self._said}",
            "author_id": MEMBER.id,
            "community_id": GROUP.id,
        }
        return Outgoing(**(known | fields))

    async def change(self, statement: str) -> None:
        """Change rows as another part of the site would."""

        async def write(session: AsyncSession) -> None:
            await session.execute(text(statement))

        await self.database.write(write)

    async def hears_from(self, number: int) -> None:
        """A server has sent something that was taken in."""
        now = f"to_timestamp({self.clock.now}) AT TIME ZONE 'utc'"
        await self.change(f"UPDATE instance SET last_seen = {now} WHERE id = {number}")

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        async with self.database.read() as db:
            return [tuple(row) for row in await db.execute(text(statement))]


@asynccontextmanager
async def site(database: Database) -> AsyncIterator[Site]:
    """Make the site."""
    pem = key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    await add(
        database,
        Community(id=GROUP.id, name="cats", ap_profile_id=f"{HERE}/c/cats", private_key=pem, instance_id=1),
        User(id=MEMBER.id, user_name="ana", ap_profile_id=f"{HERE}/u/ana", private_key=pem, instance_id=1),
    )
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(open_outbound(DELIVERIES, "Pieloop"))
        yield Site(database, client, stack)


@asynccontextmanager
async def at_work(courier: Courier) -> AsyncIterator[Courier]:
    """Let a courier carry what its lines let go, and stop it in the end."""
    carrying = asyncio.create_task(courier.carrier.run())
    try:
        yield courier
    finally:
        carrying.cancel()
        await asyncio.wait([carrying])
        await courier.stop(5)


async def settle(courier: Courier) -> None:
    """Go through rounds until nothing is on its way any more, nor can go now."""
    while True:
        await courier.round()
        while not courier.is_idle:
            await asyncio.sleep(0.001)
        await courier.read()
        if courier.is_idle:
            await courier.save()
            return
