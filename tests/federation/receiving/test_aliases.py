"""Actors that are named by another address than their id."""

import asyncio

from tests.federation.hearing import Hearing, page
from tests.federation.receiving.test_content import ours
from tests.federation.signing import actor
from tests.forum import making
from tests.http.people import bearer, token_of


async def test_an_author_named_by_another_address_is_asked_for_once(site: Hearing) -> None:
    cats, server = await ours(site), await site.server()
    ana = actor(server)
    server.answers_with("/@ana", server.answers["/u/ana"])
    thing = page(ana, cats, attributedTo=server.id("/@ana"))
    async with asyncio.timeout(10):
        await site.hear(site.activity("Create", ana, thing), by=ana)
    assert await site.value("SELECT count(*) FROM post") == 1
    assert len(server.asked("/@ana")) == 1


async def test_what_somebody_looks_for_by_its_address_is_asked_for_once(site: Hearing) -> None:
    cats, server = await ours(site), await site.server()
    thing = page(actor(server), cats)
    server.has("/post/1", **thing)
    reader = await making.member(site.database, "reader")
    headers = bearer(token_of(reader))
    answer = await site.client.get(f"/api/alpha/resolve_object?q={thing['id']}", headers=headers)
    assert answer.status_code == 200
    assert len(server.asked("/post/1")) == 1
