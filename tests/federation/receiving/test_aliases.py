"""Actors that are named by another address than their id."""

import asyncio

from tests.federation.hearing import Hearing, page
from tests.federation.receiving.test_content import ours
from tests.federation.signing import actor


async def test_an_author_named_by_another_address_is_asked_for_once(site: Hearing) -> None:
    cats, server = await ours(site), await site.server()
    ana = actor(server)
    server.answers_with("/@ana", server.answers["/u/ana"])
    thing = page(ana, cats, attributedTo=server.id("/@ana"))
    async with asyncio.timeout(10):
        await site.hear(site.activity("Create", ana, thing), by=ana)
    assert await site.value("SELECT count(*) FROM post") == 1
    assert len(server.asked("/@ana")) == 1
