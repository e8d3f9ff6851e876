"""Announcements, several in one, messages and polls (scenarios 40, 41, 63, 64, 69, 100 to 105 and 107)."""

from typing import Any

import pytest

from service.forum.polls import NewPoll
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost
from tests.federation.hearing import HERE, PUBLIC, Hearing, note, page
from tests.federation.receiving.test_content import joined, ours
from tests.federation.signing import actor
from tests.forum import making
from tests.servers import DOMAIN


@pytest.mark.scenario(40, 41, 160)
async def test_what_is_named_by_its_id_is_fetched_once(site: Hearing) -> None:
    there = await joined(site)
    post = page(there.ana, there.group)
    there.server.has("/post/1", **post)
    await site.hear(site.announced(there.group, post["id"]), by=there.group)
    await site.hear(site.announced(there.group, post), by=there.group)
    create = site.activity("Create", there.ana, post)
    await site.hear(site.announced(there.group, create), by=there.group)
    assert await site.value("SELECT count(*) FROM post") == 1
    assert len(there.server.asked("/post/1")) == 1
    # A person's boost is nothing.
    await site.hear(site.activity("Announce", there.ben, there.server.id("/post/9")), by=there.ben)
    assert there.server.asked("/post/9") == []


@pytest.mark.scenario(64, 69, 155)
async def test_several_in_one_and_reactions(site: Hearing) -> None:
    there = await joined(site)
    post = page(there.ana, there.group)
    await site.hear(site.announced(there.group, site.activity("Create", there.ana, post)), by=there.group)
    like = site.activity("Like", there.ben, post["id"])
    several = [
        like,
        {"type": "Like"},
        {"type": "Dance", "actor": there.ben, "object": post["id"]},
        site.activity("Dislike", there.ana, post["id"]),
    ]
    collection = {"type": "OrderedCollection", "orderedItems": several}
    await site.hear(site.announced(there.group, several), by=there.group)
    await site.hear(site.announced(there.group, collection), by=there.group)
    assert await site.rows("SELECT up_votes, down_votes FROM post") == [(1, 1)]
    react = site.activity("EmojiReact", there.ben, post["id"], content="🐱")
    await site.hear(site.announced(there.group, react), by=there.group)
    assert await site.rows("SELECT up_votes, down_votes FROM post") == [(1, 1)]


@pytest.mark.scenario(159)
async def test_what_nobody_here_follows_is_ignored(site: Hearing) -> None:
    there = await joined(site)
    await site.do("DELETE FROM community_member")
    create = site.activity("Create", there.ana, page(there.ana, there.group))
    await site.hear(site.announced(there.group, create), by=there.group)
    assert await site.value("SELECT count(*) FROM post") == 0
    assert site.outcomes["Create", "unsolicited"] == 1


@pytest.mark.scenario(100, 102, 103, 105)
async def test_private_messages(site: Hearing) -> None:
    reader = await making.member(site.database, "reader")
    server = await site.server()
    ana, eve = actor(server), actor(server, "/u/eve")
    to = f"{HERE}/u/reader"
    message = {
        "id": server.id("/private_message/1"),
        "type": "ChatMessage",
        "attributedTo": ana,
        "to": [to],
        "content": "<p>Hello there</p>",
        "source": {"content": "Hello there", "mediaType": "text/markdown"},
    }
    create = site.activity("Create", ana, message, to=[to])
    await site.hear(create, by=ana)
    await site.hear(site.activity("Create", ana, message, to=[to]), by=ana)
    assert await site.rows("SELECT recipient_id, body FROM chat_message") == [(reader.id, "Hello there")]
    edited = message | {"source": {"content": "Hello again", "mediaType": "text/markdown"}}
    for who, words in ((eve, "Hello there"), (ana, "Hello again")):
        await site.hear(site.activity("Update", who, edited, to=[to]), by=who)
        assert await site.value("SELECT body FROM chat_message") == words
    for who, deleted in ((eve, False), (ana, True)):
        await site.hear(site.activity("Delete", who, message["id"], to=[to]), by=who)
        assert bool(await site.value("SELECT deleted FROM chat_message")) is deleted
    direct = {
        "id": server.id("/notes/7"),
        "type": "Note",
        "attributedTo": ana,
        "to": [to],
        "content": "<p>For you alone</p>",
        "tag": [{"type": "Mention", "href": to}],
    }
    await site.hear(site.activity("Create", ana, direct, to=[to]), by=ana)
    assert await site.value("SELECT count(*) FROM chat_message") == 2
    assert await site.value("SELECT count(*) FROM post") == 0


@pytest.mark.scenario(50)
async def test_locked_posts_take_no_answers(site: Hearing) -> None:
    cats, server = await ours(site), await site.server()
    ana = actor(server)
    post = page(ana, cats)
    await site.hear(site.activity("Create", ana, post), by=ana)
    await site.do("UPDATE post SET comments_enabled = false")
    sent = len(await site.sent())
    await site.hear(site.activity("Create", ana, note(ana, post["id"], cats)), by=ana)
    assert await site.value("SELECT count(*) FROM post_reply") == 0
    assert len(await site.sent()) == sent


@pytest.mark.scenario(107)
async def test_votes_in_polls_come_by_way_of_the_community(site: Hearing) -> None:
    there = await joined(site)
    choices = [
        {"type": "Note", "name": name, "replies": {"totalItems": 0}} for name in ("Tea", "Coffee", "Milk")
    ]
    question = page(there.ana, there.group, type="Question", oneOf=choices, endTime="2099-01-01T00:00:00Z")
    await site.hear(site.announced(there.group, site.activity("Create", there.ana, question)), by=there.group)
    voters = [actor(there.server, f"/u/{name}") for name in ("ben", "cleo", "dan")]
    first, second, third = (
        site.activity("PollVote", voter, question["id"], choice_text=name)
        for voter, name in zip(voters, ("Tea", "coffee", "Tea"), strict=True)
    )
    await site.hear(site.announced(there.group, first), by=there.group)
    await site.hear(site.announced(there.group, [second, third]), by=there.group)
    votes = "SELECT choice_text, num_votes FROM poll_choice ORDER BY id"
    assert await site.rows(votes) == [("Tea", 2), ("Coffee", 1), ("Milk", 0)]


@pytest.mark.scenario(107)
async def test_votes_in_polls_come_as_notes(site: Hearing) -> None:
    cats, server = await ours(site), await site.server()
    ana, ben, cleo, dan = (actor(server, f"/u/{name}") for name in ("ana", "ben", "cleo", "dan"))
    choices = [{"type": "Note", "name": name, "replies": {"totalItems": 0}} for name in ("Tea", "Coffee")]
    question = page(ana, cats, type="Question", oneOf=choices, endTime="2099-01-01T00:00:00Z")
    await site.hear(site.activity("Create", ana, question), by=ana)
    # Some let everybody hear of a vote; Mastodon and GoToSocial write to the author of the poll alone.
    votes: list[tuple[str, str, Any]] = [
        (ben, "Tea", [ana, PUBLIC]),
        (ben, "Cocoa", [ana]),
        (ben, "Coffee", [ana]),
        (cleo, "Tea", [ana]),
        (dan, "coffee", ana),
    ]
    for number, (voter, name, heard_by) in enumerate(votes):
        choice = {
            "id": server.id(f"/votes/{number}"),
            "type": "Note",
            "attributedTo": voter,
            "inReplyTo": question["id"],
            "name": name,
            "to": heard_by,
        }
        await site.hear(site.activity("Create", voter, choice, to=heard_by), by=voter)
    assert await site.rows("SELECT choice_text, num_votes FROM poll_choice ORDER BY id") == [
        ("Tea", 2),
        ("Coffee", 1),
    ]
    assert await site.value("SELECT count(*) FROM chat_message") == 0
    assert await site.value("SELECT count(*) FROM post_reply") == 0


@pytest.mark.scenario(107)
async def test_votes_in_polls_of_ours_are_no_letters_to_their_authors(site: Hearing) -> None:
    keeper = await making.member(site.database, "keeper")
    place = await making.community(site.database, keeper)
    asked = NewPost(community_id=place, title="Tea?", poll=NewPoll(choices=("Yes", "No")))
    await site.database.write(posts.publish, keeper, asked, domain=DOMAIN)
    server = await site.server()
    for number, (name, choice) in enumerate((("ana", "Yes"), ("ben", "No"), ("cleo", "Yes"))):
        voter, heard_by = actor(server, f"/u/{name}"), [f"{HERE}/u/keeper"]
        vote = {"id": server.id(f"/votes/{number}"), "type": "Note", "attributedTo": voter, "to": heard_by}
        vote |= {"inReplyTo": f"{HERE}/post/1", "name": choice}
        await site.hear(site.activity("Create", voter, vote, to=heard_by), by=voter)
    assert await site.rows("SELECT num_votes FROM poll_choice ORDER BY id") == [(2,), (1,)]
    assert await site.value("SELECT count(*) FROM chat_message") == 0
