"""`pieloop doctor` at the image store: what lies there for nothing, what is missing, and that it is mended."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from service.config import Config
from service.doctor.images import look_at_images
from service.lifecycle import Resources
from tests.forum.making import member
from tests.forum.test_attachments import files_in, named, upload
from tests.media.s3 import S3Server
from tests.serving import program, settings_of


@pytest.fixture
async def left_behind(resources: Resources) -> Resources:
    """A store with one picture that is used, and one whose last use went without anybody being told."""
    database, store = resources.database, resources.store
    ana = await member(database, "ana")
    await upload(database, store, ana.id, "used")
    unused = await upload(database, store, ana.id, "unused")
    async with database.engine.begin() as db:
        for table in ("user_file WHERE file_id", "file WHERE id"):
            await db.execute(text(f"DELETE FROM {table} = {unused}"))
    return resources


async def test_what_nothing_uses_is_found_and_deleted(
    config: Config, left_behind: Resources, tmp_path: Path
) -> None:
    found = await look_at_images(config, every_file=False, repair=False)
    assert (found.well, found.words) == (False, "6 files, 3 of them unused")
    assert "pieloop doctor --repair" in found.mend
    with program("-m", "service", "doctor", "--repair", environ=settings_of(config), cwd=tmp_path) as doctor:
        await asyncio.to_thread(doctor.ended)
        said = doctor.said()
    assert "3 files, 0 of them unused; 3 deleted now, 0 of them unknown before" in said
    assert await files_in(left_behind.store) == set(named("used").paths)
    assert (await look_at_images(config, every_file=False, repair=True)).well


async def test_what_is_missing_is_named(config: Config, left_behind: Resources) -> None:
    path = named("used").sizes.thumbnail.path
    await left_behind.store.remove(path)
    assert not (await look_at_images(config, every_file=False, repair=True)).mend
    found = await look_at_images(config, every_file=True, repair=False)
    assert not found.well
    assert found.words.endswith(f"; 2 in the store, 0 of them unknown, 1 missing ({path})")
    assert found.mend.startswith("restore them")


async def test_a_bucket_that_is_away(config: Config, s3: S3Server, resources: Resources) -> None:
    away = msgspec.structs.replace(s3.config(), s3_endpoint="http://127.0.0.1:1", s3_timeout=1)
    found = await look_at_images(msgspec.structs.replace(config, store=away), every_file=False, repair=False)
    assert (found.well, found.words) == (False, "The image store cannot be reached.")
    assert "http://127.0.0.1:1" in found.mend
    assert "test" not in found.mend.replace("http://127.0.0.1:1", ""), "no key is shown"
