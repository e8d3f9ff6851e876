"""The image store, beside what the database says of it: files that nothing uses, and files that are not there."""

from collections.abc import AsyncIterator

from service.config import Config
from service.doctor.findings import Finding
from service.doctor.opened import opened
from service.forum.attachments import keeping, objects
from service.media.errors import MediaError
from service.media.store import Store, open_store
from service.storage.fork_guard import Owned
from service.storage.transaction import Database, StorageError

BATCH = 500
SUBJECT = "images"
REPAIR = "pieloop doctor --repair (a worker does it every night)"
BRING_BACK = "restore them from the image store's backup. Until then their posts show no image"
SHOWN = 3
PROBE = f"media/00/00/{'0' * 64}.webp"


async def look_at_images(config: Config, *, every_file: bool, repair: bool) -> Finding:
    """See that the store answers and that nothing lies there for nothing.

    Parameters:
        config: the whole configuration; PostgreSQL has answered, and its schema is current.
        every_file: compare every file of the store with the database as well, which takes its time.
        repair: delete first what nothing uses.
    """
    store = open_store(config, Owned("the image store").check)
    try:
        async with opened(config) as database:
            await store.size_of(PROBE)
            done = await _repair(database, store) if repair else ""
            words, wrong, mend = await _unused(database)
            if every_file:
                more, missing = await _compare(database, store)
                words, wrong = f"{words}; {more}", wrong or missing
                mend = BRING_BACK if missing else mend
    except (MediaError, StorageError) as error:
        return Finding(SUBJECT, False, str(error), _look_after(config))
    return Finding(SUBJECT, not wrong, words + done, mend if wrong else "")


async def _repair(database: Database, store: Store) -> str:
    swept = await keeping.sweep(database, store)
    return f"; {swept.removed} deleted now, {swept.registered} of them unknown before"


async def _unused(database: Database) -> tuple[str, bool, str]:
    files = unused = 0
    async for page in keeping.inventory(database):
        files, unused = files + page.count, unused + len(page.unused)
    return f"{files} files, {unused} of them unused", unused > 0, REPAIR


async def _compare(database: Database, store: Store) -> tuple[str, bool]:
    """Say which files nobody knows, and which are missing."""
    there = {found.path: found.age async for found in store.listing()}
    old = [path for path, age in there.items() if age > keeping.ORPHANED_AFTER]
    orphans = 0
    for start in range(0, len(old), BATCH):
        page = old[start : start + BATCH]
        async with database.read() as db:
            orphans += len(page) - len(await objects.known(db, page))
    missing = [path async for path in _used(database) if path not in there]
    words = f"{len(there)} in the store, {orphans} of them unknown, {len(missing)} missing"
    if missing:
        words += f" ({', '.join(missing[:SHOWN])}{', …' if len(missing) > SHOWN else ''})"
    return words, bool(missing)


async def _used(database: Database) -> AsyncIterator[str]:
    last = 0
    while True:
        async with database.read() as db:
            page = await objects.used_after(db, last, BATCH)
        if not page:
            return
        last = page[-1][0]
        for _, paths in page:
            for path in paths:
                yield path


def _look_after(config: Config) -> str:
    if config.store.kind == "s3":
        where = config.store.s3_endpoint or "S3"
        return f"check that {where} is reachable, and that store.s3_bucket and its keys are correct"
    return f"ls -la {config.data_dir / 'media'}"
