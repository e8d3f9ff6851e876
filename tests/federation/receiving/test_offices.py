"""What moderators and servers say of people and posts that are not theirs (scenarios 73, 87, 92 and 95)."""

import json
from typing import Any

import pytest

from service.federation.receive.actors import store_instance
from service.forum.accounts.queries import author_of
from service.forum.moderation.content import remove_some_content
from service.forum.notifications.events import consume
from tests.federation.hearing import Hearing, page
from tests.federation.receiving.test_moderation import Ours, ours
from tests.federation.signing import actor
from tests.servers import DOMAIN


async def changed(site: Hearing, found: Ours, who: str, **fields: Any) -> None:
    """Let somebody say that the post is another one now."""
    said = page(found.ana, found.cats, updated="2026-02-02T00:00:00Z") | fields
    await site.hear(site.activity("Update", who, said, audience=found.cats), by=who)


@pytest.mark.scenario(73)
async def test_a_moderator_changes_what_moderators_may(site: Hearing) -> None:
    found = await ours(site)
    await site.do("INSERT INTO community_flair (community_id, flair) SELECT id, 'Tall' FROM community")
    sent = len(await site.sent())
    new: dict[str, Any] = {
        "name": "Words put in her mouth",
        "source": {"content": "Put in, too", "mediaType": "text/markdown"},
        "sensitive": True,
        "tag": [{"type": "CommunityPostTag", "preferredUsername": "Tall", "id": f"{found.cats}/tag/tall"}],
    }
    facts = "SELECT title, body, nsfw FROM post"
    flairs = "SELECT count(*) FROM post_flair"
    await changed(site, found, found.eve, **new)
    assert await site.rows(facts) == [("A title of some length", "Some words", False)]
    await changed(site, found, found.mod, **new)
    assert await site.rows(facts) == [("A title of some length", "Some words", True)]
    assert await site.value(flairs) == 1
    assert [one["object"]["actor"] for one in (await site.sent())[sent:]] == [found.mod]


@pytest.mark.scenario(87)
async def test_a_server_bans_its_own(site: Hearing) -> None:
    found = await ours(site)
    home, theirs = found.ana.rpartition("/u/")[0], found.eve
    ban: dict[str, Any] = {"target": f"{home}/", "removeData": True, "summary": "Spam"}
    standing = "SELECT count(*) FROM post WHERE NOT deleted"

    async def is_banned() -> bool:
        async with site.database.read() as db:
            (ana,) = await site.rows("SELECT id FROM \"user\" WHERE user_name = 'ana'")
            found = await author_of(db, ana[0])
        host = home.split("/")[2].partition(":")[0]
        answer = await site.client.get(f"/api/alpha/user?username=ana@{host}")
        shown = json.loads(await answer.get_data())["person_view"]["person"]["banned"]
        assert found is not None
        assert found.banned is shown
        return shown is True

    for who in (found.mod, theirs):  # of another server, and no administrator
        await site.hear(site.activity("Block", who, found.ana, **ban), by=who)
        assert not await is_banned()
    await site.do(
        "INSERT INTO instance_role SELECT instance_id, id, 'admin' FROM \"user\" WHERE user_name IN ('eve', 'mod')"
    )
    await site.hear(site.activity("Block", found.mod, found.ana, **ban), by=found.mod)
    assert not await is_banned()
    block = site.activity("Block", theirs, found.ana, **ban)
    await site.hear(block, by=theirs)
    assert await is_banned()
    await _purge(site)
    assert await site.value(standing) == 0
    await site.hear(site.activity("Create", found.ana, page(found.ana, found.cats, "/post/2")), by=found.ana)
    assert await site.value("SELECT count(*) FROM post") == 1
    await site.hear(site.activity("Undo", theirs, block), by=theirs)
    assert not await is_banned()
    await _purge(site)
    assert await site.value(standing) == 1
    bare = site.activity("Block", theirs, found.ana, target=ban["target"])  # as Lemmy undoes it
    for restores, count in ((False, 0), (True, 1)):
        await site.hear(site.activity("Block", theirs, found.ana, **ban), by=theirs)
        await _purge(site)
        assert await site.value(standing) == 0
        await site.hear(site.activity("Undo", theirs, bare, restoreData=restores), by=theirs)
        await _purge(site)
        assert await site.value(standing) == count
        assert not await is_banned()


async def _purge(site: Hearing) -> None:
    """Do what the worker does about what is to be taken down, or comes back."""
    for (payload,) in await site.rows(
        "SELECT payload FROM pieloop.outbox WHERE kind = 'ContentPurgeRequested'"
    ):
        await site.database.write(remove_some_content, payload)
    await site.do("DELETE FROM pieloop.outbox WHERE kind = 'ContentPurgeRequested'")


@pytest.mark.scenario(92)
async def test_a_report_by_a_server_is_shown_as_such(site: Hearing) -> None:
    found = await ours(site)
    server = await site.server()
    it = actor(server, "/actor", type="Application", preferredUsername="127.0.0.4")
    await site.database.write(store_instance, "127.0.0.4", inbox="https://127.0.0.4/before")
    flag = site.activity("Flag", it, [found.ana, found.post], content="Spam, our moderators say")
    await site.hear(flag, by=it)
    assert await site.rows(
        "SELECT r.reasons, i.domain, u.user_name FROM report r JOIN instance i ON i.id = r.source_instance_id"
        ' JOIN "user" u ON u.id = r.reporter_id'
    ) == [("Spam, our moderators say", "127.0.0.4", "127.0.0.4")]
    assert await site.value("SELECT inbox FROM instance WHERE domain = '127.0.0.4'") == f"{it}/inbox"
    assert await site.value("SELECT count(*) FROM pieloop.received") == 0


@pytest.mark.scenario(95)
async def test_a_warning_is_noted_and_its_author_told(site: Hearing) -> None:
    found = await ours(site)
    keeper = await site.value("SELECT id FROM \"user\" WHERE user_name = 'keeper'")
    await site.do("UPDATE post SET user_id = :who, instance_id = 1", who=keeper)
    sent = len(await site.sent())
    for who in (found.eve, found.mod):
        warning = site.activity("Warn", who, found.post, summary="Be kind", audience=found.cats)
        await site.hear(warning, by=who)
    assert await site.rows(
        "SELECT action, reason, target_user_id FROM mod_log WHERE action LIKE 'warn%'"
    ) == [("warn_post", "Be kind", keeper)]
    (payload,) = await site.rows("SELECT payload FROM pieloop.outbox WHERE kind = 'AuthorWarned'")
    assert await site.database.write(consume, "AuthorWarned", payload[0], domain=DOMAIN) == {keeper}
    assert "Be kind" in await site.value("SELECT title FROM notification WHERE user_id = :who", who=keeper)
    assert await site.value("SELECT count(*) FROM post WHERE deleted") == 0
    assert len(await site.sent()) == sent
