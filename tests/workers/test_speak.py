"""A worker says what happens, takes it to other servers at once, and loses nothing when it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from service.config import Config
from service.forum.events import ProfileChanged
from service.lifecycle import Resources, open_resources
from service.storage.outbox import record
from tests.federation.sending import DELIVERIES, KEY_IDS, MEMBER, Site, site
from workers import speak as module
from workers.speak import speak


@asynccontextmanager
async def speaking(resources: Resources) -> AsyncIterator[None]:
    task = asyncio.create_task(speak(resources, lambda _: True))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def worker(config: Config) -> AsyncIterator[tuple[Resources, Site]]:
    async with (
        open_resources(msgspec.structs.replace(config, outbound=DELIVERIES), "worker") as resources,
        site(resources.database) as here,
    ):
        await here.change('UPDATE "user" SET verified = true WHERE id = 70')
        yield resources, here


async def test_what_happens_reaches_other_servers_at_once_and_all_of_it(config: Config) -> None:
    async with worker(config) as (resources, here):
        peer = await here.server(11)
        event = ProfileChanged(account_id=MEMBER.id)
        async with speaking(resources):
            while not await here.rows("SELECT 1 FROM pieloop.peer WHERE owner IS NOT NULL"):
                await asyncio.sleep(0.01)
            await resources.database.write(record, event)
            while not peer.taken:
                await asyncio.sleep(0.01)
        assert peer.taken[0].activity["type"] == "Update"
        assert peer.taken[0].signed_by == KEY_IDS[MEMBER]
        # It has ended: its servers are given back, and what it sent is written down.
        assert await here.rows("SELECT owner, cursor FROM pieloop.peer") == [(None, 1)]

        await resources.database.write(record, event)
        async with speaking(resources):
            while len(peer.taken) < 2:
                await asyncio.sleep(0.01)
    assert len(peer.tried) == 2


async def test_what_is_on_its_way_when_a_worker_ends_arrives_or_is_sent_again(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LETTERS_END_WITHIN", 0.05)
    async with worker(config) as (resources, here):
        peer = await here.server(11)
        peer.hold = asyncio.Event()
        async with speaking(resources):
            while not await here.rows("SELECT 1 FROM pieloop.peer WHERE owner IS NOT NULL"):
                await asyncio.sleep(0.01)
            await here.say()
            while not peer.together:
                await asyncio.sleep(0.01)
        assert await here.rows("SELECT owner, cursor FROM pieloop.peer") == [(None, 0)]
        peer.hold.set()
        peer.hold = None
        async with speaking(resources):
            while len(peer.tried) < 2:
                await asyncio.sleep(0.01)
        assert len(set(peer.ids)) == 1
