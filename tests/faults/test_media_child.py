"""The kernel kills an image process for its memory: one job fails and is done later, and nobody else notices."""

import asyncio
import io
import os
import signal
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from service.config import Config
from service.lifecycle import Resources
from tests.databases import connect
from tests.faults.load import everything_worked_off
from tests.http.people import place
from tests.lifecycle.drills import command_line
from tests.media.pictures import file_of, noise
from tests.outbound.servers import Asked, response, serve
from tests.serving import arq
from tests.workers.events import recorded
from tests.workers.test_preview import link, picture_of


def image_processes(parent: int) -> list[int]:
    """Return the image processes of a process."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(entry.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(entry.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return [pid for pid in found if "service.media.child" in command_line(pid)]


async def test_an_image_process_is_killed(
    resources: Resources, config: Config, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    # Some seconds of work, so that it is killed in the midst of it.
    heavy = file_of(noise(500, 500).resize((6000, 6000), Image.Resampling.NEAREST), "PNG", compress_level=1)
    light = io.BytesIO()
    Image.new("RGB", (80, 60), (30, 120, 200)).save(light, "PNG")
    sent = asyncio.Event()

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        is_heavy = asked.path == "/heavy.png"
        writer.write(response(heavy if is_heavy else light.getvalue(), content_type="image/png"))
        await writer.drain()
        if is_heavy:
            sent.set()

    settings = {"PIELOOP_OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8", "PIELOOP_WORKER_SWEEP_EVERY": "0.2"}
    here = await place(resources.database)
    db = await connect(config.database.url)
    async with serve(answer) as server:
        with arq(config, tmp_path, **settings) as worker:
            unlucky = await link(resources, here, server.url("/heavy.png"))
            await asyncio.wait_for(sent.wait(), 60)
            async with asyncio.timeout(20):
                while not (children := image_processes(worker.pid)):
                    await asyncio.sleep(0.01)
            os.kill(children[0], signal.SIGKILL)
            async with asyncio.timeout(20):
                while not (error := await db.fetchval("SELECT last_error FROM pieloop.outbox")):
                    await asyncio.sleep(0.02)
            assert "SIGKILL" in error
            # The others do not wait for it.
            lucky = await link(resources, here, server.url("/light.png"))
            await recorded(resources.database)
            async with asyncio.timeout(20):
                while await db.fetchval("SELECT count(*) FROM pieloop.outbox") > 1:
                    await asyncio.sleep(0.02)
            assert await picture_of(resources, lucky)
            assert await picture_of(resources, unlucky) is None
            await everything_worked_off(db)
            assert await picture_of(resources, unlucky)
            assert await asyncio.to_thread(worker.stop) == 0
            assert image_processes(worker.pid) == []
    await db.close()
    record_property("drill", ("L47 an image process is killed", f"{error}; done on the second attempt"))
