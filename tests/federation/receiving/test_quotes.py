"""Requests to quote what stands here (scenario 154)."""

import pytest

from tests.federation.hearing import HERE, Hearing
from tests.federation.receiving.test_votes import a_post
from tests.federation.signing import actor


@pytest.mark.scenario(154)
async def test_who_asks_to_quote_gets_a_stamp_that_can_be_fetched(site: Hearing) -> None:
    _, url = await a_post(site)
    server, other = await site.server(), await site.server()
    ana = actor(server)
    for quoting in (other.id("/notes/1"), server.id("/notes/1")):
        await site.hear(site.activity("QuoteRequest", ana, url, instrument=quoting), by=ana)
    (accept,) = await site.sent()  # what another server wrote is not hers to ask for
    assert (accept["type"], accept["actor"], accept["to"]) == ("Accept", f"{HERE}/u/ana", [ana])
    assert (accept["object"]["type"], accept["object"]["instrument"]) == ("QuoteRequest", quoting)
    assert await site.value("SELECT inbox FROM pieloop.addressed") == f"{ana}/inbox"
    path = accept["result"].removeprefix(HERE)
    answer = await site.client.get(path, headers={"Accept": "application/activity+json"})
    stamp = await answer.get_json(force=True)
    assert (stamp["type"], stamp["interactionTarget"], stamp["interactingObject"]) == (
        "QuoteAuthorization",
        url,
        quoting,
    )
    await site.do("UPDATE post SET deleted = true")
    await site.hear(site.activity("QuoteRequest", ana, url, instrument=server.id("/notes/2")), by=ana)
    assert len(await site.sent()) == 1
