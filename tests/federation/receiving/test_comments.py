"""Comments from elsewhere: where they stand, what they may answer, and who is told of them."""

import itertools
from typing import Any

import pytest
from sqlalchemy import text

from service.forum.moderation import branches
from service.forum.notifications.events import consume
from tests.federation.hearing import HERE, PUBLIC, Hearing, note, page
from tests.federation.network import Peer
from tests.federation.receiving.test_content import joined, ours
from tests.federation.signing import actor
from tests.forum import making
from tests.outbound.servers import redirects
from tests.servers import DOMAIN
from workers.moderate import KINDS

TREE = (
    "SELECT r.ap_id, coalesce(p.ap_id, post.ap_id) FROM post_reply r JOIN post ON post.id = r.post_id"
    " LEFT JOIN post_reply p ON p.id = r.parent_id ORDER BY r.id"
)


async def started(site: Hearing) -> tuple[str, Peer, str, dict[str, Any]]:
    """A community of ours, another server, somebody there and their post here."""
    cats, there = await ours(site), await site.server()
    ana = actor(there)
    post = page(ana, cats)
    await site.hear(site.activity("Create", ana, post), by=ana)
    return cats, there, ana, post


async def told(site: Hearing) -> list[tuple[Any, ...]]:
    """Tell people of all comments; return who was told of what."""
    events = await site.rows(
        "SELECT kind, payload FROM pieloop.outbox WHERE kind IN ('CommentPublished', 'PostPublished') ORDER BY id"
    )
    for kind, payload in events:
        await site.database.write(consume, kind, payload, domain=DOMAIN)
    return await site.rows(
        'SELECT u.user_name, n.subtype FROM notification n JOIN "user" u ON u.id = n.user_id ORDER BY n.id'
    )


@pytest.mark.scenario(48)
async def test_an_edited_comment_brings_the_post_and_the_whole_chain(site: Hearing) -> None:
    there = await joined(site)
    things = [page(there.ana, there.group)]
    for depth in range(3):
        things.append(note(there.ben, things[-1]["id"], there.group, f"/comment/{depth}"))
    for thing in things[:-1]:
        there.server.has("/" + thing["id"].split("/", 3)[3], **thing)
    edited = things[-1] | {"updated": "2026-02-01T00:00:00Z"}
    await site.hear(site.announced(there.group, site.activity("Update", there.ben, edited)), by=there.group)
    assert await site.rows("SELECT ap_id FROM post") == [(things[0]["id"],)]
    assert await site.rows(TREE) == [(one["id"], above["id"]) for above, one in itertools.pairwise(things)]


@pytest.mark.scenario(49)
async def test_whatever_leads_to_the_parent_means_it(site: Hearing) -> None:
    cats, there, ana, post = await started(site)
    there.has("/post/1", **post)
    there.answers_with("/page", redirects(post["id"]))
    ways: list[Any] = [
        [post["id"]],
        {"type": "Page", "id": post["id"]},
        [{"id": post["id"]}],
        there.id("/page"),
    ]
    for number, way in enumerate(ways):
        answer = note(ana, "", cats, f"/comment/{number}", inReplyTo=way)
        await site.hear(site.activity("Create", ana, answer), by=ana)
    assert await site.rows(TREE) == [
        (there.id(f"/comment/{number}"), post["id"]) for number in range(len(ways))
    ]


@pytest.mark.scenario(50)
@pytest.mark.parametrize("locked", ["post", "comment"])
async def test_what_is_locked_takes_no_answers(site: Hearing, locked: str) -> None:
    cats, _, ana, post = await started(site)
    first = note(ana, post["id"], cats)
    second = note(ana, first["id"], cats, "/comment/2")
    await site.hear(site.activity("Create", ana, first), site.activity("Create", ana, second), by=ana)
    await site.do(
        "UPDATE post SET comments_enabled = false"
        if locked == "post"
        else "UPDATE post_reply SET replies_enabled = false WHERE parent_id IS NULL"
    )
    sent = len(await site.sent())
    for number, parent in enumerate((first, second)):
        answer = note(ana, parent["id"], cats, f"/comment/late{number}")
        assert await site.send(site.activity("Create", ana, answer), by=ana) == 202
    await site.work()
    assert await site.value("SELECT count(*) FROM post_reply") == 2
    assert len(await site.sent()) == sent


@pytest.mark.scenario(51)
async def test_an_answer_to_what_was_deleted_stands_below_it(site: Hearing) -> None:
    cats, there, ana, post = await started(site)
    parent, answer = note(ana, post["id"], cats), note(ana, f"{there.id('/comment/1')}", cats, "/comment/2")
    await site.hear(site.activity("Create", ana, parent), by=ana)
    await site.do("UPDATE post_reply SET deleted = true")
    await site.hear(site.activity("Create", ana, answer), by=ana)
    assert await site.rows(TREE) == [(parent["id"], post["id"]), (answer["id"], parent["id"])]
    assert await site.rows("SELECT deleted FROM post_reply ORDER BY id") == [(True,), (False,)]


def toot(author: str, parent: str, path: str, **fields: Any) -> dict[str, Any]:
    """An answer as Mastodon writes it: no community is named."""
    origin = "/".join(author.split("/")[:3])
    return {
        "id": f"{origin}{path}",
        "type": "Note",
        "attributedTo": author,
        "inReplyTo": parent,
        "content": (
            f'<p><span class="h-card"><a href="{HERE}/u/reader" class="u-url mention">@<span>reader</span></a>'
            "</span> so it is</p>"
        ),
        "to": [PUBLIC],
        "cc": [f"{author}/followers", f"{HERE}/u/reader"],
        "tag": [{"type": "Mention", "href": f"{HERE}/u/reader", "name": f"@reader@{DOMAIN}"}],
        "published": "2026-11-26T03:04:05Z",
    } | fields


async def answered(site: Hearing) -> tuple[str, str, str]:
    """A community of ours, somebody elsewhere, and a comment of a reader who wants to hear of answers."""
    cats, _, ana, _ = await started(site)
    reader = await making.member(site.database, "reader")
    await site.do(
        "INSERT INTO post_reply (user_id, post_id, community_id, instance_id, body, path, depth, root_id, ap_id)"
        " SELECT :who, id, community_id, 1, 'Hear, hear', '{0,1}', 0, 1, :url FROM post",
        who=reader.id,
        url=f"{HERE}/comment/1",
    )
    await site.do(
        "INSERT INTO notification_subscription (user_id, type, entity_id) SELECT user_id, 4, id FROM post_reply"
    )
    return cats, ana, f"{HERE}/comment/1"


@pytest.mark.scenario(52, 55)
async def test_an_answer_that_names_no_community_stands_in_the_thread(site: Hearing) -> None:
    cats, ana, comment = await answered(site)
    answer = toot(ana, comment, "/notes/1")
    await site.hear(site.activity("Create", ana, answer), by=ana)
    assert (answer["id"], comment) in await site.rows(TREE)
    last = (await site.sent())[-1]
    assert (last["actor"], last["object"]["object"]["id"]) == (cats, answer["id"])
    assert await told(site) == [("reader", "new_reply_on_followed_comment")]


@pytest.mark.scenario(56)
async def test_nobody_is_told_of_whom_they_block(site: Hearing) -> None:
    _, ana, _ = await answered(site)
    await site.do(
        'INSERT INTO user_block (blocker_id, blocked_id) SELECT r.id, a.id FROM "user" r, "user" a'
        " WHERE r.user_name = 'reader' AND a.user_name = 'ana'"
    )
    post = await site.value("SELECT ap_id FROM post")
    await site.hear(site.activity("Create", ana, toot(ana, post, "/notes/1")), by=ana)
    assert await site.value("SELECT count(*) FROM post_reply") == 2
    assert await told(site) == []


@pytest.mark.scenario(159)
async def test_who_is_named_is_told_though_nobody_here_follows_the_community(site: Hearing) -> None:
    there = await joined(site)
    await site.do("DELETE FROM community_member")
    there.server.has("/post/1", **page(there.ana, there.group))
    words = f"What does [@reader@{DOMAIN}]({HERE}/u/reader) say?"
    named = note(
        there.ana,
        there.server.id("/post/1"),
        there.group,
        cc=[f"{HERE}/u/reader"],
        tag=[{"type": "Mention", "href": f"{HERE}/u/reader"}],
        source={"content": words, "mediaType": "text/markdown"},
        published="2026-11-26T03:04:05Z",
    )
    create = site.activity("Create", there.ana, named)
    await site.hear(site.announced(there.group, create), by=there.group)
    assert await told(site) == []
    assert site.outcomes["Create", "unsolicited"] == 1
    await site.hear(create | {"id": there.server.id("/activities/direct")}, by=there.ana)
    assert ("reader", "comment_mention") in await told(site)


async def removed_with_their_branches(site: Hearing) -> list[str]:
    """Let the worker do its part; return the last part of the ids of what is gone."""
    wanted = "DELETE FROM pieloop.outbox WHERE topic = 'moderate' RETURNING kind, payload"
    while True:
        async with site.database.engine.begin() as db:
            events = list(await db.execute(text(wanted)))
        if not events:
            break
        for kind, payload in events:
            await site.database.write(KINDS[kind], payload)
    gone = "SELECT ap_id FROM post WHERE deleted UNION ALL SELECT ap_id FROM post_reply WHERE deleted"
    return sorted(one.rpartition("/")[2] for (one,) in await site.rows(gone))


@pytest.mark.scenario(54)
async def test_a_moderator_removes_all_that_stands_below(
    site: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(branches, "BATCH", 2)
    cats, there, ana, post = await started(site)
    mod = actor(there, "/u/mod")
    await site.fetch_actor(mod)
    things = {"post": post["id"]}
    # One branch of four below "a", whose "c" its author deletes, and one beside it.
    for name, parent in (("a", "post"), ("b", "a"), ("c", "a"), ("d", "b"), ("e", "b"), ("x", "post")):
        answer = note(ana, things[parent], cats, f"/comment/{name}")
        await site.hear(site.activity("Create", ana, answer), by=ana)
        things[name] = answer["id"]
    await site.hear(site.activity("Delete", ana, things["c"]), by=ana)
    cases = (("a", ["a", "b", "c", "d", "e"]), ("post", ["1", "a", "b", "c", "d", "e", "x"]))
    for is_moderator in (False, True):
        for what, branch in cases:
            done = site.activity("Delete", mod, things[what], summary="Spam", withReplies=True)
            await site.hear(done, by=mod)
            assert await removed_with_their_branches(site) == (branch if is_moderator else ["c"])
            await site.hear(site.activity("Undo", mod, done), by=mod)
            assert await removed_with_their_branches(site) == ["c"]
        await site.do(
            "INSERT INTO community_member (user_id, community_id, is_moderator)"
            " SELECT u.id, c.id, true FROM \"user\" u, community c WHERE u.user_name = 'mod'"
            " ON CONFLICT DO NOTHING"
        )
    assert (await site.sent())[-2]["object"]["withReplies"] is True
    await site.hear(site.activity("Delete", mod, things["a"], summary="Spam", withReplies=True), by=mod)
    await site.do("UPDATE community_member SET is_moderator = false")
    assert await removed_with_their_branches(site) == ["a", "c"]
