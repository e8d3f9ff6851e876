"""Comments and votes of other servers' people: by the operations and rules of our own."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import votes
from service.forum.accounts.author import Author
from service.forum.comments import operations as comments
from service.forum.comments.operations import NewComment, SentComment
from service.forum.errors import Banned, Forbidden, ForumError, Gone, Invalid, Locked, NotFound
from service.forum.flairs import operations as flairs
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost
from service.forum.provenance import Provenance
from service.storage.clock import utcnow
from service.storage.tables import (
    Comment,
    CommentVote,
    Community,
    CommunityFlair,
    CommunityMember,
    ModLog,
    Post,
    PostVote,
    ReadPost,
    Site,
    User,
    UserBlock,
)
from service.storage.tables.own import OutboxEvent
from service.storage.transaction import Database
from tests.forum.elsewhere import HOST, change, far_community, row, rows, stranger, told_after
from tests.forum.making import DOMAIN, community, member

YESTERDAY = timedelta(days=1)
ANNOUNCED = f"https://{HOST}/activities/announce/1"


def origin(by: Author, **values: Any) -> Provenance:
    """Where a comment of somebody's comes from."""
    given = {"ap_id": f"https://{HOST}/comment/1", "create_id": f"https://{HOST}/activities/create/1"}
    return Provenance(instance_id=by.instance_id, **(given | values))


async def say(
    database: Database, by: Author, post: int, body: str = "Hello", parent: int | None = None, **said: Any
) -> comments.PublishedComment:
    new = NewComment(post_id=post, body=body, parent_id=parent)
    return await database.write(comments.publish, by, new, domain=DOMAIN, provenance=origin(by, **said))


async def comment_row(database: Database, comment_id: int) -> Comment:
    return await row(database, Comment, Comment.id == comment_id)


async def a_post(database: Database, community_id: int) -> int:
    """A post of a member of ours."""
    new = NewPost(community_id=community_id, title="A fine day")
    by = await member(database, "kim")
    return (await database.write(posts.publish, by, new, domain=DOMAIN)).post_id


async def test_it_stands_as_one_of_ours_does(database: Database) -> None:
    ana, zoe = await member(database, "ana"), await stranger(database, "zoe")
    post = await a_post(database, await community(database, ana))
    ours = NewComment(post_id=post, body="*Look*")
    mine = (await database.write(comments.publish, ana, ours, domain=DOMAIN)).comment_id
    published = utcnow() - YESTERDAY
    hers = (
        await say(database, zoe, post, "*Look*", mine, published=published, announce_id="x" * 101)
    ).comment_id
    again = await say(database, zoe, post, "*Look*", mine)
    assert (again.comment_id, again.fresh) == (hers, False)
    one, other = await comment_row(database, mine), await comment_row(database, hers)
    same = [
        "body",
        "body_html",
        "body_html_safe",
        "up_votes",
        "score",
        "ranking",
        "community_id",
        "indexable",
        "replies_enabled",
    ]
    assert {name: getattr(other, name) for name in same} == {name: getattr(one, name) for name in same}
    assert (other.path, other.root_id, other.depth, one.child_count) == ([0, mine, hers], mine, 1, 1)
    assert (other.ap_id, other.ap_announce_id, other.posted_at) == (
        f"https://{HOST}/comment/1",
        None,
        published,
    )
    assert (other.instance_id, other.user_id) == (zoe.instance_id, zoe.id)
    assert await rows(database, select(Post.reply_count)) == [2]
    assert await rows(database, select(CommentVote.effect)) == [1.0, 1.0]
    theirs = OutboxEvent.payload["comment_id"].as_integer() == hers
    assert await rows(database, select(OutboxEvent.topic).where(theirs)) == ["notify"]


async def test_what_is_stored_of_it(database: Database) -> None:
    zoe = await stranger(database, "zoe")
    post = await a_post(database, await far_community(database, "dogs"))
    html = "<p>A <b>fine</b> one</p><script>evil()</script>"
    stored: list[tuple[str, dict[str, Any], tuple[str, str]]] = [
        ("", {"html": html}, ("A **fine** one", "<p>A <b>fine</b> one</p>")),
        ("*x*", {"html": html}, ("*x*", "<p><em>x</em></p>\n")),
        ("a\0b\ud800", {}, ("ab", "<p>ab</p>\n")),
    ]
    for at, (body, said, expected) in enumerate(stored):
        made = await say(database, zoe, post, body, ap_id=f"https://{HOST}/comment/{at}", **said)
        found = await comment_row(database, made.comment_id)
        assert (found.body, found.body_html) == expected
    refused: list[tuple[str, dict[str, Any]]] = [
        ("", {"ap_id": f"https://{HOST}/comment/9"}),
        ("", {"ap_id": f"https://{HOST}/comment/9", "html": "<p> </p>"}),
        ("x", {"ap_id": f"https://{HOST}/{'x' * 255}"}),
    ]
    for body, said in refused:
        with pytest.raises(Invalid):
            await say(database, zoe, post, body, **said)


async def test_what_is_refused_to_people_from_elsewhere_as_to_ours(database: Database) -> None:
    ana, zoe = await member(database, "ana"), await stranger(database, "zoe")
    place = await community(database, ana)
    post = await a_post(database, place)
    new = NewComment(post_id=post, body="First")
    first = (await database.write(comments.publish, ana, new, domain=DOMAIN)).comment_id

    async def block(session: AsyncSession) -> None:
        session.add(UserBlock(blocker_id=ana.id, blocked_id=zoe.id))

    await change(database, Site, blocked_phrases="pills")
    banned = await stranger(database, "max", banned=True)
    mute = await stranger(database, "liz", ban_comments=True)
    for by, body in ((banned, "x"), (mute, "x"), (zoe, "Buy pills")):
        with pytest.raises(ForumError):
            await say(database, by, post, body)
    closed: list[tuple[Any, dict[str, Any], type[ForumError]]] = [
        (Community, {"local_only": True}, Forbidden),
        (Community, {"private": True}, NotFound),
        (Comment, {"replies_enabled": False}, Locked),
        (Post, {"comments_enabled": False}, Locked),
        (Post, {"deleted": True}, Gone),
    ]
    for table, values, error in closed:
        await change(database, table, **values)
        with pytest.raises(error):
            pytest.fail(f"{values}: {await say(database, zoe, post, 'x', first, announce_id=ANNOUNCED)}")
        await change(database, table, **{name: not value for name, value in values.items()})
    await database.write(block)
    with pytest.raises(Forbidden):
        await say(database, zoe, post, "x", first)
    assert await rows(database, select(Comment.id)) == [first]


async def test_a_community_elsewhere_knows_better_what_it_takes(database: Database) -> None:
    zoe, post = await stranger(database, "zoe"), await a_post(database, await far_community(database, "dogs"))
    first = (await say(database, zoe, post)).comment_id
    await change(database, Comment, replies_enabled=False, deleted=True)
    await change(database, Post, comments_enabled=False)
    with pytest.raises(Locked):
        await say(database, zoe, post, "x", first, ap_id=f"https://{HOST}/comment/2")
    made = await say(
        database, zoe, post, "x", first, ap_id=f"https://{HOST}/comment/2", announce_id=ANNOUNCED
    )
    assert made.fresh


async def test_history_is_told_to_nobody(database: Database) -> None:
    zoe, post = await stranger(database, "zoe"), await a_post(database, await far_community(database, "dogs"))
    made = await say(database, zoe, post, is_history=True)
    ours = OutboxEvent.payload["comment_id"].as_integer() == made.comment_id
    assert await rows(database, select(OutboxEvent.kind).where(ours)) == []


async def test_changes_from_elsewhere(database: Database) -> None:
    zoe, max_ = await stranger(database, "zoe"), await stranger(database, "max")
    post = await a_post(database, await far_community(database, "dogs"))
    then = utcnow() - YESTERDAY
    comment = (await say(database, zoe, post, updated=then)).comment_id

    async def edit(by: Author, body: str, **said: Any) -> bool:
        return await database.write(
            comments.edit, by, comment, body, domain=DOMAIN, provenance=origin(by, **said)
        )

    assert not await edit(zoe, "Older", updated=then - YESTERDAY)
    assert await edit(zoe, "", updated=utcnow(), html="<p>Newer</p>")
    assert (await comment_row(database, comment)).body == "Newer"
    with pytest.raises(Forbidden):
        await edit(max_, "Mine now")
    assert await told_after(database, comments.set_deleted, zoe, comment, deleted=True) == []
    assert await rows(database, select(Post.reply_count)) == [0]
    with pytest.raises(Gone):
        await edit(zoe, "After all")
    assert await told_after(database, comments.set_deleted, zoe, comment, deleted=False) == []
    with pytest.raises(Forbidden):
        await database.write(comments.set_deleted, max_, comment, deleted=True)


async def test_who_may_moderate_from_elsewhere(database: Database) -> None:
    zoe, place = await stranger(database, "zoe", host="her.example"), await far_community(database, "dogs")
    post = await a_post(database, place)
    comment = (await say(database, zoe, post)).comment_id
    moderator = await stranger(database, "mod")

    async def appoint(session: AsyncSession) -> None:
        session.add(CommunityMember(user_id=moderator.id, community_id=place, is_moderator=True))
        session.add(CommunityFlair(id=1, community_id=place, flair="Photo"))

    await database.write(appoint)
    acts: list[tuple[Any, int, str | None, dict[str, Any]]] = [
        (comments.set_locked, comment, "lock_post_reply", {"locked": True, "reason": "x"}),
        (comments.set_removed, comment, "delete_post_reply", {"removed": True, "reason": "x"}),
        (comments.set_removed, comment, "restore_post_reply", {"removed": False}),
        (comments.set_locked, comment, "unlock_post_reply", {"locked": False}),
        (comments.set_answer, comment, None, {"answer": True}),
        (comments.set_answer, comment, None, {"answer": False}),
    ]
    there = await stranger(database, "boss", admin=True)
    of_the_authors = await stranger(database, "chief", host="her.example", admin=True)
    for by in (moderator, there, of_the_authors):
        for operation, of, action, values in acts:
            assert await told_after(database, operation, by, of, **values) == []
            log = select(ModLog.action, ModLog.user_id).order_by(ModLog.id.desc()).limit(1)
            if action:
                assert await rows(database, log) == [(action, by.id)]
    for operation, of, _, values in acts:
        with pytest.raises(Forbidden):
            await database.write(operation, await stranger(database, f"max{values}"), of, **values)
    assert await told_after(database, flairs.assign, moderator, post, [1]) == []


async def test_only_a_moderator_speaks_for_all(database: Database) -> None:
    zoe, place = await stranger(database, "zoe"), await far_community(database, "dogs")
    post = await a_post(database, place)
    new = NewComment(post_id=post, body="Hear me", sent=SentComment(distinguished=True, locked=True))
    boss = await stranger(database, "boss", admin=True)
    for by, expected in ((zoe, False), (boss, True)):
        given = origin(by, ap_id=f"https://{HOST}/comment/{by.id}")
        made = await database.write(comments.publish, by, new, domain=DOMAIN, provenance=given)
        found = await comment_row(database, made.comment_id)
        assert (found.distinguished, found.replies_enabled) == (expected, False)


async def test_votes_from_elsewhere_count_as_ours(database: Database) -> None:
    zoe, far = await stranger(database, "zoe"), await far_community(database, "dogs")
    post = await a_post(database, far)
    comment = (await say(database, zoe, post)).comment_id
    assert await told_after(database, votes.vote_on_post, zoe, post, -1) == []
    assert await told_after(database, votes.vote_on_post, zoe, post, 1) == []
    assert await told_after(database, votes.vote_on_comment, zoe, comment, -1) == []
    counts = select(Post.up_votes, Post.down_votes, Post.score)
    assert await rows(database, counts) == [(2, 0, 2)]
    assert await rows(database, select(Comment.score)) == [-1]
    assert len(await rows(database, select(PostVote.id))) == 2
    assert await rows(database, select(User.reputation).where(User.user_name == "kim")) == [1.0]
    assert await rows(database, select(ReadPost.user_id).where(ReadPost.user_id == zoe.id)) == []


async def test_who_may_not_vote_from_elsewhere(database: Database) -> None:
    place = await community(database, await member(database, "ana"))
    post = await a_post(database, place)
    zoe, bot = await stranger(database, "zoe"), await stranger(database, "bot", bot=True)
    banned = await stranger(database, "max", banned=True)
    for by, error in ((bot, Forbidden), (banned, Banned)):
        with pytest.raises(error):
            await database.write(votes.vote_on_post, by, post, 1)
    modes = {0: True, 2: False, 4: False, 6: False, -1: False}
    for mode, taken in modes.items():
        await change(database, Community, downvote_accept_mode=mode)
        if taken:
            await database.write(votes.vote_on_post, zoe, post, -1)
            await database.write(votes.vote_on_post, zoe, post, 0)
            continue
        with pytest.raises(Forbidden):
            await database.write(votes.vote_on_post, zoe, post, -1)
    await change(database, Community, downvote_accept_mode=0, local_only=True)
    with pytest.raises(Forbidden):
        await database.write(votes.vote_on_post, zoe, post, 1)
