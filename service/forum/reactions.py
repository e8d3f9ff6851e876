"""Emoji that came with votes: what stands beside a post or comment, and the count of it that its row keeps.

PieFed's votes have an emoji, and posts and comments a cache of them, which both programs read and write.
"""

from collections.abc import Collection, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import Integer, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.errors import Invalid
from service.language import _

LONGEST = 20  # characters of vote.emoji
# So many names are told of each emoji; the rest is counted.
MOST_AUTHORS = 100
MOST_KINDS = 50  # emoji of one thing

Kind = Literal["post", "comment"]


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
        raise Invalid({"emoji": _("This isn't an emoji.")})
    return tidy or None


async def count_reactions(
    session: AsyncSession, kind: Kind, ids: Sequence[int], *, reacted: Collection[int]
) -> None:
    """Write anew what posts or comments keep of the emoji of their votes; the caller has locked them.

    Parameters:
        reacted: those of them to which an emoji has just come; the others are left unless they had one.
    """
    if ids:
        await session.flush()
        await session.execute(_COUNTING[kind], {"ids": list(ids), "reacted": list(reacted)})


def _counting(things: str, votes: str, column: str) -> Any:
    return text(f"""
        UPDATE {things} SET emoji_reactions = coalesce((
            SELECT json_agg(json_build_object('url', url, 'token', emoji, 'authors', authors, 'count', count)
                ORDER BY count DESC, emoji)
            FROM (
                SELECT vote.emoji, count(*) AS count,
                    coalesce((SELECT min(known.url) FROM emoji known WHERE known.token = vote.emoji), '') AS url,
                    coalesce((array_agg(voter.user_name ORDER BY vote.id)
                        FILTER (WHERE voter.vote_privately IS NOT TRUE))[1:{MOST_AUTHORS}], '{{}}') AS authors
                FROM {votes} AS vote JOIN "user" AS voter ON voter.id = vote.user_id
                WHERE vote.{column} = {things}.id AND vote.emoji IS NOT NULL
                GROUP BY vote.emoji ORDER BY count DESC LIMIT {MOST_KINDS}
            ) AS said
        ), '[]')
        WHERE id = ANY(:ids) AND (id = ANY(:reacted) OR emoji_reactions::text NOT IN ('[]', 'null'))
    """).bindparams(  # noqa: S608 - names of our own tables
        *(bindparam(name, type_=ARRAY(Integer)) for name in ("ids", "reacted"))
    )


_COUNTING = {
    "post": _counting("post", "post_vote", "post_id"),
    "comment": _counting("post_reply", "post_reply_vote", "post_reply_id"),
}
