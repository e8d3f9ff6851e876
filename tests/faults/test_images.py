"""Image files under faults that need processes of their own: two at once on one picture, and one that is killed."""

import asyncio
import os
import signal
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import text

from service.config import Config
from service.forum.attachments import keeping
from service.lifecycle import Resources
from tests.faults.sizes import PICTURES
from tests.forum.making import member
from tests.forum.test_attachments import files_in
from tests.serving import Program, program, settings_of


async def test_processes_upload_and_delete_the_same_picture(
    config: Config, resources: Resources, tmp_path: Path
) -> None:
    """No row is ever committed whose file is not there, and in the end nothing is left over."""
    with ExitStack() as stack:
        racers = [await _racer(stack, config, resources, tmp_path, name) for name in ("ana", "ben", "cem")]
        for racer in racers:
            assert await asyncio.to_thread(racer.ended, 110) == 0, racer.said()
            assert "missing: 0\n" in racer.said()
    await keeping.sweep(resources.database, resources.store)
    assert await files_in(resources.store) == set()


async def test_a_process_killed_while_it_stores_leaves_nothing_that_is_used_and_missing(
    config: Config, resources: Resources, tmp_path: Path
) -> None:
    for _ in range(3):
        with ExitStack() as stack:
            racer = await _racer(stack, config, resources, tmp_path, "")
            while not await files_in(resources.store):
                await asyncio.sleep(0.005)
            os.kill(racer.pid, signal.SIGKILL)
    async with resources.database.read() as db:
        used = set(await db.scalars(text("SELECT medium FROM pieloop.picture JOIN file ON id = file_id")))
    assert used <= await files_in(resources.store)
    async with resources.database.engine.begin() as db:
        await db.execute(text("DELETE FROM user_file"))
        await db.execute(text("DELETE FROM file"))
        await db.execute(
            text("UPDATE pieloop.stored_object SET announced_at = announced_at - interval '1 hour'")
        )
        await db.execute(text("UPDATE pieloop.stored_object SET doomed_at = doomed_at - interval '1 hour'"))
    await keeping.sweep(resources.database, resources.store)
    assert await files_in(resources.store) == set()


async def _racer(stack: ExitStack, config: Config, resources: Resources, place: Path, name: str) -> Program:
    async with resources.database.read() as db:
        account = await db.scalar(text("SELECT max(id) FROM \"user\" WHERE user_name = 'dan'"))
    if name or account is None:
        account = (await member(resources.database, name or "dan")).id
    environ = settings_of(config)
    return stack.enter_context(
        program(
            "-m",
            "tests.faults.image_race",
            account,
            PICTURES if name else 100_000,
            environ=environ,
            cwd=place,
        )
    )
