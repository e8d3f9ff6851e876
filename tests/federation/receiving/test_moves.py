"""People, communities and posts move, where both ends agree (scenarios 130 and 131)."""

from typing import Any

import msgspec
import pytest

from service.federation.errors import NotTheirs
from service.federation.moving import follow_move
from service.forum.accounts import operations as accounts
from service.forum.errors import Forbidden
from service.forum.events import ActorMoved
from service.forum.posts import operations as posts
from tests.federation.hearing import HERE, Hearing, group, note, page
from tests.federation.receiving.test_moderation import ours
from tests.federation.signing import actor
from tests.federation.test_speaking import Talk
from tests.forum import making


async def moves(site: Hearing, old: str, new: str, by: str) -> None:
    """Let somebody say so, and do what follows."""
    await site.hear(site.activity("Move", by, old, target=new), by=by)
    rows = await site.rows("SELECT payload FROM pieloop.outbox WHERE kind = 'ActorMoved' ORDER BY id")
    await site.do("DELETE FROM pieloop.outbox WHERE kind = 'ActorMoved'")
    for (payload,) in rows:
        event = msgspec.convert(payload, ActorMoved)
        await follow_move(site.database, site.fetcher, site.drain._finder, event)


FOLLOWED = (
    'SELECT u.user_name, f.is_accepted FROM user_follower f JOIN "user" u ON u.id = f.remote_user_id'
    " WHERE f.local_user_id = :who ORDER BY 1"
)


@pytest.mark.scenario(130)
@pytest.mark.parametrize("said_by", ["old", "new"])
async def test_who_follows_somebody_goes_along_if_the_new_account_agrees(site: Hearing, said_by: str) -> None:
    server, elsewhere = await site.server(), await site.server()
    old, new = actor(server), actor(elsewhere, "/u/anew")
    await site.fetch_actor(old)
    ana = await site.value("SELECT id FROM \"user\" WHERE user_name = 'ana'")
    reader, hater = [await making.member(site.database, name) for name in ("reader", "hater")]
    await site.database.write(accounts.follow, reader, ana)
    await site.database.write(accounts.block, hater, ana)
    talk = Talk(site.database)
    await talk.said()
    says = old if said_by == "old" else new
    eve = actor(elsewhere, "/u/eve")
    await site.hear(site.activity("Move", eve, old, target=new), by=eve)
    assert await site.value("SELECT count(*) FROM pieloop.outbox WHERE kind = 'ActorMoved'") == 0
    with pytest.raises(NotTheirs):  # the new account does not know of it
        await moves(site, old, new, says)
    assert await site.rows(FOLLOWED, who=reader.id) == [("ana", False)]
    actor(server, movedTo=new)
    actor(elsewhere, "/u/anew", alsoKnownAs=[old])
    await moves(site, old, new, says)
    assert await site.rows(FOLLOWED, who=reader.id) == [("anew", False)]
    follow, undo = sorted(await talk.said(), key=lambda one: one["type"])
    assert (follow["type"], follow["object"], follow.inboxes) == ("Follow", new, [f"{new}/inbox"])
    assert (undo["type"], undo.inner["object"], undo.inboxes) == ("Undo", old, [f"{old}/inbox"])
    blocked = 'SELECT u.user_name FROM user_block b JOIN "user" u ON u.id = b.blocked_id ORDER BY 1'
    assert await site.rows(blocked) == [("ana",), ("anew",)]
    await moves(site, old, new, says)  # once is enough
    assert await talk.said() == []


@pytest.mark.scenario(131)
async def test_a_communitys_members_go_along_and_its_name_leads_to_the_new_one(site: Hearing) -> None:
    server, elsewhere = await site.server(), await site.server()
    old, new = group(server), group(elsewhere, "rails")
    await site.fetch_actor(old)
    reader = await making.member(site.database, "reader")
    await site.do("INSERT INTO community_member (user_id, community_id, is_moderator, is_owner, is_banned)"
                  " VALUES (:who, 1, false, false, false)", who=reader.id)  # fmt: skip
    talk = Talk(site.database)
    with pytest.raises(NotTheirs):
        await moves(site, old, new, old)
    assert await site.value("SELECT count(*) FROM community_member") == 1
    group(elsewhere, "rails", alsoKnownAs=old)
    await moves(site, old, new, old)
    assert await site.value("SELECT count(*) FROM community_member") == 0
    assert await site.rows(
        "SELECT c.name FROM community_join_request r JOIN community c ON c.id = r.community_id"
    ) == [("rails",)]
    said = {one["type"]: one.inboxes for one in await talk.said()}
    assert said == {"Follow": [f"{new}/inbox"], "Undo": [f"{old}/inbox"]}
    answer = await site.client.get(f"/c/trains@{server.server.host}")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/c/rails@{elsewhere.server.host}")


@pytest.mark.scenario(131)
async def test_posts_move_where_the_mover_has_a_say_in_both(site: Hearing) -> None:
    found = await ours(site)
    keeper = await making.viewer_of(
        site.database, await site.value("SELECT id FROM \"user\" WHERE user_name = 'keeper'")
    )
    dogs = await making.community(site.database, keeper, "dogs")
    den = await making.community(site.database, keeper, "den", private=True)
    await site.hear(site.activity("Create", found.ana, note(found.ana, found.post, found.cats)), by=found.ana)
    sent = len(await site.sent())
    where = "SELECT c.name FROM post p JOIN community c ON c.id = p.community_id"
    names = {"origin": found.cats}

    async def move(by: str, to: str) -> Any:
        await site.hear(site.activity("Move", by, found.post, target=f"{HERE}/c/{to}", **names), by=by)
        return await site.value(where)

    # Who moderates here alone, or nowhere; and into a place that is not for everybody.
    assert await move(found.mod, "dogs") == await move(found.eve, "dogs") == "cats"
    assert await move(found.ana, "den") == "cats"
    # Into a place that nobody knows; and comments do not move.
    comment = await site.value("SELECT ap_id FROM post_reply")
    for thing, to in ((found.post, "nowhere"), (comment, "dogs")):
        await site.hear(
            site.activity("Move", found.ana, thing, target=f"{HERE}/c/{to}", **names), by=found.ana
        )
    assert site.outcomes["Move", "no rule"] == 2
    await site.hear(site.activity("Move", found.eve, f"{HERE}/u/keeper", target=found.eve), by=found.eve)
    assert site.outcomes["Move", "not here"] == 1
    assert len(await site.sent()) == sent
    assert await move(found.ana, "dogs") == "dogs"
    assert await site.rows("SELECT community_id FROM post_reply") == [(dogs,)]
    assert await site.rows("SELECT post_count, post_reply_count FROM community ORDER BY id") == [
        (0, 0),
        (1, 1),
        (0, 0),
    ]
    assert [(one["actor"], one["object"]["type"]) for one in (await site.sent())[sent:]] == [
        (found.cats, "Move")
    ]
    assert await site.rows("SELECT action, community_id FROM mod_log WHERE action = 'move_post'") == [
        ("move_post", dogs)
    ]

    # What one of ours moves, is told where it stood.
    talk = Talk(site.database)
    await talk.said()
    post_id = await site.value("SELECT id FROM post")
    (said,) = await talk.after(posts.move, keeper, post_id, 1)
    assert (said.kind, said["actor"]) == ("Announce/Move", f"{HERE}/c/dogs")
    assert (said.inner["object"], said.inner["target"]) == (found.post, found.cats)
    with pytest.raises(Forbidden):
        await site.database.write(posts.move, keeper, post_id, den)
    stranger = await making.member(site.database, "stranger")
    with pytest.raises(Forbidden):
        await site.database.write(posts.move, stranger, post_id, dogs)


@pytest.mark.scenario(131)
async def test_a_post_goes_to_a_community_that_nobody_here_knew(site: Hearing) -> None:
    server = await site.server()
    trains, rails, ana = group(server), group(server, "rails"), actor(server)
    await site.fetch_actor(trains)
    reader = await making.member(site.database, "reader")
    await site.do("INSERT INTO community_member (user_id, community_id) VALUES (:who, 1)", who=reader.id)
    written = page(ana, trains)
    await site.hear(site.announced(trains, site.activity("Create", ana, written)), by=trains)
    move = site.activity("Move", ana, written["id"], origin=trains, target=rails)
    await site.hear(site.announced(trains, move), by=trains)
    assert await site.value("SELECT c.name FROM post p JOIN community c ON c.id = p.community_id") == "rails"
