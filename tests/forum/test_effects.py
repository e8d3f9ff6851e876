"""What each operation does to the database, and nothing else: rows, counters, ranks, events, the log of moderators."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from service.forum import votes
from service.forum.accounts import operations as accounts
from service.forum.accounts.viewer import Viewer
from service.forum.comments import operations as comments
from service.forum.comments.operations import NewComment
from service.forum.communities import operations as communities
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost
from service.storage.transaction import Database
from tests.forum import making
from tests.forum.effects import Operation, effects
from tests.forum.making import DOMAIN


@dataclass(frozen=True)
class Place:
    """A community of ana's in which ben wrote a post, and a comment below ana's."""

    admin: Viewer
    ana: Viewer
    ben: Viewer
    cats: int
    post: int
    comment: int
    bens_post: int
    bens_comment: int


@pytest.fixture
async def place(database: Database) -> Place:
    admin = await making.administrator(database)
    ana, ben = await making.member(database, "ana"), await making.member(database, "ben")
    cats = await making.community(database, ana)
    await database.write(communities.join, ben, cats)

    async def publish(author: Viewer) -> int:
        new = NewPost(community_id=cats, title=f"Of {author.id}")
        return (await database.write(posts.publish, author, new, domain=DOMAIN)).post_id

    async def comment(author: Viewer, post_id: int, parent_id: int | None = None) -> int:
        new = NewComment(post_id=post_id, body=f"By {author.id}", parent_id=parent_id)
        return (await database.write(comments.publish, author, new, domain=DOMAIN)).comment_id

    post, bens = await publish(ana), await publish(ben)
    above = await comment(ana, post)
    return Place(admin, ana, ben, cats, post, above, bens, await comment(ben, post, above))


Step = Callable[[Place], Operation]

DONE: dict[str, tuple[Step, str]] = {
    "publish": (
        lambda p: lambda s: posts.publish(s, p.ben, NewPost(community_id=p.cats, title="New"), domain=DOMAIN),
        """
        + post; + post_vote; + pieloop.post_words; + notification_subscription
        + outbox federation PostPublished; + outbox notify PostPublished
        ben.post_count +1; ben.last_seen; community.post_count +1; community.last_active
        """,
    ),
    "comment": (
        lambda p: lambda s: comments.publish(s, p.ben, NewComment(post_id=p.post, body="New"), domain=DOMAIN),
        """
        + post_reply; + post_reply_vote; + pieloop.comment_words; + notification_subscription
        + outbox federation CommentPublished; + outbox notify CommentPublished
        ben.post_reply_count +1; ben.last_seen; community.post_reply_count +1; community.last_active
        post.reply_count +1; post.reply_count_cross_posted +1; post.last_active
        """,
    ),
    "vote up": (
        lambda p: lambda s: votes.vote_on_post(s, p.ben, p.post, 1),
        """
        + post_vote; + read_posts; + outbox federation PostVoted
        post.up_votes +1; post.score +1; ana.reputation +1; ben.last_seen
        """,
    ),
    "vote down": (
        lambda p: lambda s: votes.vote_on_post(s, p.ben, p.post, -1),
        """
        + post_vote; + read_posts; + outbox federation PostVoted
        post.down_votes +1; post.score -1; ana.reputation -1; ben.last_seen
        """,
    ),
    "vote on a comment": (
        lambda p: lambda s: votes.vote_on_comment(s, p.ben, p.comment, 1),
        """
        + post_reply_vote; + outbox federation CommentVoted
        post_reply.up_votes +1; post_reply.score +1; post_reply.ranking; ana.reputation +1; ben.last_seen
        """,
    ),
    "delete a post": (
        lambda p: lambda s: posts.set_deleted(s, p.ben, p.bens_post, deleted=True),
        """
        post.deleted; post.deleted_by; ben.post_count -1; community.post_count -1
        + outbox federation PostDeleted; + outbox notify PostDeleted
        """,
    ),
    "remove a post": (
        lambda p: lambda s: posts.set_removed(s, p.ana, p.bens_post, removed=True),
        """
        post.deleted; post.deleted_by; ben.post_count -1; community.post_count -1
        + outbox federation PostDeleted; + outbox notify PostDeleted; + mod_log
        """,
    ),
    "delete a comment": (
        lambda p: lambda s: comments.set_deleted(s, p.ben, p.bens_comment, deleted=True),
        """
        post_reply.deleted; post_reply.deleted_by; post_reply.child_count -1
        ben.post_reply_count -1; community.post_reply_count -1; post.reply_count -1; post.reply_count_cross_posted -1
        + outbox federation CommentDeleted; + outbox notify CommentDeleted
        """,
    ),
    "remove a comment": (
        lambda p: lambda s: comments.set_removed(s, p.ana, p.bens_comment, removed=True),
        """
        post_reply.deleted; post_reply.deleted_by; post_reply.child_count -1
        ben.post_reply_count -1; community.post_reply_count -1; post.reply_count -1; post.reply_count_cross_posted -1
        + outbox federation CommentDeleted; + outbox notify CommentDeleted; + mod_log
        """,
    ),
    "lock a post": (
        lambda p: lambda s: posts.set_locked(s, p.ana, p.bens_post, locked=True),
        "post.comments_enabled; + mod_log; + outbox federation PostModerated",
    ),
    "join": (
        lambda p: lambda s: communities.join(s, p.admin, p.cats),
        """
        + community_member; + outbox federation MembershipChanged
        community.subscriptions_count +1; community.total_subscriptions_count +1
        """,
    ),
    "leave": (
        lambda p: lambda s: communities.leave(s, p.ben, p.cats),
        """
        - community_member; + outbox federation MembershipChanged
        community.subscriptions_count -1; community.total_subscriptions_count -1
        """,
    ),
    "make a moderator": (
        lambda p: lambda s: communities.set_moderator(s, p.ana, p.cats, p.ben.id, added=True),
        """
        community_member.is_moderator; + mod_log
        + outbox federation ModeratorChanged; + outbox notify ModeratorChanged
        """,
    ),
    "ban from the community": (
        lambda p: lambda s: communities.ban_member(s, p.ana, p.cats, p.ben.id),
        """
        + community_ban; community_member.is_banned; + mod_log
        community.subscriptions_count -1; community.total_subscriptions_count -1
        + outbox federation MemberBanned; + outbox notify MemberBanned
        """,
    ),
    "ban from the site": (
        lambda p: lambda s: accounts.ban(s, p.admin, p.ben.id),
        "ben.banned; + pieloop.token_end; + mod_log; + outbox federation AccountBanned",
    ),
    "block": (lambda p: lambda s: accounts.block(s, p.ana, p.ben.id), "+ user_block"),
    "save": (lambda p: lambda s: posts.set_saved(s, p.ben, p.post, saved=True), "+ post_bookmark"),
    "hide": (lambda p: lambda s: posts.set_hidden(s, p.ben, p.post, hidden=True), "+ hidden_posts"),
    "read": (lambda p: lambda s: posts.mark_read(s, p.ben, [p.post]), "+ read_posts"),
}

# What takes back what was done by the operation of that name, and all of it but this.
UNDONE: dict[str, tuple[Step, str]] = {
    "vote up": (lambda p: lambda s: votes.vote_on_post(s, p.ben, p.post, 0), "- read_posts"),
    "vote on a comment": (lambda p: lambda s: votes.vote_on_comment(s, p.ben, p.comment, 0), ""),
    "delete a post": (lambda p: lambda s: posts.set_deleted(s, p.ben, p.bens_post, deleted=False), ""),
    "remove a post": (lambda p: lambda s: posts.set_removed(s, p.ana, p.bens_post, removed=False), ""),
    "delete a comment": (lambda p: lambda s: comments.set_deleted(s, p.ben, p.bens_comment, deleted=False), ""),
    "remove a comment": (lambda p: lambda s: comments.set_removed(s, p.ana, p.bens_comment, removed=False), ""),
    "lock a post": (lambda p: lambda s: posts.set_locked(s, p.ana, p.bens_post, locked=False), ""),
    "make a moderator": (
        lambda p: lambda s: communities.set_moderator(s, p.ana, p.cats, p.ben.id, added=False), ""),
    "ban from the community": (lambda p: lambda s: communities.unban_member(s, p.ana, p.cats, p.ben.id), ""),
    "ban from the site": (lambda p: lambda s: accounts.unban(s, p.admin, p.ben.id), "- pieloop.token_end"),
    "block": (lambda p: lambda s: accounts.unblock(s, p.ana, p.ben.id), ""),
    "save": (lambda p: lambda s: posts.set_saved(s, p.ben, p.post, saved=False), ""),
    "hide": (lambda p: lambda s: posts.set_hidden(s, p.ben, p.post, hidden=False), ""),
    "read": (lambda p: lambda s: posts.mark_read(s, p.ben, [p.post], read=False), ""),
}  # fmt: skip


def lines(stated: str) -> set[str]:
    return {line.strip() for line in stated.replace(";", "\n").splitlines()} - {""}


async def test_what_is_done(database: Database, place: Place) -> None:
    seen = {name: await effects(database, step(place)) for name, (step, _) in DONE.items()}
    assert seen == {name: lines(stated) for name, (_, stated) in DONE.items()}


def taken_back(done: set[str]) -> set[str]:
    """What undoes these effects: rows go that came, and counters move the other way. Events and log entries are new."""
    turn = {"+": "-", "-": "+"}

    def one(line: str) -> str:
        if line.startswith(("+ outbox", "+ mod_log")):
            return line
        return re.sub(r"^[+-](?= )|(?<= )[+-](?=\d)", lambda sign: turn[sign[0]], line)

    return {one(line) for line in done}


async def test_what_is_undone(database: Database, place: Place) -> None:
    seen = {
        name: await effects(database, step(place), after=DONE[name][0](place))
        for name, (step, _) in UNDONE.items()
    }
    stated = {name: taken_back(lines(DONE[name][1])) - lines(stays) for name, (_, stays) in UNDONE.items()}
    assert seen == stated


async def test_what_is_done_again_does_nothing(database: Database, place: Place) -> None:
    seen = {
        name: await effects(database, DONE[name][0](place), after=DONE[name][0](place)) for name in UNDONE
    }
    assert {name for name, found in seen.items() if found} == {"read"}
    assert seen["read"] == {"read_posts.interacted_at"}
