"""All that follows from one person's vote, in one statement: round trips were most of what a vote cost.

Whoever votes holds the row of the thing, so nobody else's vote on it is under way. The accounts are held in the order
of their ids: two who vote on each other wait.
"""

from typing import Any

import msgspec
from sqlalchemy import Boolean, DateTime, Float, Integer, String, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.columns import seen_text
from service.forum.reactions import Kind
from service.storage.clock import utcnow
from service.storage.outbox import RECORDED, RECORDING, Recordable, to_record
from service.storage.transaction import Overtaken

# PieFed judges a voter's attitude by this many of their latest votes of each kind, and not before 10 in all.
_ATTITUDE_VOTES, _ATTITUDE_MIN_VOTES = 50, 10


class Effects(msgspec.Struct, frozen=True, kw_only=True):
    """A vote, and what it makes of the thing and of its author.

    Attributes:
        effect: 1, -1 or 0.
        ups, downs, score, ranking, scaled: of the thing, from now on; a comment is not `scaled`.
        gained: by the author, who is not the voter.
        reads: whether a post counts as read by the voter from now on.
        replaces: how many votes of the voter's on the thing there are, as far as is known.
    """

    voter_id: int
    thing_id: int
    author_id: int | None
    effect: int
    emoji: str | None
    ups: int
    downs: int
    score: int
    ranking: float
    scaled: int | None = None
    gained: float
    reads: bool = False
    replaces: int = 0


async def store(
    session: AsyncSession, kind: Kind, effects: Effects, event: Recordable, *, federate: bool
) -> None:
    """Put the vote in the place of the voter's others on the same thing, and let everything follow.

    Parameters:
        session: whose transaction holds the row of the thing.
        event: as for `record`, like `federate`.

    Raises:
        Overtaken: there were more, or fewer, votes to replace.
    """
    values = {
        **msgspec.structs.asdict(effects),
        **to_record(event, federate=federate),
        "now": utcnow(),
        "others": _ATTITUDE_VOTES - (effects.effect != 0),
    }
    if await session.scalar(_STORE[kind], values) != effects.replaces:
        raise Overtaken


def _attitude(own: tuple[str, str], other: str) -> str:
    """SQL: (ups - downs) / votes of the voter's latest votes; NULL below ten. Source: PieFed's recalculation.

    The statement sees the table of votes as it was before, so the new vote is added, and what it replaces left out.
    """
    votes, column = own
    return f"""
        SELECT sum(sign(effect)) / nullif(count(*) FILTER (WHERE effect <> 0), 0)
        FROM (
            (SELECT effect FROM {votes} WHERE user_id = :voter_id AND {column} IS DISTINCT FROM :thing_id
                ORDER BY id DESC LIMIT :others)
            UNION ALL (SELECT effect FROM {other} WHERE user_id = :voter_id ORDER BY id DESC LIMIT {_ATTITUDE_VOTES})
            UNION ALL SELECT :effect WHERE :effect <> 0
        ) AS latest
        HAVING count(*) FILTER (WHERE effect <> 0) >= {_ATTITUDE_MIN_VOTES}
    """


def _storing(own: tuple[str, str], other: str, moving: str) -> Any:
    votes, column = own
    return text(f"""
        WITH replaced AS (
            DELETE FROM {votes} WHERE user_id = :voter_id AND {column} = :thing_id RETURNING id
        ), cast_now AS (
            INSERT INTO {votes} (user_id, author_id, {column}, effect, created_at, emoji)
            SELECT :voter_id, :author_id, :thing_id, :effect, :now, :emoji WHERE :effect <> 0
        ), moved AS (
            {moving}
        ), people AS (
            SELECT id FROM "user" WHERE id IN (:voter_id, :author_id) ORDER BY id FOR NO KEY UPDATE
        ), judged AS (
            UPDATE "user" SET
                attitude = CASE "user".id WHEN :voter_id THEN ({_attitude(own, other)}) ELSE attitude END,
                last_seen = CASE "user".id WHEN :voter_id THEN {seen_text(":now")} ELSE last_seen END,
                reputation = CASE "user".id WHEN :voter_id THEN reputation ELSE coalesce(reputation, 0) + :gained END
            FROM people WHERE "user".id = people.id
        ), recorded AS (
            {RECORDING}
        )
        SELECT count(*) FROM replaced
    """).bindparams(
        *RECORDED,
        *(bindparam(name, type_=Integer) for name in ("voter_id", "author_id", "thing_id", "others")),
        *(bindparam(name, type_=Integer) for name in ("ups", "downs", "score")),
        *(bindparam(name, type_=Float) for name in ("effect", "gained")),
        bindparam("emoji", type_=String),
        bindparam("now", type_=DateTime),
    )


_COUNTERS = "up_votes = :ups, down_votes = :downs, score = :score"
_MOVE_POST = f"""
            UPDATE post SET {_COUNTERS}, ranking = :ranking, ranking_scaled = :scaled WHERE id = :thing_id
        ), marked AS (
            INSERT INTO read_posts (user_id, read_post_id, interacted_at)
            SELECT :voter_id, :thing_id, :now WHERE :reads
            ON CONFLICT DO NOTHING
"""
_MOVE_COMMENT = f"UPDATE post_reply SET {_COUNTERS}, ranking = :ranking WHERE id = :thing_id"
_STORE = {
    "post": _storing(("post_vote", "post_id"), "post_reply_vote", _MOVE_POST).bindparams(
        *(bindparam(name, type_=Integer) for name in ("ranking", "scaled")), bindparam("reads", type_=Boolean)
    ),
    "comment": _storing(("post_reply_vote", "post_reply_id"), "post_vote", _MOVE_COMMENT).bindparams(
        bindparam("ranking", type_=Float)
    ),
}
