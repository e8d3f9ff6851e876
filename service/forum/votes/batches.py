"""Votes of many people at once, as they come from other servers: the rules of `operations`, in a few statements.

The rows of what is voted on are held in the order of their ids, posts before comments before accounts, as `operations`
does; so both ways may run at the same time and the counters stay exact.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import Float, Integer, String, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import LOCAL_INSTANCE
from service.forum.bans import in_force_text
from service.forum.comments.rules import confidence
from service.forum.communities.rules import NoVote, may_vote_down, why_no_vote
from service.forum.posts import rules
from service.forum.posts.choices import PostStatus
from service.forum.posts.operations.ranks import boost_of
from service.forum.reactions import Kind
from service.storage.clock import utcnow

LONGEST_EMOJI = 20  # characters, as the column has it

# Why a vote does not count; None where it does.
Refusal = NoVote | Literal["not there"]


class CastVote(msgspec.Struct, frozen=True):
    """One person's vote on one thing: 1, -1, or 0 to take it back; `emoji` is how they said it."""

    voter_id: int
    kind: Kind
    thing_id: int
    effect: int
    emoji: str | None = None


class Result(msgspec.Struct, frozen=True):
    """What became of a vote: whether anything changed, and else, where it does not count, why."""

    changed: bool
    refusal: Refusal | None = None


class _Table(msgspec.Struct, frozen=True):
    """Where the votes of one kind of thing are."""

    thing: str
    vote: str
    column: str


_TABLES: dict[Kind, _Table] = {
    "post": _Table("post", "post_vote", "post_id"),
    "comment": _Table("post_reply", "post_reply_vote", "post_reply_id"),
}


async def apply(session: AsyncSession, votes: Sequence[CastVote]) -> list[Result]:
    """Make all these votes; of several by one person on one thing the last one counts.

    Counters, scores, ranks and the authors' reputations follow, as in `operations`. The attitude of the voters, who
    are not of this site, is left to the daily count.

    Returns:
        What became of each, in their order.
    """
    results = [Result(False)] * len(votes)
    last: dict[tuple[Kind, int, int], int] = {
        (vote.kind, vote.thing_id, vote.voter_id): at for at, vote in enumerate(votes)
    }
    earned: dict[int, float] = defaultdict(float)
    for kind in _TABLES:
        places = [at for (of_kind, _, _), at in last.items() if of_kind == kind]
        if places:
            outcome = await _of_kind(session, kind, [votes[at] for at in places], earned)
            for at, result in zip(places, outcome, strict=True):
                results[at] = result
    await _update_reputations(session, earned)
    return results


async def _of_kind(
    session: AsyncSession, kind: Kind, votes: Sequence[CastVote], earned: dict[int, float]
) -> list[Result]:
    things = await _hold(session, kind, {vote.thing_id for vote in votes})
    facts = await _facts(session, kind, votes)
    refusals = [_refusal(vote, facts.get((vote.voter_id, vote.thing_id))) for vote in votes]
    counted = [vote for vote, refusal in zip(votes, refusals, strict=True) if refusal is None]
    before = await _replace(session, kind, counted, things)
    await _count(session, kind, counted, before, things, facts, earned)
    return [
        Result(
            refusal is None and _changes(vote, before.get((vote.voter_id, vote.thing_id), ())),
            refusal,
        )
        for vote, refusal in zip(votes, refusals, strict=True)
    ]


def _changes(vote: CastVote, before: Sequence[int]) -> bool:
    return tuple(before) != ((vote.effect,) if vote.effect else ())


_HOLD = {
    "post": """
        SELECT id, user_id, community_id, score, up_votes, down_votes, reply_count, ranking, ranking_scaled,
            coalesce(posted_at, created_at) AS born
        FROM post WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE
    """,
    "comment": """
        SELECT id, user_id, community_id, score, up_votes, down_votes
        FROM post_reply WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE
    """,
}
_HELD = {kind: text(sql).bindparams(bindparam("ids", type_=ARRAY(Integer))) for kind, sql in _HOLD.items()}


async def _hold(session: AsyncSession, kind: Kind, ids: Collection[int]) -> dict[int, Any]:
    return {row.id: row for row in await session.execute(_HELD[kind], {"ids": sorted(ids)})}


_POST_OF = {"post": "thing", "comment": "post"}
_JOIN_POST = {"post": "", "comment": "JOIN post ON post.id = thing.post_id"}


def _asking(kind: Kind) -> Any:
    post = _POST_OF[kind]
    return text(f"""
        SELECT said.who, said.what,
            thing.deleted IS TRUE OR {post}.deleted IS TRUE
                OR coalesce({post}.status, 1) <= {PostStatus.REVIEWING} AS gone,
            community.banned IS TRUE AS closed,
            community.private IS TRUE AS private,
            community.local_only IS TRUE AND voter.instance_id <> {LOCAL_INSTANCE} AS kept_in,
            coalesce(community.instance_id, {LOCAL_INSTANCE}) AS home,
            coalesce(community.downvote_accept_mode, 0) AS mode,
            community.low_quality IS TRUE AS low_quality,
            coalesce(community.subscriptions_count, 0) AS subscribers,
            voter.banned IS TRUE AND {in_force_text("voter.banned_until")}
                OR voter.deleted IS TRUE AS banned,
            voter.bot IS TRUE OR voter.bot_override IS TRUE AS bot,
            coalesce(voter.attitude, 0) AS attitude, coalesce(voter.reputation, 0) AS reputation,
            coalesce(voter.instance_id, {LOCAL_INSTANCE}) AS voters_home,
            member.user_id IS NOT NULL AND member.is_banned IS NOT TRUE AS is_member,
            member.is_banned IS TRUE OR EXISTS (
                SELECT FROM community_ban ban
                WHERE ban.user_id = voter.id AND ban.community_id = community.id
                    AND {in_force_text("ban.ban_until")}
            ) OR EXISTS (
                SELECT FROM instance_ban ban WHERE ban.user_id = voter.id
                    AND ban.instance_id = community.instance_id
                    AND {in_force_text("ban.banned_until")}
            ) AS shut_out,
            EXISTS (
                SELECT FROM user_block b WHERE b.blocker_id = thing.user_id AND b.blocked_id = voter.id
            ) OR EXISTS (
                SELECT FROM instance_block b
                WHERE b.user_id = thing.user_id AND b.instance_id = voter.instance_id
            ) AS blocked,
            instance.trusted IS TRUE AS trusted,
            coalesce((SELECT enable_downvotes FROM site LIMIT 1), true) AS downvotes
        FROM unnest(:who, :what) AS said(who, what)
        JOIN {_TABLES[kind].thing} AS thing ON thing.id = said.what
        {_JOIN_POST[kind]}
        JOIN "user" AS voter ON voter.id = said.who
        LEFT JOIN community ON community.id = {post}.community_id
        LEFT JOIN community_member AS member
            ON member.community_id = community.id AND member.user_id = voter.id
        LEFT JOIN instance ON instance.id = voter.instance_id
    """).bindparams(bindparam("who", type_=ARRAY(Integer)), bindparam("what", type_=ARRAY(Integer)))


_FACTS = {kind: _asking(kind) for kind in _TABLES}


async def _facts(session: AsyncSession, kind: Kind, votes: Sequence[CastVote]) -> dict[tuple[int, int], Any]:
    values = {
        "who": [vote.voter_id for vote in votes],
        "what": [vote.thing_id for vote in votes],
        "now": utcnow(),
    }
    return {(row.who, row.what): row for row in await session.execute(_FACTS[kind], values)}


def _refusal(vote: CastVote, facts: Any) -> Refusal | None:
    """Return why a vote does not count; taking one back is always allowed."""
    if facts is None or facts.gone:
        return "not there"
    if vote.effect == 0:
        return None
    if facts.private and not facts.is_member:
        return "not there"
    return why_no_vote(
        banned=facts.banned or facts.shut_out,
        bot=facts.bot,
        closed=facts.closed,
        kept_in=facts.kept_in,
        blocked=facts.blocked,
        no_downvotes=vote.effect < 0 and not _may_vote_down(facts),
    )


def _may_vote_down(facts: Any) -> bool:
    return bool(facts.downvotes) and may_vote_down(
        facts.mode,
        attitude=facts.attitude,
        reputation=facts.reputation,
        is_member=facts.is_member,
        is_at_home=facts.voters_home == facts.home,
        is_trusted=facts.trusted,
    )


def _replacing(kind: Kind) -> Any:
    table = _TABLES[kind]
    return text(f"""
        WITH said AS (
            SELECT * FROM unnest(:who, :what, :effects, :emoji, :authors)
                AS said(who, what, effect, emoji, author_id)
        ), old AS (
            SELECT vote.id, vote.user_id, vote.{table.column} AS what, vote.effect, vote.emoji
            FROM said JOIN {table.vote} AS vote ON vote.user_id = said.who AND vote.{table.column} = said.what
        ), gone AS (
            DELETE FROM {table.vote} USING said
            WHERE {table.vote}.user_id = said.who AND {table.vote}.{table.column} = said.what
        ), made AS (
            INSERT INTO {table.vote} (user_id, author_id, {table.column}, effect, created_at, emoji)
            SELECT who, author_id, what, effect, :now, emoji FROM said WHERE effect <> 0
        )
        SELECT user_id, what, effect FROM old ORDER BY id
    """).bindparams(
        *(bindparam(name, type_=ARRAY(Integer)) for name in ("who", "what", "authors")),
        bindparam("effects", type_=ARRAY(Float)),
        bindparam("emoji", type_=ARRAY(String)),
    )


_REPLACE = {kind: _replacing(kind) for kind in _TABLES}


async def _replace(
    session: AsyncSession, kind: Kind, votes: Sequence[CastVote], things: Mapping[int, Any]
) -> dict[tuple[int, int], list[int]]:
    """Put the new votes in the place of the old ones; return the old ones of each pair."""
    if not votes:
        return {}
    values = {
        "who": [vote.voter_id for vote in votes],
        "what": [vote.thing_id for vote in votes],
        "effects": [float(vote.effect) for vote in votes],
        "emoji": [(vote.emoji or "")[:LONGEST_EMOJI] or None for vote in votes],
        "authors": [things[vote.thing_id].user_id for vote in votes],
        "now": utcnow(),
    }
    before: dict[tuple[int, int], list[int]] = defaultdict(list)
    for who, what, effect in await session.execute(_REPLACE[kind], values):
        before[who, what].append(int((effect or 0) > 0) - int((effect or 0) < 0))
    return before


class _Change(msgspec.Struct):
    """What the counters of one thing move by."""

    ups: int = 0
    downs: int = 0

    def move(self, effect: int, by: int) -> None:
        """Count votes of this effect."""
        self.ups += by * (effect > 0)
        self.downs += by * (effect < 0)


async def _count(
    session: AsyncSession,
    kind: Kind,
    votes: Sequence[CastVote],
    before: Mapping[tuple[int, int], Sequence[int]],
    things: Mapping[int, Any],
    facts: Mapping[tuple[int, int], Any],
    earned: dict[int, float],
) -> None:
    """Move counters, scores and ranks of what was voted on, and note what its authors have earned."""
    changes: dict[int, _Change] = defaultdict(_Change)
    subscribers: dict[int, int] = {}
    for vote in votes:
        pair = (vote.voter_id, vote.thing_id)
        old, about = before.get(pair, ()), facts[pair]
        if not _changes(vote, old):
            continue
        subscribers[vote.thing_id] = about.subscribers
        for effect, by in ((vote.effect, 1), *((effect, -1) for effect in old)):
            changes[vote.thing_id].move(effect, by)
            author_id = things[vote.thing_id].user_id
            if author_id is not None and author_id != vote.voter_id:
                # Upvotes in a community of low quality give no reputation, and so take none back.
                earned[author_id] += by * (min(effect, 0) if about.low_quality else effect)
    if not changes:
        return
    if kind == "post":
        await _write_posts(session, changes, things, subscribers)
    else:
        await _write_comments(session, changes, things)


_NUMBERS = ("ids", "ups", "downs", "scores", "rankings", "scaled")
_WRITE_POSTS = text("""
    UPDATE post SET up_votes = new.up, down_votes = new.down, score = new.score, ranking = new.ranking,
        ranking_scaled = new.scaled
    FROM unnest(:ids, :ups, :downs, :scores, :rankings, :scaled) AS new(id, up, down, score, ranking, scaled)
    WHERE post.id = new.id
""").bindparams(*(bindparam(name, type_=ARRAY(Integer)) for name in _NUMBERS))


async def _write_posts(
    session: AsyncSession,
    changes: Mapping[int, _Change],
    things: Mapping[int, Any],
    subscribers: Mapping[int, int],
) -> None:
    values: dict[str, list[int]] = {name: [] for name in _NUMBERS}
    boosts: dict[int, int] = {}
    for post_id in sorted(changes):
        post, (up, down, score) = things[post_id], _moved(things[post_id], changes[post_id])
        rank = rules.hot_rank(score + (post.reply_count or 0), post.born or utcnow())
        members = subscribers[post_id]
        if rules.stored_rank(rank) != post.ranking or post.ranking_scaled is None:
            if members not in boosts:
                boosts[members] = await boost_of(session, members)
            scaled = rules.scaled_rank(rank, boosts[members])
        else:
            scaled = post.ranking_scaled
        row = (post_id, up, down, score, rules.stored_rank(rank), scaled)
        for name, value in zip(_NUMBERS, row, strict=True):
            values[name].append(value)
    await session.execute(_WRITE_POSTS, values)


_WRITE_COMMENTS = text("""
    UPDATE post_reply SET up_votes = new.up, down_votes = new.down, score = new.score, ranking = new.ranking
    FROM unnest(:ids, :ups, :downs, :scores, :rankings) AS new(id, up, down, score, ranking)
    WHERE post_reply.id = new.id
""").bindparams(
    *(bindparam(name, type_=ARRAY(Integer)) for name in ("ids", "ups", "downs", "scores")),
    bindparam("rankings", type_=ARRAY(Float)),
)


async def _write_comments(
    session: AsyncSession, changes: Mapping[int, _Change], things: Mapping[int, Any]
) -> None:
    ids = sorted(changes)
    moved = [_moved(things[comment_id], changes[comment_id]) for comment_id in ids]
    values = {
        "ids": ids,
        "ups": [up for up, _, _ in moved],
        "downs": [down for _, down, _ in moved],
        "scores": [score for _, _, score in moved],
        "rankings": [confidence(up, down) for up, down, _ in moved],
    }
    await session.execute(_WRITE_COMMENTS, values)


def _moved(row: Any, change: _Change) -> tuple[int, int, int]:
    """Return the new counters and score; never below zero, whatever an old program left."""
    up = max((row.up_votes or 0) + change.ups, 0)
    down = max((row.down_votes or 0) + change.downs, 0)
    return up, down, (row.score or 0) + change.ups - change.downs


_REPUTE = text("""
    WITH held AS (
        SELECT id FROM "user" WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE "user" SET reputation = coalesce(reputation, 0) + new.gained
    FROM unnest(:ids, :gains) AS new(id, gained) JOIN held USING (id)
    WHERE "user".id = new.id
""").bindparams(bindparam("ids", type_=ARRAY(Integer)), bindparam("gains", type_=ARRAY(Float)))


async def _update_reputations(session: AsyncSession, earned: Mapping[int, float]) -> None:
    moved = {author_id: gained for author_id, gained in sorted(earned.items()) if gained}
    if moved:
        await session.execute(_REPUTE, {"ids": list(moved), "gains": list(moved.values())})
