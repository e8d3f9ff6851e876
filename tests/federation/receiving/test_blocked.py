"""Servers that this site does not listen to: at the door, by way of others, in what is fetched."""

import asyncio

import pytest

from service.federation.budget import Budget
from service.federation.errors import Refused
from service.forum.accounts.authority import Authority
from service.forum.instances import operations
from service.forum.instances.choices import Change, Mode
from service.forum.instances.pasted import Entry
from tests.federation.hearing import Hearing, group, page
from tests.federation.network import Peer
from tests.federation.signing import actor
from tests.forum import making
from tests.servers import DOMAIN

BOSS = Authority(name="boss")


async def joined(site: Hearing, server: Peer) -> str:
    """A community of a server that somebody here has joined."""
    url = group(server)
    await site.fetch_actor(url)
    member = await making.member(site.database, "reader")
    await site.do(
        "INSERT INTO community_member (user_id, community_id, is_moderator, is_owner, is_banned)"
        " SELECT :who, id, false, false, false FROM community",
        who=member.id,
    )
    return url


async def decide(site: Hearing, change: Change, host: str) -> None:
    """Change a list, and wait until the site's processes know."""
    before = site.fetcher.may_ask(host)
    await site.database.write(operations.change, BOSS, change, [Entry(host)], own_host=DOMAIN)
    async with asyncio.timeout(5):
        while site.fetcher.may_ask(host) is before:
            await asyncio.sleep(0.005)


async def titles(site: Hearing) -> list[str]:
    return [title for (title,) in await site.rows("SELECT title FROM post ORDER BY id")]


@pytest.mark.scenario(26, 144, 148)
async def test_a_blocked_server_has_no_effect_and_begins_anew_when_it_may(site: Hearing) -> None:
    fine, bad = await site.server(), await site.server()
    trains, eve = await joined(site, fine), actor(bad, "/u/eve")
    host = bad.id("/").split("/")[2].partition(":")[0]

    def posted(title: str) -> dict[str, object]:
        thing = page(eve, trains, name=title, id=bad.id(f"/post/{title.split(maxsplit=1)[0].lower()}"))
        return site.activity("Create", eve, thing)

    await site.hear(site.announced(trains, posted("Before")), by=trains)
    await decide(site, Change.BLOCK, host)
    asked = len(bad.server.asked)
    assert await site.send(posted("Directly"), by=eve) == 403
    assert await site.send(site.activity("Follow", eve, f"https://{DOMAIN}/u/reader"), by=eve) == 403
    await site.hear(site.announced(trains, posted("By way of others")), by=trains)
    with pytest.raises(Refused):
        await site.fetcher.document(bad.id("/u/somebody"), Budget())
    assert len(bad.server.asked) == asked, "it is not asked for anything"
    assert await site.rows("SELECT 1 FROM user_follower UNION ALL SELECT 1 FROM pieloop.received") == []
    assert await titles(site) == ["Before"], "what was here stays"
    assert site.outcomes["Announce", "blocked"] == 1
    await decide(site, Change.UNBLOCK, host)
    await site.hear(site.announced(trains, posted("After")), by=trains)
    assert await titles(site) == ["Before", "After"], "what came meanwhile is not made up for"


@pytest.mark.scenario(145)
async def test_with_the_allow_list_only_those_on_it_are_heard(site: Hearing) -> None:
    fine, other = await site.server(), await site.server()
    trains, eve = await joined(site, fine), actor(other, "/u/eve")
    host = fine.id("/").split("/")[2].partition(":")[0]
    await site.database.write(operations.change, BOSS, Change.ALLOW, [Entry(host)], own_host=DOMAIN)
    await site.database.write(operations.set_mode, BOSS, Mode.ALLOW)
    async with asyncio.timeout(5):
        while site.fetcher.may_ask("127.0.0.3"):
            await asyncio.sleep(0.005)
    create = site.activity("Create", eve, page(eve, trains, name="Not heard"))
    assert await site.send(create, by=eve) == 403
    await site.hear(site.announced(trains, create), by=trains)
    ana = actor(fine, "/u/ana")
    await site.hear(
        site.announced(trains, site.activity("Create", ana, page(ana, trains, name="Heard"))), by=trains
    )
    assert await titles(site) == ["Heard"]
