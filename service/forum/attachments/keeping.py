"""How files come into the store and leave it: short writes around what takes time, and no connection held meanwhile.

Called by the doors after an upload, by the media worker, by upkeep and by `pieloop doctor`.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence

import msgspec
import structlog

from service.forum.attachments import objects
from service.forum.attachments.shapes import Claim, InventoryPage
from service.language import _
from service.media.errors import StoreUnavailable
from service.media.store import NamedSizes, Store, store_image, waiting_path
from service.storage.transaction import Database

log = structlog.get_logger()

PATIENCE = 3.0  # seconds for a deletion of the same file to end
BATCH = 500
# A file that lies in the store unknown belongs to an upload at work, or to one whose writer died, or the inventory was
# lost: after a day it is known which.
ORPHANED_AFTER = 86_400.0  # seconds
# Much less than objects.DOOMED_FOR, after which somebody else may take over.
REMOVAL = 60.0  # seconds


class Swept(msgspec.Struct, frozen=True):
    """What a sweep did: files deleted from the store, files found there that nobody knew, drafts removed."""

    removed: int
    registered: int
    drafts: int


async def keep(database: Database, store: Store, named: NamedSizes) -> Claim:
    """Put the sizes of an image into the store; whoever writes their rows confirms the claim in the same transaction.

    Raises:
        StoreFull, StoreFailed, StoreUnavailable: nothing is used that is not there; what was written is swept up.
    """
    claim = await _announce(database, named.paths)
    await store_image(store, named)
    return claim


async def keep_waiting(database: Database, store: Store, data: bytes) -> Claim:
    """Put an upload into the store as it is, for a worker; the one path of the claim is where.

    Raises:
        StoreFull, StoreFailed, StoreUnavailable: as `keep`.
    """
    claim = await _announce(database, [waiting_path()])
    await store.put(claim.paths[0], data)
    return claim


async def remove_unused(database: Database, store: Store, paths: Sequence[str]) -> int:
    """Delete those of the files that nothing uses any more; return how many. Idempotent.

    Raises:
        StoreUnavailable: to be tried again; what was chosen goes with the next sweep.
    """
    marked = await database.write(objects.mark_for_deletion, paths)
    if not marked:
        return 0
    try:
        async with asyncio.timeout(REMOVAL):
            for path in marked:
                await store.remove(path)
    except TimeoutError as error:
        raise StoreUnavailable(_("Deleting the image took too long. Try again.")) from error
    await database.write(objects.forget, marked)
    return len(marked)


async def sweep(database: Database, store: Store, *, orphaned_after: float = ORPHANED_AFTER) -> Swept:
    """Delete from the store what nothing uses: left behind by crashes, or found there and known to nobody.

    Two sweeps at once do no harm, and one that is ended in the middle is gone on with by the next.

    Parameters:
        database, store: this process's own.
        orphaned_after: seconds for which a file that nobody knows is left alone.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    drafts = await store.tidy()
    registered = 0
    async for paths in _orphans(database, store, orphaned_after):
        registered += await database.write(objects.register_orphans, paths)
    removed = 0
    async for page in inventory(database):
        removed += await remove_unused(database, store, page.unused)
    if removed or registered or drafts:
        log.info("store_swept", removed=removed, registered=registered, drafts=drafts)
    return Swept(removed, registered, drafts)


async def inventory(database: Database) -> AsyncIterator[InventoryPage]:
    """Look through the whole inventory, page by page."""
    after: str | None = ""
    while after is not None:
        async with database.read() as db:
            page = await objects.page_of(db, after=after)
        yield page
        after = page.last


async def _announce(database: Database, paths: list[str]) -> Claim:
    deadline = time.monotonic() + PATIENCE
    while True:
        claim = await database.write(objects.announce, paths)
        if claim is not None:
            return claim
        if time.monotonic() > deadline:
            raise StoreUnavailable(_("This image is being deleted. Try again in a moment."))
        await asyncio.sleep(0.05)


async def _orphans(database: Database, store: Store, age: float) -> AsyncIterator[list[str]]:
    """Files in the store, older than `age` seconds, that the inventory does not have; in batches."""
    batch: list[str] = []
    async for found in store.listing():
        if found.age >= age:
            batch.append(found.path)
        if len(batch) == BATCH:
            yield await _unknown(database, batch)
            batch = []
    yield await _unknown(database, batch)


async def _unknown(database: Database, paths: list[str]) -> list[str]:
    async with database.read() as db:
        known = await objects.known(db, paths)
    return [path for path in paths if path not in known]
