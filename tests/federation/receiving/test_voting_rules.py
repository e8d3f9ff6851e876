"""Which votes from elsewhere count, and which of them are told on (scenarios 63 to 66)."""

import json
from typing import Any

import pytest

from service.forum.comments import operations as comments
from service.forum.comments.operations import NewComment
from service.forum.votes import vote_on_comment, vote_on_post
from tests.federation.hearing import HERE, Hearing
from tests.federation.receiving.test_votes import a_post
from tests.federation.signing import actor
from tests.federation.test_speaking import Talk
from tests.forum import making
from tests.servers import DOMAIN

COUNTED = "SELECT up_votes, down_votes, score FROM post"
# What is sent: its type, and what it says besides; and the counters after it.
SAID: list[tuple[str, dict[str, Any], tuple[int, int, int]]] = [
    ("Like", {}, (1, 0, 1)),
    ("Like", {"content": "🐱"}, (1, 0, 1)),  # a reaction by the same person counts no second time
    ("EmojiReact", {"content": "🎉"}, (1, 0, 1)),
    ("Dislike", {}, (0, 1, -1)),  # as Mbin says it
    ("Announce", {}, (0, 1, -1)),  # Mbin's boost, by a person
]


@pytest.mark.scenario(63, 64)
async def test_what_other_software_says_of_a_post(site: Hearing) -> None:
    _, url = await a_post(site)
    ana = actor(await site.server())
    emoji = None
    for kind, more, counters in SAID:
        await site.hear(site.activity(kind, ana, url, **more), by=ana)
        assert await site.rows(COUNTED) == [counters], kind
        emoji = more.get("content") if kind != "Announce" else emoji
        assert await site.value("SELECT emoji FROM post_vote") == emoji, kind
    assert [one["object"]["type"] for one in await site.sent()] == ["Like", "Like", "EmojiReact", "Dislike"]


@pytest.mark.scenario(64)
@pytest.mark.parametrize("kind", ["post", "comment"])
async def test_reactions_are_shown_and_taken_back(site: Hearing, kind: str) -> None:
    post_id, url = await a_post(site)
    author_id = await site.value("SELECT user_id FROM post")
    keeper = await making.viewer_of(site.database, author_id)
    if kind == "comment":
        new = NewComment(post_id=post_id, body="Well")
        made = await site.database.write(comments.publish, keeper, new, domain=DOMAIN)
        url = f"{HERE}/comment/{made.comment_id}"
    thing = await site.value(f"SELECT id FROM {'post' if kind == 'post' else 'post_reply'}")
    server = await site.server()
    ana, ben, eve = (actor(server, f"/u/{name}") for name in ("ana", "ben", "eve"))

    async def shown() -> list[tuple[str, int, list[str]]]:
        answer = json.loads(await (await site.client.get(f"/api/alpha/{kind}?id={thing}")).get_data())
        found = answer[f"{kind}_view"][kind]["emoji_reactions"] or []
        return [(one["token"], one["count"], one["authors"]) for one in found]

    for who, emoji in ((ana, "🎉"), (ben, "🐱"), (eve, "🎉")):
        await site.hear(site.activity("EmojiReact", who, url, content=emoji), by=who)
    assert await shown() == [("🎉", 2, ["ana", "eve"]), ("🐱", 1, ["ben"])]
    assert "🐱" in await (await site.client.get("/post/1")).get_data(as_text=True)
    await site.hear(site.activity("Like", ana, url, content="🐱" * 30), by=ana)  # no emoji, but a vote
    await site.hear(site.activity("Undo", eve, site.activity("EmojiReact", eve, url, content="🎉")), by=eve)
    assert await shown() == [("🐱", 1, ["ben"])]
    await site.hear(site.activity("Dislike", ben, url), by=ben)
    assert await shown() == []

    # One of ours reacts: others hear with what.
    talk = Talk(site.database)
    await talk.said()
    vote = vote_on_post if kind == "post" else vote_on_comment
    (said,) = await talk.after(vote, keeper, thing, 1, emoji="🦉")
    assert (said.inner["type"], said.inner["content"]) == ("Like", "🦉")
    assert await shown() == [("🦉", 1, ["ana"])]
    (said,) = await talk.after(vote, keeper, thing, 0)
    assert said.inner["type"] == "Undo"
    assert await shown() == []


OF_ANA = 'SELECT u.id, c.id FROM "user" u, community c WHERE u.user_name = :who'
BANNED_HERE = 'UPDATE "user" SET banned = true WHERE user_name = :who'
BANNED_THERE = f"INSERT INTO community_ban (user_id, community_id) {OF_ANA}"
JOINED = f"INSERT INTO community_member (user_id, community_id) {OF_ANA}"
TRUSTED = (
    'UPDATE instance SET trusted = true WHERE id = (SELECT instance_id FROM "user" WHERE user_name = :who)'
)
NOT_ON_THIS_SITE = "UPDATE site SET enable_downvotes = false"
BY_NOBODY, BY_MEMBERS, BY_TRUSTED = (
    f"UPDATE community SET downvote_accept_mode = {mode}" for mode in (-1, 2, 6)
)
AS_BEFORE = ("UPDATE site SET enable_downvotes = true", "UPDATE community SET downvote_accept_mode = 0")
# What is so, the vote, and whether it counts.
RULES: list[tuple[tuple[str, ...], str, bool]] = [
    ((), "Dislike", True),
    ((NOT_ON_THIS_SITE,), "Dislike", False),
    ((NOT_ON_THIS_SITE,), "Like", True),
    ((BY_NOBODY,), "Dislike", False),
    ((BY_MEMBERS,), "Dislike", False),
    ((BY_MEMBERS, JOINED), "Dislike", True),
    ((BY_TRUSTED,), "Dislike", False),
    ((BY_TRUSTED, TRUSTED), "Dislike", True),
    ((BANNED_HERE,), "Like", False),
    ((BANNED_THERE,), "Like", False),
]


@pytest.mark.scenario(65, 66)
async def test_votes_against_the_rules_are_dropped_and_not_announced(site: Hearing) -> None:
    _, url = await a_post(site)
    server = await site.server()
    counted: list[str] = []
    for number, (facts, kind, counts) in enumerate(RULES):
        name = f"p{number}"
        voter = actor(server, f"/u/{name}")
        await site.fetch_actor(voter)
        for fact in facts:
            await site.do(fact, **({"who": name} if ":who" in fact else {}))
        reaction = {"content": "🎉"} if kind == "Like" and not counts else {}
        await site.hear(site.activity(kind, voter, url, **reaction), by=voter)
        counted += [voter] if counts else []
        assert await site.value("SELECT count(*) FROM post_vote") == len(counted), (facts, kind)
        for fact in AS_BEFORE:
            await site.do(fact)
    assert [one["object"]["actor"] for one in await site.sent()] == counted
