"""The keys of local actors, read once and kept for a while: reading one takes longer than signing with it."""

import asyncio

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.federation.completing import complete
from service.federation.deliver.outgoing import Signer
from service.federation.instance import actor_id
from service.federation.memory import Memory
from service.federation.signatures.keys import private_key_from
from service.storage.tables import Community, Feed, Site, User
from service.storage.transaction import Database

MOST_KEYS = 1000
KEPT_FOR = 600.0  # seconds
ACTORS: dict[str, type[User] | type[Community] | type[Feed]] = {
    "person": User,
    "community": Community,
    "feed": Feed,
}


class Credentials(msgspec.Struct, frozen=True):
    """A local actor's key, and the id under which others find its other half."""

    key_id: str
    key: RSAPrivateKey


class Signers:
    """The keys that this process has read.

    Parameters:
        database: has all of them.
        domain: the site's.
    """

    def __init__(self, database: Database, domain: str) -> None:
        self._database = database
        self._domain = domain
        self._known: Memory[Signer, Credentials] = Memory(MOST_KEYS)
        self._reading: dict[Signer, asyncio.Task[Credentials | None]] = {}

    async def credentials(self, signer: Signer) -> Credentials | None:
        """Return an actor's key; None where it has none that can be used.

        Raises:
            StorageError: the database cannot be reached.
        """
        if known := self._known.get(signer):
            return known
        reading = self._reading.get(signer)
        if reading is None:  # hundreds of deliveries may want the same key at once
            reading = self._reading[signer] = asyncio.create_task(self._read(signer))
            reading.add_done_callback(lambda _: self._reading.pop(signer, None))
        found = await asyncio.shield(reading)
        if found is not None:
            self._known.put(signer, found, KEPT_FOR)
        return found

    async def _read(self, signer: Signer) -> Credentials | None:
        owner, pem = await self._stored(signer)
        if not pem:  # PieFed gives some actors their keys later
            await complete(self._database, signer.kind, signer.id, domain=self._domain)
            owner, pem = await self._stored(signer)
        try:
            return Credentials(key_id_of(owner), private_key_from(pem)) if pem and owner else None
        except ValueError:
            return None

    async def _stored(self, signer: Signer) -> tuple[str | None, str | None]:
        async with self._database.read() as db:
            return await stored_key(db, signer, self._domain)


async def stored_key(db: AsyncConnection, signer: Signer, domain: str) -> tuple[str | None, str | None]:
    """Return the id of a local actor and its private key as text; None for what its row lacks.

    Parameters:
        db: a connection.
        signer: the actor.
        domain: the site's.
    """
    if signer.kind == "site":
        return actor_id(domain), await db.scalar(select(Site.private_key).order_by(Site.id).limit(1))
    table = ACTORS[signer.kind]
    url = func.coalesce(table.ap_public_url, table.ap_profile_id)
    found = (await db.execute(select(url, table.private_key).where(table.id == signer.id))).one_or_none()
    return (found[0], found[1]) if found else (None, None)


def key_id_of(owner: str) -> str:
    """Return the id of an actor's key, as its document has it."""
    return f"{owner}#main-key"
