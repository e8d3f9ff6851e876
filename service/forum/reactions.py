"""Emoji that came with votes: what stands beside a post or comment, and the count of it that its row keeps.

PieFed's votes have an emoji, and posts and comments a cache of them, which both programs read and write.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.errors import Invalid
from service.storage.tables import CommentVote, Emoji, PostVote, User

LONGEST = 20  # characters of vote.emoji
# So many names are told of each emoji; the rest is counted.
MOST_AUTHORS = 100


class Reaction(msgspec.Struct, frozen=True, gc=False):
    """An emoji that people chose with their votes.

    Attributes:
        token: The emoji itself, or the name of one of the site's own, as `:blob:`.
        url: The picture of one of the site's own; '' for all others.
        authors: The names of those who chose it, without those who vote privately.
        count: How many chose it.
    """

    token: str
    url: str
    authors: tuple[str, ...]
    count: int


def reactions_read(stored: Any) -> tuple[Reaction, ...]:
    """Return what a row's cache says; what is not as either program writes it is left out."""
    return tuple(
        Reaction(
            token=one["token"],
            url=str(one.get("url") or ""),
            authors=tuple(str(name) for name in one.get("authors") or ()),
            count=int(one.get("count") or 0),
        )
        for one in stored
        if isinstance(one, dict) and isinstance(one.get("token"), str)
    )


def checked_emoji(emoji: str | None) -> str | None:
    """Return the emoji as it is stored; None for none.

    Raises:
        Invalid: it is longer than one emoji, or has what cannot be shown.
    """
    tidy = (emoji or "").strip()
    if len(tidy) > LONGEST or any(character.isspace() or character in "<>&\"'\0" for character in tidy):
        raise Invalid({"emoji": "This is not an emoji."})
    return tidy or None


async def count_reactions(session: AsyncSession, row: Any, votes: Any, of_row: ColumnElement[bool]) -> None:
    """Write anew what a post or comment keeps of the emoji of its votes; the caller has locked it.

    Parameters:
        row: the post or comment.
        votes: the table of its votes; `of_row`: which of them are its own.
    """
    await session.flush()
    rows = (await session.execute(_counted(votes).where(of_row))).all()
    row.emoji_reactions = [
        {"url": url or "", "token": token, "authors": list(authors or ())[:MOST_AUTHORS], "count": count}
        for token, url, count, authors in rows
    ]


def _counted(votes: type[PostVote] | type[CommentVote]) -> Any:
    count = func.count(votes.id.distinct())
    picture = select(func.min(Emoji.url)).where(Emoji.token == votes.emoji).scalar_subquery()
    shown = User.vote_privately.is_not(True)
    names: Sequence[Any] = (func.array_agg(aggregate_order_by(User.user_name, votes.id)).filter(shown),)
    return (
        select(votes.emoji, picture, count, *names)
        .join(User, User.id == votes.user_id)
        .where(votes.emoji.is_not(None))
        .group_by(votes.emoji)
        .order_by(count.desc(), votes.emoji)
    )
