"""Public keys of those who send: from memory, from the tables, else from their server.

A key is believed only if its owner's document names it, and it is the actor's own. No connection is held while another
server is asked.

Source: https://docs.joinmastodon.org/spec/security/#http-verify
"""

import asyncio
from contextlib import suppress

import msgspec
from sqlalchemy import func, literal, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.budget import Budget
from service.federation.errors import Malformed, Refused, Unsigned
from service.federation.fetch import Fetcher, Gone, Later, Missing, NotHad
from service.federation.memory import Memory
from service.federation.origin import same_origin
from service.federation.read.actors import Key, keys_in
from service.federation.signatures.keys import PublicKey, public_key_from
from service.federation.vocabulary import Document, as_id
from service.storage.tables import Community, Feed, User
from service.storage.transaction import Database

MOST_KEYS = 50_000
KEPT_FOR = 3600.0  # seconds
REFETCH_EVERY = 600.0  # an actor's keys, after a signature that did not hold
FETCHES_AT_ONCE = 50
FETCHES, PATIENCE = 3, 5.0


class ActorKey(msgspec.Struct, frozen=True):
    """A key, and whose it is."""

    owner: str
    key: PublicKey


class TooManyStrangers(Refused):
    """So many unknown actors are being looked up that this one has to wait."""

    def __init__(self) -> None:
        super().__init__("strangers", "Too many unknown actors are being looked up.")


class Keyring:
    """The keys that this process knows.

    Parameters:
        database: has the keys of all actors that were met.
        fetcher: asks for others.
    """

    def __init__(self, database: Database, fetcher: Fetcher) -> None:
        self._database = database
        self._fetcher = fetcher
        self._keys: Memory[str, ActorKey] = Memory(MOST_KEYS)
        self._refetched: Memory[str, bool] = Memory(MOST_KEYS)
        self._places = asyncio.Semaphore(FETCHES_AT_ONCE)

    async def known(self, key_id: str, actor: str) -> ActorKey | None:
        """Return a key that we have met; None for one that we have not.

        Parameters:
            key_id: as the signature names it.
            actor: who is said to have signed.

        Raises:
            StorageError: the database cannot be reached.
        """
        if remembered := self._keys.get(key_id):
            return remembered
        pem = await self._stored(actor) if _is_of_actor(key_id, actor) else None
        return self._remember(key_id, actor, pem) if pem else None

    async def fetched(self, key_id: str, actor: str | None) -> ActorKey:
        """Ask the actor's server for a key.

        Parameters:
            key_id, actor: as for known; None where nobody said who signed: it is the key's owner.

        Raises:
            TooManyStrangers, Later: not now.
            Gone: the actor is not there any more.
            Unsigned: there is no such key, or it is not the actor's.
        """
        key = await self._fetch(key_id, actor)
        return self._remember(key_id, key.owner, key.pem)

    async def _fetch(self, key_id: str, actor: str | None) -> Key:
        if self._places.locked():
            raise TooManyStrangers
        budget = Budget(fetches=FETCHES)
        async with self._places:
            try:
                async with asyncio.timeout(PATIENCE):
                    return await self._ask(key_id, actor, budget)
            except TimeoutError:
                raise Later(key_id) from None
            except (Gone, Later):
                raise
            except (NotHad, Malformed) as refusal:
                raise Unsigned(f"The key cannot be had: {refusal}") from None

    async def changed(self, key_id: str, actor: str) -> ActorKey | None:
        """Ask anew after a signature that did not hold: the actor may have a new key. Once in ten minutes for each.

        Returns:
            None where that was done a short while ago.

        Raises:
            As fetched; StorageError.
        """
        if self._refetched.get(actor):
            return None
        self._refetched.put(actor, True, REFETCH_EVERY)
        for url in (key_id, actor):
            self._fetcher.forget(url.partition("#")[0])
        self._keys.forget(key_id)
        key = await self._fetch(key_id, actor)
        found = self._remember(key_id, key.owner, key.pem)
        # Other processes, and this one after its next start, are to know it, too.
        await self._database.write(_keep, key)
        return found

    async def _ask(self, key_id: str, actor: str | None, budget: Budget) -> Key:
        """Return the key, once its owner's document names it."""
        document = await self._fetcher.document(key_id.partition("#")[0], budget)
        key = _key_in(document, key_id)
        if key is None or (actor is not None and key.owner.lower() != actor.lower()):
            raise Unsigned("The key is not the actor's.")
        if as_id(document) != key.owner:
            await self._check_pointer(key_id, key.owner, budget)
        return key

    async def _check_pointer(self, key_id: str, owner: str, budget: Budget) -> None:
        """Refuse a key with a document of its own (GoToSocial) unless its owner's document names it.

        A server that shows its actors to nobody unknown is believed about its own keys.
        """
        if not same_origin(owner, key_id):
            raise Unsigned("The key is on another server than its owner.")
        with suppress(Missing):
            document = await self._fetcher.document(owner, budget)
            if _key_in(document, key_id) is None:
                raise Unsigned("The key's owner does not name it.")

    async def _stored(self, actor: str) -> str | None:
        address = actor.lower()
        kinds = (User, Community, Feed)
        statement = union_all(
            *(
                select(kind.public_key).where(
                    kind.ap_profile_id == literal(address), kind.public_key.is_not(None)
                )
                for kind in kinds
            )
        )
        async with self._database.read() as db:
            found: str | None = await db.scalar(select(func.max(statement.subquery().c.public_key)))
        return found

    def _remember(self, key_id: str, actor: str, pem: str) -> ActorKey:
        found = ActorKey(actor, public_key_from(pem))
        self._keys.put(key_id, found, KEPT_FOR)
        return found


async def _keep(session: AsyncSession, key: Key) -> None:
    """Write down the key of an actor that was met, unless it is of this site."""
    for kind in (User, Community, Feed):
        row = update(kind).where(kind.ap_profile_id == key.owner.lower(), ~kind.is_local)
        await session.execute(row.values(public_key=key.pem).execution_options(synchronize_session=False))


def _is_of_actor(key_id: str, actor: str) -> bool:
    """Whether a key's id says by itself whose it is: the actor's with a fragment."""
    return key_id.partition("#")[0].lower() == actor.lower()


def _key_in(document: Document, key_id: str) -> Key | None:
    return next((key for key in keys_in(document) if key.id == key_id), None)
