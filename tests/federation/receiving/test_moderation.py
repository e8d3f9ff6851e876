"""What moderators, administrators and reporters do from elsewhere (scenarios 80 to 98)."""

from typing import Any

import pytest

from tests.federation.hearing import HERE, Hearing, group, note, page
from tests.federation.receiving.test_content import joined
from tests.federation.signing import actor
from tests.forum import making


class Ours:
    """A community here with a moderator elsewhere, and a post and a comment by somebody of a third server."""

    cats = f"{HERE}/c/cats"

    def __init__(self) -> None:
        self.mod = self.ana = self.eve = self.post = self.comment = ""


async def ours(site: Hearing) -> Ours:
    found = Ours()
    keeper = await making.member(site.database, "keeper")
    await making.community(site.database, keeper)
    there, third = await site.server(), await site.server()
    found.mod, found.ana, found.eve = actor(there, "/u/mod"), actor(third), actor(third, "/u/eve")
    post = page(found.ana, found.cats)
    comment = note(found.ana, post["id"], found.cats)
    found.post, found.comment = post["id"], comment["id"]
    create = [site.activity("Create", found.ana, one) for one in (post, comment)]
    await site.hear(*create, by=found.ana)
    for who in (found.mod, found.eve):
        await site.fetch_actor(who)
    await site.do(
        "INSERT INTO community_member (user_id, community_id, is_moderator, is_owner, is_banned)"
        " SELECT u.id, c.id, true, false, false FROM \"user\" u, community c WHERE u.user_name = 'mod'"
    )
    return found


Case = tuple[str, str, str, Any, Any]
# kind, whose object, the statement that shows the effect, its value after, and after the Undo
CASES: dict[str, Case] = {
    "removed post": ("Delete", "post", "SELECT deleted FROM post", True, False),
    "removed comment": ("Delete", "comment", "SELECT deleted FROM post_reply", True, False),
    "locked post": ("Lock", "post", "SELECT comments_enabled FROM post", False, True),
    "locked comment": ("Lock", "comment", "SELECT replies_enabled FROM post_reply", False, True),
}


@pytest.mark.scenario(80, 82, 83, 90)
@pytest.mark.parametrize("case", CASES)
async def test_a_moderator_elsewhere_may_and_others_may_not(site: Hearing, case: str) -> None:
    kind, what, shows, after, undone = CASES[case]
    found = await ours(site)
    announced = len(await site.sent())
    thing = getattr(found, what)
    for who, expected in ((found.eve, undone), (found.mod, after)):
        done = site.activity(kind, who, thing, summary="Spam", audience=found.cats)
        await site.hear(done, by=who)
        assert await site.value(shows) is expected, who
    assert await site.value("SELECT reason FROM mod_log ORDER BY id DESC LIMIT 1") == "Spam"
    await site.hear(site.activity("Undo", found.eve, site.activity(kind, found.eve, thing)), by=found.eve)
    assert await site.value(shows) is after
    await site.hear(site.activity("Undo", found.mod, done), by=found.mod)
    assert await site.value(shows) is undone
    # What was refused is not announced.
    assert [one["object"]["actor"] for one in (await site.sent())[announced:]] == [found.mod] * 2


@pytest.mark.scenario(84, 85)
async def test_pinning_and_appointing(site: Hearing) -> None:
    found = await ours(site)
    for kind, pinned in (("Add", True), ("Remove", False)):
        for who, expected in ((found.eve, not pinned), (found.mod, pinned)):
            moved = site.activity(kind, who, found.post, target=f"{found.cats}/FEATURED")
            await site.hear(moved, by=who)
            assert await site.value("SELECT coalesce(sticky, false) FROM post") is expected
    appoint = site.activity("Add", found.eve, found.ana, target=f"{found.cats}/moderators")
    await site.hear(appoint, by=found.eve)
    mods = "SELECT count(*) FROM community_member WHERE is_moderator"
    assert await site.value(mods) == 2


@pytest.mark.scenario(84, 85)
async def test_what_names_no_collection_is_meant_by_what_it_puts_there(site: Hearing) -> None:
    there = await joined(site)
    post = page(there.ana, there.group)
    await site.hear(site.announced(there.group, site.activity("Create", there.ana, post)), by=there.group)
    await site.fetch_actor(there.ben)
    await site.do(
        "INSERT INTO community_member (user_id, community_id, is_moderator, is_owner, is_banned)"
        " SELECT u.id, p.community_id, true, false, false FROM \"user\" u, post p WHERE u.user_name = 'ana'"
    )
    facts = (
        "SELECT coalesce(sticky, false), (SELECT count(*) FROM community_member WHERE is_moderator) FROM post"
    )
    for kind, wanted in (("Add", (True, 2)), ("Remove", (False, 1))):
        for thing in (post["id"], there.ben):
            said = site.activity(kind, there.ana, thing, target=None, audience=there.group)
            await site.hear(site.announced(there.group, said), by=there.group)
        assert await site.rows(facts) == [wanted]
    appoint = site.activity("Add", there.ben, there.ben, target=None, audience=there.group)
    await site.hear(site.announced(there.group, appoint), by=there.group)
    assert await site.rows(facts) == [(False, 1)]


@pytest.mark.scenario(86, 90)
async def test_bans_from_a_community(site: Hearing) -> None:
    found = await ours(site)
    for who, count in ((found.eve, 0), (found.mod, 1)):
        ban = site.activity(
            "Block", who, found.ana, target=found.cats, summary="Rude", endTime="2030-01-01T00:00:00Z"
        )
        await site.hear(ban, by=who)
        assert await site.value("SELECT count(*) FROM community_ban") == count
    ((reason, until),) = await site.rows("SELECT reason, ban_until FROM community_ban")
    assert (reason, until.year) == ("Rude", 2030)
    again = page(found.ana, found.cats, "/post/2")
    await site.hear(site.activity("Create", found.ana, again), by=found.ana)
    assert await site.value("SELECT count(*) FROM post") == 1
    await site.hear(site.activity("Undo", found.mod, ban), by=found.mod)
    assert await site.value("SELECT count(*) FROM community_ban") == 0


@pytest.mark.scenario(88, 89)
async def test_bans_from_a_server_and_blocks_of_one(site: Hearing) -> None:
    found = await ours(site)
    there = found.mod.rpartition("/u/")[0]
    reader = await making.member(site.database, "reader")
    shut_out = site.activity("Block", found.mod, f"{HERE}/u/reader", target=f"{there}/")
    await site.hear(shut_out, by=found.mod)
    assert await site.value("SELECT count(*) FROM instance_ban") == 0  # no administrator
    await site.do(
        "INSERT INTO instance_role SELECT instance_id, id, 'admin' FROM \"user\" WHERE user_name = 'mod'"
    )
    await site.hear(shut_out | {"id": f"{there}/again"}, by=found.mod)
    assert await site.value("SELECT user_id FROM instance_ban") == reader.id
    await site.hear(site.activity("Undo", found.mod, shut_out), by=found.mod)
    assert await site.value("SELECT count(*) FROM instance_ban") == 0
    await site.hear(site.activity("Block", found.eve, f"{HERE}/u/reader"), by=found.eve)
    assert await site.value("SELECT blocked_id FROM user_block") == reader.id


@pytest.mark.scenario(91, 94)
async def test_reports(site: Hearing) -> None:
    found = await ours(site)
    flag = site.activity("Flag", found.eve, [found.post, found.ana], summary="It is spam", to=[found.cats])
    sent = len(await site.sent())
    await site.hear(flag, by=found.eve)
    assert await site.rows("SELECT reasons, status FROM report") == [("It is spam", 0)]
    await site.hear(site.activity("Resolve", found.ana, flag), by=found.ana)
    assert await site.value("SELECT status FROM report") == 0
    await site.hear(site.activity("Resolve", found.mod, flag), by=found.mod)
    assert await site.value("SELECT status FROM report") == 3
    (told,) = (await site.sent())[sent:]
    assert (told["type"], told["actor"], told["object"]["id"]) == ("Announce", found.cats, flag["id"])


@pytest.mark.scenario(91)
async def test_who_else_hears_of_a_report(site: Hearing) -> None:
    """Moderators elsewhere and the author's home; neither who reports, nor who only follows."""
    found = await ours(site)
    homes = dict(await site.rows('SELECT user_name, ap_inbox_url FROM "user"'))
    for by, told in ((found.eve, "mod"), (found.mod, "ana")):
        await site.do("DELETE FROM pieloop.addressed")
        flag = site.activity("Flag", by, found.post, summary="It is spam", to=[found.cats])
        await site.hear(flag, by=by)
        assert await site.rows(
            "SELECT inbox, kind, community_id FROM pieloop.addressed"
            " JOIN pieloop.sent_activity sent ON sent.id = activity_id"
        ) == [(homes[told], "Announce/Flag", None)]
    sent = len(await site.sent())
    await site.do("UPDATE community_member SET is_moderator = false")
    await site.hear(site.activity("Flag", found.eve, found.post, summary="Again"), by=found.eve)
    assert len(await site.sent()) == sent


@pytest.mark.scenario(96)
async def test_a_moderator_elsewhere_changes_the_sidebar(site: Hearing) -> None:
    found = await ours(site)
    said: dict[str, Any] = {
        "id": found.cats,
        "type": "Group",
        "preferredUsername": "cats",
        "inbox": f"{found.cats}/inbox",
    }
    said |= {"name": "Cats", "source": {"content": "New words", "mediaType": "text/markdown"}}
    for who, words in ((found.eve, ""), (found.mod, "New words")):
        await site.hear(site.activity("Update", who, said), by=who)
        assert (await site.value("SELECT description FROM community") or "") == words


@pytest.mark.scenario(117, 118)
async def test_a_community_speaks_of_what_stands_in_it(site: Hearing) -> None:
    found = await ours(site)
    server = await site.server()
    other = group(server)
    await site.fetch_actor(other)
    await site.do(
        'INSERT INTO community_member (user_id, community_id) SELECT u.id, c.id FROM "user" u, community c'
        " WHERE u.user_name = 'keeper' AND c.name = 'trains'"
    )
    delete = site.activity("Delete", found.ana, found.post)
    await site.hear(site.announced(other, delete), by=other)
    assert await site.value("SELECT deleted FROM post") is False
    like = site.activity("Like", found.eve, found.post)
    await site.hear(site.announced(other, like), by=other)
    assert await site.value("SELECT up_votes FROM post") == 1  # its author's own
    assert site.outcomes["Delete", "origin"] == site.outcomes["Like", "origin"] == 1
