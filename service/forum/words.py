"""Finding posts and comments by their words, in any language; the database splits them: see the migration 0006."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    String,
    any_,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.statements import array_of_any_length
from service.storage.tables import Comment, CommentWords, Post, PostWords

Kind = type[Post] | type[Comment]

# What more have than these is found along the order of the list, which soon comes upon enough of them; what fewer
# have is looked up first. Either way a search reads a bounded part of what there is.
COMMON = 5_000

_WORDS: dict[Kind, tuple[Any, Any]] = {
    Post: (PostWords.post_id, PostWords.words),
    Comment: (CommentWords.comment_id, CommentWords.words),
}
_FIRST: dict[Kind, Any] = {Post: func.pieloop.post_words_with, Comment: func.pieloop.comment_words_with}


async def find(db: AsyncConnection, kind: Kind, wanted: str) -> Sequence[int] | None:
    """The ids of the posts or comments that have what somebody looks for; None if there are very many of them.

    Parameters:
        wanted: as people write it on the web: words, "phrases", -without, one OR another.
    """
    found: Sequence[int] = await db.scalar(select(_FIRST[kind](wanted, COMMON + 1))) or []
    return None if len(found) > COMMON else found


def among_found(kind: Kind) -> ColumnElement[bool]:
    """SQL: it is one of the parameter `found`: what `find` returned."""
    ids: ColumnElement[Sequence[int]] = bindparam("found", type_=ARRAY(Integer))
    among: ColumnElement[bool] = kind.id == any_(array_of_any_length(ids))
    return among


def having_words(kind: Kind) -> ColumnElement[bool]:
    """SQL: it has what the parameter `search` asks for; asked of a row, never of the index."""
    key, words = _WORDS[kind]
    # In a statement of its own, or it would be worked out for each row.
    asked = select(func.pieloop.asked(bindparam("search", type_=String()))).scalar_subquery()
    found = select(words.op("@@", is_comparison=True)(asked)).where(key == kind.id)
    # What is not read yet has pyfedi's vector.
    english = func.websearch_to_tsquery("pg_catalog.english", bindparam("search", type_=String()))
    theirs = kind.search_vector.op("@@", is_comparison=True)(english)
    return func.coalesce(found.correlate(kind).scalar_subquery(), theirs, literal_column("false"))
