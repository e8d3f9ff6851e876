"""The keys of local actors, read once and kept for a while: reading one takes longer than signing with it."""

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from sqlalchemy import func, select

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

    async def credentials(self, signer: Signer) -> Credentials | None:
        """Return an actor's key; None where it has none that can be used.

        Raises:
            StorageError: the database cannot be reached.
        """
        known = self._known.get(signer)
        if known is None and (known := await self._read(signer)) is not None:
            self._known.put(signer, known, KEPT_FOR)
        return known

    async def _read(self, signer: Signer) -> Credentials | None:
        async with self._database.read() as db:
            if signer.kind == "site":
                pem = await db.scalar(select(Site.private_key).order_by(Site.id).limit(1))
                owner: str | None = actor_id(self._domain)
            else:
                table = ACTORS[signer.kind]
                url = func.coalesce(table.ap_public_url, table.ap_profile_id)
                found = await db.execute(select(table.private_key, url).where(table.id == signer.id))
                pem, owner = found.one_or_none() or (None, None)
        try:
            return Credentials(f"{owner}#main-key", private_key_from(pem)) if pem and owner else None
        except ValueError:
            return None
