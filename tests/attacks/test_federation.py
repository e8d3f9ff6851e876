"""What a server that people here follow, and that means harm, may not do: speak for accounts of other servers."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from service.config import Config
from service.federation.intake.envelope import key_of
from tests.federation.hearing import HERE, Hearing, group, hearing, note, page
from tests.federation.signing import actor
from tests.forum import making


@pytest.fixture
async def site(config: Config) -> AsyncIterator[Hearing]:
    """The site, with nothing in it."""
    async with hearing(config) as running:
        yield running


class Trap:
    """A community and a feed that mean harm, and everybody for whom they would like to speak."""

    cats = f"{HERE}/c/cats"
    ours = f"{HERE}/u/keeper"

    def __init__(self) -> None:
        self.trap = self.feed = self.eve = self.ana = self.ben = self.post = self.comment = self.letter = ""
        self.local_post = f"{HERE}/post/ours"


async def trap(site: Hearing) -> Trap:
    found = Trap()
    keeper = await making.member(site.database, "keeper")
    cats = await making.community(site.database, keeper)
    good, evil = await site.server(), await site.server()
    found.trap = group(evil, "trap")
    found.feed = actor(evil, "/f/all", type="Feed", following=evil.id("/f/all/following"))
    found.eve, found.ana, found.ben = actor(evil, "/u/eve"), actor(good), actor(good, "/u/ben")
    for one in (found.trap, found.feed, found.eve, found.ana, found.ben):
        await site.fetch_actor(one)
    await site.do(
        "INSERT INTO community_member (user_id, community_id, is_moderator, is_owner, is_banned)"
        " SELECT :who, id, false, false, false FROM community WHERE id <> :cats",
        who=keeper.id,
        cats=cats,
    )
    # Ana moderates here and administers her server.
    await site.do(
        "INSERT INTO community_member (user_id, community_id, is_moderator, is_owner, is_banned)"
        " SELECT id, :cats, true, false, false FROM \"user\" WHERE user_name = 'ana'",
        cats=cats,
    )
    await site.do(
        "INSERT INTO instance_role (instance_id, user_id, role)"
        " SELECT instance_id, id, 'admin' FROM \"user\" WHERE user_name = 'ana'"
    )
    post, second = page(found.ana, found.cats), page(found.ben, found.cats, "/post/2")
    comment = note(found.ana, second["id"], found.cats)
    letter = {
        "id": good.id("/private_message/1"),
        "type": "ChatMessage",
        "attributedTo": found.ana,
        "to": [found.ours],
        "content": "<p>Hello</p>",
    }
    await site.hear(*(site.activity("Create", found.ana, one) for one in (post, letter)), by=found.ana)
    await site.hear(site.activity("Create", found.ben, second), by=found.ben)
    await site.hear(site.activity("Create", found.ana, comment), by=found.ana)
    (ours,) = await making.posts(site.database, keeper, cats, 1)
    # A post of ours in the trap's own community.
    await site.do(
        "UPDATE post SET ap_id = :url,"
        " community_id = (SELECT id FROM community WHERE name = 'trap') WHERE id = :ours",
        url=found.local_post,
        ours=ours,
    )
    found.post, found.comment = str(post["id"]), str(comment["id"])
    found.letter = str(letter["id"])
    return found


async def state(site: Hearing, at: Trap) -> list[Any]:
    """All that the attacks are after."""
    statements = (
        "SELECT id, title, body, deleted, sticky, comments_enabled, up_votes, down_votes, nsfw FROM post ORDER BY id",
        "SELECT id, body, deleted, answer FROM post_reply ORDER BY id",
        "SELECT id, body, deleted FROM chat_message ORDER BY id",
        'SELECT id, banned, deleted, title FROM "user" ORDER BY id',
        "SELECT id, title, description, banned FROM community ORDER BY id",
        "SELECT id, banned FROM feed ORDER BY id",
        "SELECT user_id, community_id, is_moderator, is_banned FROM community_member ORDER BY 1, 2",
        "SELECT count(*) FROM user_follower",
        "SELECT count(*) FROM user_block",
        "SELECT count(*) FROM report",
    )
    buried = "SELECT count(*) FROM pieloop.tombstone WHERE key = :key"
    return [
        *[await site.rows(statement) for statement in statements],
        await site.rows(buried, key=key_of(unknown_post(at))),
    ]


def unknown_post(at: Trap) -> str:
    """One that never came."""
    return f"{'/'.join(at.ana.split('/')[:3])}/post/99"


def forged(site: Hearing, at: Trap) -> dict[str, dict[str, Any]]:
    """What was never said by those who are named, each once."""
    good = "/".join(at.ana.split("/")[:3])
    edited = page(at.ana, at.cats, name="A stolen title", updated="2026-03-01T00:00:00Z")
    fresh = page(at.ana, at.cats, "/post/7")
    ours = page(at.ours, at.trap, name="A stolen title", updated="2026-03-01T00:00:00Z") | {
        "id": at.local_post
    }
    letter = {
        "id": at.letter,
        "type": "ChatMessage",
        "attributedTo": at.ana,
        "to": [at.ours],
        "content": "Stolen",
    }
    community = {
        "id": at.cats,
        "type": "Group",
        "preferredUsername": "cats",
        "inbox": f"{at.cats}/inbox",
        "name": "Stolen",
    }
    delete = site.activity("Delete", at.ana, at.post)
    follow = site.activity("Follow", at.ana, at.ours)
    return {
        "a post in a community of ours": site.activity("Create", at.ana, fresh),
        "an edit": site.activity("Update", at.ana, edited),
        "an edit of a post that never came": site.activity("Update", at.ana, fresh),
        "a deletion": delete,
        "a deletion of what is not known": site.activity("Delete", at.ana, unknown_post(at)),
        "a deletion taken back": site.activity("Undo", at.ana, delete),
        "a vote": site.activity("Like", at.ben, at.post),
        "a lock": site.activity("Lock", at.ana, at.post),
        "a pin": site.activity("Add", at.ana, at.post, target=f"{at.cats}/featured"),
        "a moderator": site.activity("Add", at.ana, at.ben, target=f"{at.cats}/moderators"),
        "an answer": site.activity("ChooseAnswer", at.ben, at.comment),
        "a ban from a community": site.activity("Block", at.ana, at.ben, target=at.cats),
        "a ban from a server": site.activity("Block", at.ana, at.ben, target=f"{good}/"),
        "a block": site.activity("Block", at.ana, at.ours),
        "a report": site.activity("Flag", at.ben, at.post, summary="Spam"),
        "a report of somebody": site.activity("Flag", at.ben, [at.ana, at.post], summary="Spam"),
        "an account's end": site.activity("Delete", at.ana, at.ana, removeData=True),
        "a sidebar": site.activity("Update", at.ana, community),
        "a letter": site.activity("Create", at.ana, letter | {"id": f"{good}/private_message/2"}),
        "a letter's edit": site.activity("Update", at.ana, letter),
        "a letter's end": site.activity("Delete", at.ana, at.letter),
        "a follow": follow,
        "a follow's end": site.activity("Undo", at.ana, follow),
        "a rejection": site.activity("Reject", at.ben, follow),
        "a vote of ours": site.activity("Like", at.ours, at.post),
        "an edit of ours": site.activity("Update", at.ours, ours),
        "a deletion of ours": site.activity("Delete", at.ours, at.local_post),
        "a deletion by an account of ours": site.activity("Delete", at.ours, at.post),
    }


# What is written may be said to stand in the trap's own community: that is the trap's affair.
ITS_OWN = {"a post in a community of ours", "an edit of a post that never came"}
# Anybody may do these for themselves.
THEIR_OWN = {"a vote", "a report", "a report of somebody", "a follow", "a vote of ours", "a block"}


async def test_nobody_speaks_for_accounts_of_others(site: Hearing) -> None:
    at = await trap(site)
    before, sent = await state(site, at), len(await site.sent())
    site.outcomes.clear()
    evil = "/".join(at.eve.split("/")[:3])
    for announcer in (at.trap, at.feed):
        said = forged(site, at)
        aimed = {name: one | {"audience": at.trap} for name, one in forged(site, at).items()}
        inner = [*said.values(), *(one for name, one in aimed.items() if name not in ITS_OWN)]
        await site.hear(*(site.announced(announcer, one) for one in inner), by=announcer)
        assert await state(site, at) == before, (announcer, site.outcomes)
    for more in ({}, {"audience": at.trap}):
        own = [
            one | more | {"actor": at.eve, "id": f"{evil}/own/{number}/{len(more)}"}
            for number, (name, one) in enumerate(forged(site, at).items())
            if name not in THEIR_OWN
        ]
        await site.hear(*own, by=at.eve)
        assert await state(site, at) == before, site.outcomes
    assert len(await site.sent()) == sent
