"""Finding posts and comments by their words, in any language; the database splits them: see the migration 0006."""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, String, any_, bindparam, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.statements import literal_limit
from service.storage.tables import Comment, CommentWords, Post, PostWords

Kind = type[Post] | type[Comment]

# What more have than these is found along the order of the list, which soon comes upon enough of them; what fewer
# have is looked up first. Either way a search reads a bounded part of what there is.
COMMON = 20_000

_WORDS: dict[Kind, tuple[Any, Any]] = {
    Post: (PostWords.post_id, PostWords.words),
    Comment: (CommentWords.comment_id, CommentWords.words),
}


async def are_common(db: AsyncConnection, kind: Kind, wanted: str) -> bool:
    """Whether very many posts or comments have what somebody looks for."""
    return bool(await db.scalar(_count(kind), {"search": wanted}) > COMMON)


def having_words(kind: Kind, *, common: bool) -> ColumnElement[bool]:
    """SQL: the post or comment has what the parameter `search` asks for, as people write it on the web.

    Parameters:
        common: as `are_common` said; both find the same.
    """
    key, words = _WORDS[kind]
    if common:
        found = select(_match(words)).where(key == kind.id).correlate(kind).scalar_subquery()
        return func.coalesce(found, literal_column("false"))
    having: ColumnElement[bool] = kind.id == any_(
        func.array(select(key).where(_match(words)).scalar_subquery())
    )
    return having


@lru_cache
def _count(kind: Kind) -> Select[Any]:
    _, words = _WORDS[kind]
    some = select(literal_column("1")).where(_match(words)).limit(literal_limit(COMMON + 1)).subquery()
    return select(func.count()).select_from(some)


def _match(words: Any) -> ColumnElement[bool]:
    asked = func.pieloop.asked(bindparam("search", type_=String()))
    matching: ColumnElement[bool] = words.op("@@", is_comparison=True)(asked)
    return matching
