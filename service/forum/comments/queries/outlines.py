"""The outline of a discussion, read in one statement whatever its size."""

import asyncio
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    not_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased
from sqlalchemy.types import NullType

from service.forum.accounts.viewer import Viewer
from service.forum.comments.choices import CommentSort
from service.forum.comments.outline import Outline, State, outline_of
from service.forum.comments.queries.order import order_of
from service.forum.comments.queries.wanted import (
    POSTED,
    CommentSelection,
    Shape,
    of_readable_posts,
    shape_of,
    tolerable,
    values_in,
)
from service.storage.kept_rows import version_of
from service.storage.rows import or_zero
from service.storage.statements import literal_limit
from service.storage.tables import Comment

# Outlining more comments than these takes longer than the loop should wait.
LARGE = 2000
# A larger discussion ends there: outlining this many takes a tenth of a second.
LARGEST_DISCUSSION = 100_000


async def read_outline(
    db: AsyncConnection,
    viewer: Viewer | None,
    selection: CommentSelection,
    sort: CommentSort,
    *,
    of_readable: bool,
    with_gone: bool = False,
) -> Outline:
    """Return the outline of the discussion that a feed is about: by its post, or by a comment in it.

    Parameters:
        of_readable: look whether the viewer may read the post; otherwise the caller has done so.
        with_gone: with the tombstones that nothing living stands on.
    """
    statement = _statement(shape_of(viewer, selection), sort, of_readable, with_gone)
    columns = (await db.execute(statement, values_in(viewer, selection))).one()
    if columns[0] is None:
        return outline_of((), (), ())
    if len(columns[0]) > LARGE:
        return await asyncio.to_thread(outline_of, *columns)
    return outline_of(*columns)


@lru_cache(maxsize=256)
def _statement(shape: Shape, sort: CommentSort, of_readable: bool, with_gone: bool) -> Select[Any]:
    """The columns of all comments of a post, each as one array: ten thousand rows cost the loop more than their ids."""
    source: FromClause = POSTED if of_readable else Comment.__table__
    comments = (
        select(
            Comment.id,
            or_zero(Comment.parent_id).label("parent_id"),
            _state(shape, with_gone).label("state"),
            version_of(Comment),
        )
        .select_from(source)
        .where(Comment.post_id == _post(shape), *(of_readable_posts(shape) if of_readable else ()))
        .order_by(*order_of(sort))
        .limit(literal_limit(LARGEST_DISCUSSION))
        .subquery("comments")
    )
    arrays: list[Any] = [func.array_agg(column, type_=NullType()) for column in comments.c]
    return select(*arrays)


def _post(shape: Shape) -> ColumnElement[Any]:
    if "post_id" in shape.by:
        return bindparam("post_id", type_=Integer())
    parent = aliased(Comment, name="parent")
    parent_id = bindparam("parent_id", type_=Integer())
    return select(parent.post_id).where(parent.id == parent_id).scalar_subquery()


def _state(shape: Shape, with_gone: bool) -> ColumnElement[Any]:
    def literal(state: State) -> ColumnElement[Any]:
        return literal_column(str(state.value))

    return case(
        (not_(and_(true(), *tolerable(shape))), literal(State.HIDDEN)),
        (Comment.deleted.is_(True), literal(State.ALIVE if with_gone else State.GONE)),
        else_=literal(State.ALIVE),
    )
