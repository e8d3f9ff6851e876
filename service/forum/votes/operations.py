"""Votes on posts and comments: one a person, exact counters, and what follows for ranks and reputations.

The vote tables have no unique constraint, so the row of the post or comment is locked first (`holding`): votes on one
thing stand in a queue, and two by one person cannot both be the first.
"""

from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.comments.rules import confidence
from service.forum.communities.standing import CommunityStanding, check_may_vote
from service.forum.errors import Invalid
from service.forum.events import CommentVoted, PostVoted
from service.forum.posts import rules
from service.forum.posts.operations import boost_of
from service.forum.reactions import Kind, checked_emoji, count_reactions
from service.forum.votes.effects import Effects, store
from service.forum.votes.holding import hold
from service.language import _
from service.storage.clock import utcnow


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
    return await _vote(session, voter, "post", post_id, vote, emoji)


async def vote_on_comment(
    session: AsyncSession, voter: Author, comment_id: int, vote: int, *, emoji: str | None = None
) -> Voted:
    """Make the voter's vote on a comment 1 (up), -1 (down) or 0 (none); as `vote_on_post`."""
    return await _vote(session, voter, "comment", comment_id, vote, emoji)


async def _vote(
    session: AsyncSession, voter: Author, kind: Kind, thing_id: int, vote: int, emoji: str | None
) -> Voted:
    _refuse_other_votes(vote)
    emoji = checked_emoji(emoji) if vote else None
    held = await hold(session, voter, kind, thing_id)
    standing = held.standing
    check_may_vote(voter, standing, vote, blocked=held.row.blocked, judged=held.row)
    change = _Change(held.votes, held.emoji, vote, emoji)
    if change.nothing:
        return Voted(vote, held.row.up_votes or 0, held.row.down_votes or 0)
    ups, downs, score = change.counted(held.row)
    ranking, scaled = confidence(ups, downs), None
    if kind == "post":
        rank = _rank_of(held.row, score)
        ranking, scaled = rules.stored_rank(rank), await _scaled(session, held.row, rank, standing)
    effects = Effects(
        voter_id=voter.id,
        thing_id=thing_id,
        author_id=held.row.author_id,
        effect=vote,
        emoji=emoji,
        ups=ups,
        downs=downs,
        score=score,
        ranking=ranking,
        scaled=scaled,
        gained=change.gained(low_quality=standing.low_quality),
        reads=voter.local,
        replaces=len(held.votes),
    )
    await store(session, kind, effects, _event(voter, kind, thing_id, change), federate=voter.tells_votes)
    if change.shows:
        await count_reactions(session, kind, [thing_id], reacted=[thing_id])
    return Voted(vote, ups, downs)


def _event(voter: Author, kind: Kind, thing_id: int, change: "_Change") -> PostVoted | CommentVoted:
    said: dict[str, Any] = {
        "account_id": voter.id,
        "effect": change.new,
        "before": change.before,
        "emoji": change.emoji,
    }
    if kind == "post":
        return PostVoted(post_id=thing_id, **said)
    return CommentVoted(comment_id=thing_id, **said)


class _Change(msgspec.Struct, frozen=True):
    """From the votes a person had on a thing (one, unless an old race left more) to the one they have now.

    Attributes:
        said: the emoji of those votes.
    """

    old: tuple[int, ...]
    said: frozenset[str]
    new: int
    emoji: str | None

    @property
    def nothing(self) -> bool:
        return self.old == ((self.new,) if self.new else ()) and self.emoji in {None, *self.said}

    @property
    def before(self) -> int:
        return self.old[-1] if self.old else 0

    @property
    def shows(self) -> bool:
        """Whether it changes which emoji stand beside the thing."""
        return bool(self.emoji or self.said)

    def counted(self, row: Any) -> tuple[int, int, int]:
        """Return the row's counters and score as they are now; never below zero, whatever an old program left."""
        ups = (row.up_votes or 0) + (self.new > 0) - sum(effect > 0 for effect in self.old)
        downs = (row.down_votes or 0) + (self.new < 0) - sum(effect < 0 for effect in self.old)
        return max(ups, 0), max(downs, 0), (row.score or 0) + self.new - sum(self.old)

    def gained(self, *, low_quality: bool) -> int:
        """Return what the author's reputation gains.

        Parameters:
            low_quality: the community is, where upvotes give no reputation, and so take none back.
        """
        earned = [min(effect, 0) if low_quality else effect for effect in (*self.old, self.new)]
        return earned[-1] - sum(earned[:-1])


def _refuse_other_votes(vote: int) -> None:
    if vote not in {-1, 0, 1}:
        raise Invalid({"score": _("A vote must be 1, 0 or -1.")})


async def _scaled(session: AsyncSession, post: Any, rank: float, standing: CommunityStanding) -> int | None:
    """Return the rank for Scaled; its boost costs a look at all communities, so it is asked only where a rank moves."""
    before = _rank_of(post, post.score or 0)
    moved = (rules.stored_rank(rank), int(rank)) != (rules.stored_rank(before), int(before))
    if moved or post.ranking_scaled is None:
        return rules.scaled_rank(rank, await boost_of(session, standing.subscribers))
    return int(post.ranking_scaled)


def _rank_of(post: Any, score: int) -> float:
    return rules.hot_rank(score + (post.reply_count or 0), post.posted_at or post.created_at or utcnow())
