"""Requests to quote what stands here (scenario 154)."""

import pytest

from service.federation.speak.drain import drain
from service.forum.accounts import operations as accounts
from service.forum.instances.choices import Change
from service.forum.posts import operations as posts
from tests.federation.hearing import HERE, Hearing
from tests.federation.receiving.test_blocked import decide
from tests.federation.receiving.test_votes import a_post
from tests.federation.signing import actor
from tests.forum import making
from tests.http.web.visitor import Visitor
from tests.servers import DOMAIN


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


async def _quote(site: Hearing, by: str, url: str, path: str) -> str:
    """Ask to quote something; return the stamp, or '' for a refusal."""
    quoting = "/".join(by.split("/")[:3]) + path
    await site.hear(site.activity("QuoteRequest", by, url, instrument=quoting), by=by)
    answer = (await site.sent())[-1]
    assert answer["to"] == [by]
    assert answer["object"]["instrument"] == quoting
    return {"Accept": answer.get("result", ""), "Reject": ""}[answer["type"]]  # type: ignore[no-any-return]


async def _status(site: Hearing, stamp: str) -> int:
    headers = {"Accept": "application/activity+json"}
    return (await site.client.get(stamp.removeprefix(HERE), headers=headers)).status_code


async def _gone(site: Hearing, before: int) -> list[tuple[str, str, list[str]]]:
    """What was said since of stamps."""
    await site.database.write(drain, DOMAIN)
    said = [one for one in (await site.sent())[before:] if one["type"] == "Delete"]
    return [(one["actor"], one["object"], one["to"]) for one in said]


@pytest.mark.scenario(154)
async def test_a_stamp_is_revoked_by_its_author_by_a_block_and_with_what_is_quoted(site: Hearing) -> None:
    _, url = await a_post(site)
    server = await site.server()
    ann, ben, joe = (actor(server, f"/u/{name}") for name in ("ann", "ben", "joe"))
    mine = f"{HERE}/u/ana"
    first, second, third = [
        await _quote(site, who, url, f"/notes/{at}") for at, who in enumerate((ann, ben, joe))
    ]
    assert [await _status(site, stamp) for stamp in (first, second, third)] == [200] * 3
    before = len(await site.sent())
    ana = await making.viewer_of(
        site.database, await site.value("SELECT id FROM \"user\" WHERE user_name = 'ana'")
    )
    visitor = await Visitor(site.app.test_client()).arrive(site.database, ana)
    page = await visitor.get("/user/settings/quotes")
    buttons = [tag["formaction"] for _, tag in page.tags if "/quotes/" in tag.get("formaction", "")]
    await visitor.follow(await visitor.send(buttons[-1]))
    assert (await visitor.send(buttons[-1])).status == 404, "it is taken back already"
    assert await _gone(site, before) == [(mine, first, [ann])]
    assert await _quote(site, ann, url, "/notes/0") == "", "what was taken back is not given again"
    before = len(await site.sent())
    ben_id = await site.value("SELECT id FROM \"user\" WHERE user_name = 'ben' AND instance_id <> 1")
    await site.database.write(accounts.block, ana, ben_id)
    assert await _gone(site, before) == [(mine, second, [ben])]
    assert await _quote(site, ben, url, "/notes/9") == "", "nor to who is blocked"
    await site.do("INSERT INTO community_ban (user_id, community_id) SELECT u.id, c.id FROM \"user\" u, community c"
                  " WHERE u.user_name = 'joe'")  # fmt: skip
    assert await _quote(site, joe, url, "/notes/8") == "", "nor to who is banned where it stands"
    before = len(await site.sent())
    await site.database.write(posts.set_deleted, ana, 1, deleted=True)
    assert (mine, third, [joe]) in await _gone(site, before)
    assert [await _status(site, stamp) for stamp in (first, second, third)] == [404, 404, 410]
    await site.do("UPDATE \"user\" SET banned = true WHERE user_name = 'joe'")
    await site.hear(site.activity("QuoteRequest", joe, url, instrument=server.id("/notes/7")), by=joe)
    assert site.outcomes["QuoteRequest", "banned"] == 1


@pytest.mark.scenario(154)
async def test_a_blocked_server_quotes_nothing(site: Hearing) -> None:
    _, url = await a_post(site)
    server = await site.server()
    ann = actor(server, "/u/ann")
    stamp = await _quote(site, ann, url, "/notes/1")
    await decide(site, Change.BLOCK, "127.0.0.2")
    request = site.activity("QuoteRequest", ann, url, instrument=server.id("/notes/2"))
    assert await site.send(request, by=ann) == 403
    assert await _status(site, stamp) == 404
    await decide(site, Change.UNBLOCK, "127.0.0.2")
    assert await _status(site, stamp) == 200
