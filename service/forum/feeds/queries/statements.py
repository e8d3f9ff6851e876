"""The statements of lists of posts: they find their ids, with the versions of what is found.

They pick ids in the order of one of PieFed's partial indexes (`ix_post_feed_*`), so their conditions are
written as those indexes have them (see `visibility.listed_for`).
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    true,
    tuple_,
)

from service.forum.feeds.queries.conditions import conditions_of
from service.forum.feeds.queries.shape import Shape
from service.forum.feeds.queries.viewer_filters import (
    filter_conditions,
)
from service.forum.feeds.rules import (
    Key,
)
from service.forum.posts.listed import VERSION
from service.forum.posts.queries import memberships
from service.forum.visibility import listed_for
from service.storage.statements import IdColumn, among
from service.storage.tables import (
    Community,
    Post,
)


@lru_cache(maxsize=512)
def statement_of(shape: Shape) -> Select[Any]:
    """The ids of a page in order, their VERSION, and the keys that order them, for the next page's cursor."""
    columns = [_column(key) for key in shape.keys]
    columns_wanted: list[Any] = [Post.id, *VERSION]
    statement = (
        select(*columns_wanted)
        .select_from(_source())
        .where(
            listed_for(
                shape.seen_as,
                is_member=among(Community.id, memberships()),
                by_index=not shape.unsorted,
            ),
            *conditions_of(shape),
            *filter_conditions(shape.filters),
        )
    )
    if shape.unsorted:
        unknown = (*columns, Post.deleted, Post.status)
        statement = statement.where(or_(*(column.is_(None) for column in unknown)))
        order: list[Any] = []
    else:
        statement = statement.add_columns(*(column.label(f"key_{at}") for at, column in enumerate(columns)))
        statement = statement.where(*_are_known(shape.keys, columns))
        order = [
            column.desc() if key.descending else column.asc()
            for column, key in zip(columns, shape.keys, strict=True)
        ]
    if shape.after:
        statement = statement.where(_below(shape, columns))
    return (
        statement.order_by(*order, _closing(shape, Post.id))
        .limit(_literal("row_limit"))
        .offset(_literal("row_offset"))
    )


@lru_cache(maxsize=128)
def count_of(shape: Shape) -> Select[Any]:
    """How many posts the same page would have."""
    return select(func.count()).select_from(statement_of(shape).subquery("page"))


def _are_known(keys: Sequence[Key], columns: Sequence[ColumnElement[Any]]) -> Iterator[ColumnElement[bool]]:
    """SQL: no key is NULL; an index shall heed that of the pins and of the first key after them alone.

    Of further keys PostgreSQL 18 would look into the index for each value of the ones before, or believe so, and rather
    read and sort all posts of a community. What it asks of a row it says as IS TRUE.
    """
    of_index = True
    for key, column in zip(keys, columns, strict=True):
        known = column.is_not(None)
        yield known if of_index else known.is_(true())
        of_index = of_index and key.kind is bool


def _source() -> FromClause:
    source: FromClause = Post.__table__.join(Community.__table__, Community.id == Post.community_id)
    return source


def _literal(name: str) -> BindParameter[Any]:
    """A number that is written into the statement at execution: a bound LIMIT would be planned anew every time."""
    return bindparam(name, type_=Integer(), literal_execute=True)


def _closing(shape: Shape, post_id: IdColumn) -> Any:
    """The last word of every order, so that no two posts tie."""
    return post_id.desc() if _falls(shape) else post_id.asc()


def _falls(shape: Shape) -> bool:
    return shape.unsorted or shape.keys[-1].descending


def _column(key: Key) -> ColumnElement[Any]:
    if key.name == "votes":
        return Post.up_votes - Post.down_votes
    column: ColumnElement[Any] = Post.__table__.c[key.name]
    return column


def _below(shape: Shape, columns: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
    """SQL: the post comes after the cursor."""
    if shape.unsorted:
        return Post.id < bindparam("after_0", type_=Integer())
    first = 0 if shape.below_pinned is None else 1
    whole = [*columns[first:], Post.__table__.c.id]
    bounds = [bindparam(f"after_{at}", type_=column.type) for at, column in enumerate(whole, first)]
    # A comparison of rows walks the index from there.
    below = tuple_(*whole) < tuple_(*bounds) if _falls(shape) else tuple_(*whole) > tuple_(*bounds)
    if shape.below_pinned is None:
        return below
    # The pin stays out of that comparison: nearly no post is pinned, so the planner would expect no rows at all.
    pin = columns[0]
    if shape.below_pinned:
        return or_(and_(pin == true(), below), pin == false())
    return and_(pin == false(), below)
