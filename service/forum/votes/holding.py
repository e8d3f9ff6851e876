"""What has to be known before a vote counts: one statement, which also holds the row that is voted on.

Where it waited for that row, the rest is as it was before: `effects` sees whether the votes are so still.
"""

from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Integer, bindparam, func, join, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.accounts.queries.blocks import blocks
from service.forum.checks import is_id
from service.forum.communities.standing import (
    ACCOUNT_ID,
    JUDGED,
    STANDING,
    CommunityStanding,
    check_is_out,
    standing_of,
    with_standing,
)
from service.forum.errors import Gone, NotFound
from service.forum.reactions import Kind
from service.storage.tables import Comment, CommentVote, Community, Post, PostVote, User


class Held(msgspec.Struct, frozen=True):
    """A post or comment that nobody else votes on meanwhile.

    Attributes:
        row: its counters and ranks, and what else `_holding` reads.
        votes: of the voter so far: one, unless an old race left more.
        emoji: of those votes.
    """

    row: Any
    standing: CommunityStanding
    votes: tuple[int, ...]
    emoji: frozenset[str]


async def hold(session: AsyncSession, voter: Author, kind: Kind, thing_id: int) -> Held:
    """Hold a post or comment until the transaction ends.

    Raises:
        NotFound, Gone: there is none for this voter, or it was deleted.
    """
    row = None
    if is_id(thing_id):
        values = {"thing_id": thing_id, "account_id": voter.id}
        row = (await session.execute(_holding(kind), values)).one_or_none()
    if row is None:
        raise NotFound
    standing = standing_of(row, voter)
    check_is_out(voter, standing, row)
    if row.gone:
        raise Gone
    votes = tuple((effect > 0) - (effect < 0) for effect in (effect or 0 for effect in row.effects))
    return Held(row, standing, votes, frozenset(emoji for emoji in row.emoji if emoji))


@cache
def _holding(kind: Kind) -> Any:
    thing: Any = Post if kind == "post" else Comment
    vote, column = (
        (PostVote, PostVote.post_id) if kind == "post" else (CommentVote, CommentVote.post_reply_id)
    )
    posts: Any = Post if kind == "post" else join(Comment, Post, Post.id == Comment.post_id)
    source = join(join(posts, Community, Community.id == Post.community_id), User, User.id == ACCOUNT_ID)
    mine = (column == thing.id, vote.user_id == ACCOUNT_ID)
    ranked = (Post.reply_count, Post.ranking_scaled) if kind == "post" else ()
    return (
        select(
            thing.user_id.label("author_id"),
            thing.deleted.label("gone"),
            thing.up_votes,
            thing.down_votes,
            thing.score,
            thing.posted_at,
            thing.created_at,
            *ranked,
            Post.user_id,
            Post.nsfw,
            Post.nsfl,
            Post.status,
            Post.deleted,
            func.array(select(vote.effect).where(*mine).order_by(vote.id).scalar_subquery()).label("effects"),
            func.array(select(vote.emoji).where(*mine).order_by(vote.id).scalar_subquery()).label("emoji"),
            blocks(thing.user_id, ACCOUNT_ID).label("blocked"),
            *JUDGED,
            *STANDING,
        )
        .select_from(with_standing(source))
        .where(thing.id == bindparam("thing_id", type_=Integer))
        .with_for_update(key_share=True, of=thing)
    )
