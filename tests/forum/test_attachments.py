"""The end of pictures: deleting a file and beginning to use it never undo each other; what is left behind is found."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from service.forum.accounts.viewer import Viewer
from service.forum.attachments import copies, keeping, objects, operations, queries
from service.forum.attachments.queries import preview_target
from service.forum.attachments.shapes import StoredImage, WaitingUpload, stored_image
from service.forum.errors import NotFound
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost, Published, Shown
from service.lifecycle import Resources
from service.media.errors import StoreUnavailable
from service.media.results import ColourOutcome, ProcessedImage, Rendition
from service.media.store import NamedSizes, Store, name_sizes
from service.media.store.local import LocalStore
from service.storage.transaction import Database, StorageError
from tests.forum.making import DOMAIN, community, member
from tests.working import trust_the_clock, work_off
from workers import upkeep


def picture(word: str = "picture") -> ProcessedImage:
    """What an image process would answer; the bytes need not be an image here."""
    body = word.encode()
    return ProcessedImage(
        body=body, width=30, height=20, medium=Rendition(body + b" medium", 15, 10),
        thumbnail=Rendition(body + b" small", 3, 2), content_type="image/webp", extension=".webp", frames=1,
        average="#102030", source_format="PNG", colour=ColourOutcome.ASSUMED_SRGB, perceptual_hash=bytes(32),
        hash_quality=100,
    )  # fmt: skip


def named(word: str = "picture") -> NamedSizes:
    return name_sizes(picture(word))


def as_rows(word: str = "picture") -> StoredImage:
    sizes = named(word)
    return stored_image(
        sizes.sizes, picture(word), source_url=f"https://pie.example/{sizes.sizes.original.path}"
    )


async def upload(database: Database, store: Store, owner_id: int, word: str = "picture") -> int:
    claim = await keeping.keep(database, store, named(word))
    return await database.write(operations.keep_upload, owner_id, as_rows(word), claim)


async def publish(database: Database, author: Viewer, place: int, **more: Any) -> Published:
    new = NewPost(community_id=place, **({"title": "A post"} | more))
    return await database.write(posts.publish, author, new, domain=DOMAIN)


async def files_in(store: Store) -> set[str]:
    return {found.path async for found in store.listing()}


async def number(database: Database, statement: str) -> int:
    async with database.read() as db:
        found: int = (await db.execute(text(statement))).scalar_one()
        return found


@pytest.fixture
def store(resources: Resources) -> Store:
    return resources.store


@pytest.fixture
def database(resources: Resources) -> Database:
    return resources.database


# The race


async def test_an_upload_waits_for_the_deletion_of_the_same_content(database: Database, store: Store) -> None:
    ana = await member(database, "ana")
    file_id = await upload(database, store, ana.id)
    await database.write(operations.delete_upload, ana, file_id)
    deleting, go_on = asyncio.Event(), asyncio.Event()

    class Slow(LocalStore):
        async def remove(self, path: str) -> None:
            deleting.set()
            await go_on.wait()
            await super().remove(path)

    slow = Slow(store._root)  # type: ignore[attr-defined]
    removing = asyncio.create_task(keeping.remove_unused(database, slow, named().paths))
    await deleting.wait()
    again = asyncio.create_task(upload(database, store, ana.id))
    assert await asyncio.wait({again}, timeout=0.3) == (set(), {again})
    go_on.set()
    assert await removing == 3
    await again
    assert await files_in(store) == set(named().paths)


async def test_what_was_announced_is_not_deleted(database: Database, store: Store) -> None:
    ana = await member(database, "ana")
    file_id = await upload(database, store, ana.id)
    claim = await keeping.keep(database, store, named())
    await database.write(operations.delete_upload, ana, file_id)
    assert await keeping.remove_unused(database, store, named().paths) == 0
    await database.write(operations.keep_upload, ana.id, as_rows(), claim)
    assert await keeping.remove_unused(database, store, named().paths) == 0
    assert await files_in(store) == set(named().paths)


async def test_an_upload_that_took_too_long_is_refused_whole(database: Database, store: Store) -> None:
    ana = await member(database, "ana")
    claim = await keeping.keep(database, store, named())
    await _later(database, "announced_at", "1 hour")
    assert await keeping.remove_unused(database, store, named().paths) == 3
    with pytest.raises(StoreUnavailable):
        await database.write(operations.keep_upload, ana.id, as_rows(), claim)
    assert await number(database, "SELECT count(*) FROM file") == 0


async def test_a_claim_does_not_hold_for_a_file_that_was_deleted_and_announced_anew(
    database: Database, store: Store
) -> None:
    ana = await member(database, "ana")
    claim = await keeping.keep(database, store, named())
    await _later(database, "announced_at", "1 hour")
    assert await keeping.remove_unused(database, store, named().paths) == 3
    assert await database.write(objects.announce, named().paths) is not None
    with pytest.raises(StoreUnavailable):
        await database.write(operations.keep_upload, ana.id, as_rows(), claim)


async def test_a_deletion_whose_worker_died_is_finished_by_another(database: Database, store: Store) -> None:
    ana = await member(database, "ana")
    file_id = await upload(database, store, ana.id)
    await database.write(operations.delete_upload, ana, file_id)
    doomed = await database.write(objects.mark_for_deletion, named().paths)
    assert doomed == named().paths
    assert await keeping.remove_unused(database, store, named().paths) == 0, (
        "the other one may be at it still"
    )
    keeping_patience = keeping.PATIENCE
    try:
        keeping.PATIENCE = 0.1
        with pytest.raises(StoreUnavailable):
            await upload(database, store, ana.id)
    finally:
        keeping.PATIENCE = keeping_patience
    await _later(database, "doomed_at", "10 minutes")
    assert await keeping.remove_unused(database, store, named().paths) == 3
    await upload(database, store, ana.id)
    assert await files_in(store) == set(named().paths)


async def test_uploads_and_deletions_of_one_content_at_once(
    database: Database, resources: Resources, store: Store
) -> None:
    """However they meet, a row whose picture can be seen has its files, and in the end nothing is left over."""
    ana = await member(database, "ana")
    missing: list[str] = []
    came: list[int] = []

    async def come_and_go() -> None:
        for _ in range(12):
            try:
                file_id = await upload(database, store, ana.id)
            except (StoreUnavailable, StorageError):
                continue
            came.append(file_id)
            missing.extend([path for path in named().paths if await store.size_of(path) is None])
            while not await _is_deleted(database, ana, file_id):
                pass

    async def sweep_up() -> None:
        while not finished.is_set():
            with suppress(StorageError):  # on a machine with much else to do
                await work_off(resources)
                await keeping.remove_unused(database, store, named().paths)

    finished = asyncio.Event()
    sweepers = [asyncio.create_task(sweep_up()) for _ in range(2)]
    await asyncio.gather(*(come_and_go() for _ in range(4)))
    finished.set()
    await asyncio.gather(*sweepers)
    assert missing == []
    assert came
    await work_off(resources)
    await keeping.sweep(database, store)
    assert await files_in(store) == set()
    assert await number(database, "SELECT count(*) FROM pieloop.stored_object") == 0


async def _is_deleted(database: Database, owner: Viewer, file_id: int) -> bool:
    try:
        await database.write(operations.delete_upload, owner, file_id)
    except NotFound:  # an attempt whose outcome was unknown had done it
        return True
    except StorageError:
        return False
    return True


@pytest.mark.parametrize("deciding", ["finish", "refuse", "discard"])
async def test_nobody_begins_to_show_a_picture_while_somebody_decides_about_it(
    database: Database, store: Store, deciding: str
) -> None:
    """Also where that ends in nothing: until then it might be deleted."""
    ana = await member(database, "ana")
    shown = await upload(database, store, ana.id)
    await publish(database, ana, await community(database, ana), image_id=shown)
    other = WaitingUpload(file_id=shown, owner_id=ana.id, path="another")
    claim = await keeping.keep(database, store, named())
    steps: dict[str, Callable[[Any], Awaitable[Any]]] = {
        "finish": lambda session: operations.finish_upload(session, other, as_rows(), claim),
        "refuse": lambda session: operations.refuse_upload(session, other, "too large"),
        "discard": lambda session: operations.discard(session, [shown]),
    }

    async def decide(session: Any) -> int:
        await steps[deciding](session)
        return await number(database, free)

    free = "SELECT count(*) FROM (SELECT id FROM file FOR KEY SHARE SKIP LOCKED)"
    assert await database.write(decide) == 0
    assert await number(database, free) == 1


# What is left behind


async def test_a_crash_between_storing_and_committing_leaves_an_orphan_that_is_swept(
    database: Database, store: Store
) -> None:
    await keeping.keep(database, store, named())
    assert (await keeping.sweep(database, store)).removed == 0, "somebody may still be at it"
    await _later(database, "announced_at", "1 hour")
    assert (await keeping.sweep(database, store)).removed == 3
    assert (await keeping.sweep(database, store)).removed == 0
    assert await files_in(store) == set()


async def test_files_that_nobody_knows_are_swept_after_a_day_and_known_ones_stay(
    database: Database, store: Store, resources: Resources
) -> None:
    ana = await member(database, "ana")
    await upload(database, store, ana.id, "used")
    strange = named("strange")
    for path, body in strange.bodies.items():
        await store.put(path, body)
    async with database.engine.begin() as db:
        await db.execute(text("DELETE FROM pieloop.stored_object"))
    swept = await keeping.sweep(database, store)
    assert (swept.registered, swept.removed) == (0, 0)
    for file in Path(resources.config.data_dir).rglob("*.webp"):
        os.utime(file, (0, 0))
    swept = await keeping.sweep(database, store)
    assert (swept.registered, swept.removed) == (6, 3)
    assert await files_in(store) == set(named("used").paths)


async def test_two_sweeps_at_once(database: Database, store: Store, resources: Resources) -> None:
    for word in ("a", "b", "c"):
        await keeping.keep(database, store, named(word))
    await _later(database, "announced_at", "1 hour")
    await trust_the_clock(resources)
    swept = await asyncio.gather(*(upkeep.sweep_store({"resources": resources}) for _ in range(2)))
    assert sum(swept) == 9
    assert await files_in(store) == set()


async def test_a_row_that_pyfedi_deleted_lets_its_files_go(database: Database, store: Store) -> None:
    ana = await member(database, "ana")
    await upload(database, store, ana.id)
    async with database.engine.begin() as db:
        await db.execute(text("DELETE FROM user_file"))
        await db.execute(text("DELETE FROM file"))
    assert (await keeping.sweep(database, store)).removed == 3


# Copies of other sites' pictures, and what only deleted posts show


async def _age(database: Database, column: str, days: int) -> None:
    async with database.engine.begin() as db:
        await db.execute(text(f"UPDATE pieloop.picture SET {column} = {column} - interval '{days} days'"))


async def _later(database: Database, column: str, by: str) -> None:
    async with database.engine.begin() as db:
        await db.execute(text(f"UPDATE pieloop.stored_object SET {column} = {column} - interval '{by}'"))


async def test_copies_are_kept_for_their_days_and_leave_the_address(
    database: Database, store: Store, resources: Resources
) -> None:
    ana = await member(database, "ana")
    made = await publish(database, ana, await community(database, ana), url="https://elsewhere.example/a.png")
    await database.write(_forget_events)
    async with database.read() as db:
        target = await preview_target(db, made.post_id)
    assert target is not None
    claim = await keeping.keep(database, store, named().without_original())
    image = msgspec.structs.replace(as_rows(), original=None, source_url="https://elsewhere.example/a.png")
    assert await database.write(copies.save_preview, target, image, claim)
    own = await upload(database, store, ana.id, "own")
    job: Callable[[dict[str, Any]], Awaitable[int]] = upkeep.expire_copies
    await trust_the_clock(resources)
    assert await job({"resources": resources}) == 0
    await _age(database, "kept_at", 31)
    assert sorted(await asyncio.gather(*(job({"resources": resources}) for _ in range(2)))) == [0, 1]
    await work_off(resources)
    assert await files_in(store) == set(named("own").paths)
    async with database.read() as db:
        rows = (
            await db.execute(text("SELECT id, source_url, file_path, thumbnail_path FROM file ORDER BY id"))
        ).all()
    assert tuple(rows[0][1:]) == ("https://elsewhere.example/a.png", None, None)
    assert (rows[1].id, rows[1].file_path is None) == (own, False)


async def _forget_events(session: Any) -> None:
    await session.execute(text("DELETE FROM pieloop.outbox"))


async def test_the_picture_of_a_deleted_post_stays_for_its_days_and_comes_back_with_it(
    database: Database, store: Store, resources: Resources
) -> None:
    ana = await member(database, "ana")
    place = await community(database, ana)
    made = [
        await publish(
            database,
            ana,
            place,
            title=word,
            image_id=await upload(database, store, ana.id, word),
            gallery=(Shown(await upload(database, store, ana.id, f"{word}, too")),),
        )
        for word in ("gone", "back", "kept")
    ]
    for post in made[:2]:
        await database.write(posts.set_deleted, ana, post.post_id, deleted=True)
    ctx = {"resources": resources}
    await trust_the_clock(resources)
    assert await upkeep.delete_unused_pictures(ctx) == 0
    await database.write(posts.set_deleted, ana, made[1].post_id, deleted=False)
    await _age(database, "unused_since", 31)
    assert await upkeep.delete_unused_pictures(ctx) == 2
    assert await upkeep.delete_unused_pictures(ctx) == 0
    await work_off(resources)
    stay = ("back", "back, too", "kept", "kept, too")
    assert await files_in(store) == {path for word in stay for path in named(word).paths}


async def test_an_upload_that_waits_is_told_from_others(database: Database) -> None:
    ana = await member(database, "ana")
    waiting = []
    for path in ("aa/1.png", "bb/2.png"):
        claim = await database.write(objects.announce, [path])
        assert claim
        waiting.append(await database.write(operations.receive_upload, ana.id, claim, 10))
    async with database.read() as db:
        found = [await queries.waiting_upload(db, file_id) for file_id in (*waiting, max(waiting) + 1)]
    assert [one and (one.file_id, one.owner_id, one.path) for one in found] == [
        (waiting[0], ana.id, "aa/1.png"),
        (waiting[1], ana.id, "bb/2.png"),
        None,
    ]
