"""Votes on posts and comments: one a person, exact counters, and what follows for ranks and reputations.

The vote tables have no unique constraint, so the row of the post or comment is locked before anything is read: votes
on one thing stand in a queue, and two by one person cannot both be the first.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.comments.rules import confidence
from service.forum.communities.standing import CommunityStanding, check_may_vote, standing_for_post
from service.forum.errors import Gone, Invalid
from service.forum.events import CommentVoted, PostVoted
from service.forum.posts import rules
from service.forum.posts.operations import boost_of
from service.forum.posts.operations.rows import lock_row
from service.forum.reactions import checked_emoji, count_reactions
from service.language import _
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import Comment, CommentVote, Post, PostVote, ReadPost, User

# PieFed judges a voter's attitude by this many of their latest votes of each kind, and not before 10 in all.
_ATTITUDE_VOTES, _ATTITUDE_MIN_VOTES = 50, 10


class Voted(msgspec.Struct, frozen=True):
    """The state after a vote: the voter's vote (1, 0, -1) and the counters."""

    vote: int
    up_votes: int
    down_votes: int


async def vote_on_post(
    session: AsyncSession, voter: Author, post_id: int, vote: int, *, emoji: str | None = None
) -> Voted:
    """Make the voter's vote on a post 1 (up), -1 (down) or 0 (none). Idempotent.

    Parameters:
        emoji: how they say it, shown beside the post; without one a vote that stays keeps the one it had.

    Counters, score, the ranks of Hot and Scaled, the author's reputation and the voter's attitude follow, and the
    post counts as read. A vote on what one wrote oneself, as everybody has one from the beginning, counts as any other
    but changes nobody's reputation.

    Raises:
        Invalid: the vote is none of the three, or the emoji is none.
        NotFound, Gone: there is no such post for this voter, or it was deleted.
        Forbidden, Banned: the voter may not vote so there.
    """
    _refuse_other_votes(vote)
    emoji = checked_emoji(emoji) if vote else None
    post = await lock_row(session, Post, post_id)
    standing = await _check(session, voter, post, post, vote)
    change = await _replace(session, PostVote, PostVote.post_id, post, voter.id, vote, emoji)
    if change.nothing and emoji is None:
        return Voted(vote, post.up_votes or 0, post.down_votes or 0)
    before = _rank_of(post)
    change.count(post)
    post.score = (post.score or 0) + change.sum
    await _rank(session, post, standing, before)
    await session.flush()
    await _update_reputation(session, voter, post.user_id, change, standing)
    if voter.local:
        await _mark_read(session, voter, post.id)
    event = PostVoted(post_id=post.id, account_id=voter.id, effect=vote, before=change.before, emoji=emoji)
    await record(session, event, federate=voter.tells_votes)
    return Voted(vote, post.up_votes or 0, post.down_votes or 0)


async def vote_on_comment(
    session: AsyncSession, voter: Author, comment_id: int, vote: int, *, emoji: str | None = None
) -> Voted:
    """Make the voter's vote on a comment 1 (up), -1 (down) or 0 (none); as `vote_on_post`."""
    _refuse_other_votes(vote)
    emoji = checked_emoji(emoji) if vote else None
    comment = await lock_row(session, Comment, comment_id)
    standing = await _check(session, voter, comment, await session.get(Post, comment.post_id or 0), vote)
    change = await _replace(session, CommentVote, CommentVote.post_reply_id, comment, voter.id, vote, emoji)
    if change.nothing and emoji is None:
        return Voted(vote, comment.up_votes or 0, comment.down_votes or 0)
    change.count(comment)
    comment.score = (comment.score or 0) + change.sum
    comment.ranking = confidence(comment.up_votes or 0, comment.down_votes or 0)
    await session.flush()
    await _update_reputation(session, voter, comment.user_id, change, standing)
    event = CommentVoted(
        comment_id=comment.id, account_id=voter.id, effect=vote, before=change.before, emoji=emoji
    )
    await record(session, event, federate=voter.tells_votes)
    return Voted(vote, comment.up_votes or 0, comment.down_votes or 0)


class _Change(msgspec.Struct, frozen=True):
    """From the votes a person had on a thing (one, unless an old race left more) to the one they have now."""

    old: tuple[int, ...]
    new: int

    @property
    def nothing(self) -> bool:
        return self.old == ((self.new,) if self.new else ())

    @property
    def before(self) -> int:
        return self.old[-1] if self.old else 0

    @property
    def sum(self) -> int:
        return self.new - sum(self.old)

    def count(self, row: Any) -> None:
        """Move the row's counters; never below zero, whatever an old program left."""
        row.up_votes = max((row.up_votes or 0) + (self.new > 0) - sum(e > 0 for e in self.old), 0)
        row.down_votes = max((row.down_votes or 0) + (self.new < 0) - sum(e < 0 for e in self.old), 0)


def _refuse_other_votes(vote: int) -> None:
    if vote not in {-1, 0, 1}:
        raise Invalid({"score": _("A vote is 1, 0 or -1.")})


async def _check(
    session: AsyncSession, voter: Author, row: Any, post: Post | None, vote: int
) -> CommunityStanding:
    standing = await standing_for_post(session, voter, post)
    if row.deleted:
        raise Gone
    await check_may_vote(session, voter, standing, vote, author_id=row.user_id)
    return standing


async def _replace(
    session: AsyncSession,
    table: Any,
    column: Any,
    row: Any,
    voter_id: int,
    vote: int,
    emoji: str | None,
) -> _Change:
    mine: Sequence[ColumnElement[bool]] = (column == row.id, table.user_id == voter_id)
    votes = (await session.execute(select(table.effect, table.emoji).where(*mine))).all()
    change = _Change(tuple((e > 0) - (e < 0) for e in (old.effect or 0 for old in votes)), vote)
    said, emoji = {old.emoji for old in votes if old.emoji}, emoji if vote else None
    if change.nothing and emoji in {None, *said}:
        return change
    if votes:
        await session.execute(delete(table).where(*mine).execution_options(synchronize_session=False))
    if vote:
        values = {column.key: row.id, "user_id": voter_id, "author_id": row.user_id}
        session.add(table(**values, effect=float(vote), emoji=emoji))
    if emoji or said:
        await count_reactions(session, "post" if table is PostVote else "comment", [row.id], reacted=[row.id])
    return change


def _rank_of(post: Post) -> float:
    weight = (post.score or 0) + (post.reply_count or 0)
    return rules.hot_rank(weight, post.posted_at or post.created_at or utcnow())


async def _rank(session: AsyncSession, post: Post, standing: CommunityStanding, before: float) -> None:
    """Store the new ranks. The boost costs a look at all communities, so it is asked only when a rank moves a step."""
    rank = _rank_of(post)
    moved = (rules.stored_rank(rank), int(rank)) != (rules.stored_rank(before), int(before))
    post.ranking = rules.stored_rank(rank)
    if moved or post.ranking_scaled is None:
        post.ranking_scaled = rules.scaled_rank(rank, await boost_of(session, standing.subscribers))


async def _update_reputation(
    session: AsyncSession, voter: Author, author_id: int | None, change: _Change, standing: CommunityStanding
) -> None:
    """Move the author's reputation and the voter's attitude, in the order of ids: two who vote on each other wait."""
    # Upvotes in a community of low quality give no reputation, and so take none back.
    earned = [min(effect, 0) if standing.low_quality else effect for effect in (*change.old, change.new)]
    gained = earned[-1] - sum(earned[:-1])
    steps: list[tuple[int, dict[str, Any]]] = [
        (voter.id, {"attitude": _attitude(voter.id), "last_seen": utcnow()}),
    ]
    if author_id != voter.id:
        steps.append((author_id or 0, {"reputation": func.coalesce(User.reputation, 0) + gained}))
    await session.flush()
    for account_id, values in sorted(steps, key=lambda step: step[0]):
        statement = update(User).where(User.id == account_id).values(values)
        await session.execute(statement.execution_options(synchronize_session=False))


def _attitude(voter_id: int) -> Any:
    """SQL: (ups - downs) / votes over the voter's latest votes; NULL below ten. Source: PieFed's recalculation."""
    latest = [
        select(table.effect).where(table.user_id == voter_id).order_by(table.id.desc()).limit(_ATTITUDE_VOTES)
        for table in (PostVote, CommentVote)
    ]
    votes = latest[0].union_all(latest[1]).subquery()
    cast_votes = func.count().filter(votes.c.effect != 0)
    balance = func.sum(func.sign(votes.c.effect)) / func.nullif(cast_votes, 0)
    return select(balance).having(cast_votes >= _ATTITUDE_MIN_VOTES).scalar_subquery()


async def _mark_read(session: AsyncSession, voter: Author, post_id: int) -> None:
    values = {"user_id": voter.id, "read_post_id": post_id, "interacted_at": utcnow()}
    await session.execute(insert(ReadPost).values(**values).on_conflict_do_nothing())
