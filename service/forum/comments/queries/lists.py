"""Flat pages of comments, and comments by id."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Integer, Select, bindparam
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id
from service.forum.comments.choices import CommentSort
from service.forum.comments.outline import POST, Outline
from service.forum.comments.queries.order import order_by_index, order_of
from service.forum.comments.queries.outlines import read_outline
from service.forum.comments.queries.rows import all_comments_by_ids, columns_of, comments_from, comments_of
from service.forum.comments.queries.wanted import (
    CommentSelection,
    Shape,
    needs_viewer,
    readable,
    shape_of,
    values_in,
)
from service.forum.comments.shapes import CommentPage, CommentRow
from service.forum.errors import NotFound
from service.forum.feeds.rules import OFFSET_MAX
from service.forum.posts.queries import facts_of
from service.forum.posts.shapes import tombstone_of
from service.forum.visibility import may_read, may_read_comment
from service.forum.words import find
from service.storage.tables import Comment

LARGEST_PAGE = 100
# Of one post, which is read once, more are made into words in the same time.
LARGEST_THREAD = 500


async def page_of_comments(
    db: AsyncConnection,
    viewer: Viewer | None,
    selection: CommentSelection,
    sort: CommentSort,
    *,
    limit: int = 20,
    page: int = 1,
) -> CommentPage:
    """Return one flat page of comments as the viewer may see them.

    A thread can be read to its end; other lists end after ten thousand.

    Parameters:
        limit: comments on a page, 1 to 100, in a thread to 500.
        page: its number, from 1.
    """
    if selection.is_thread:
        return await _page_of_thread(
            db, viewer, selection, sort, min(max(limit, 1), LARGEST_THREAD), max(page, 1)
        )
    size = min(max(limit, 1), LARGEST_PAGE)
    offset = (max(page, 1) - 1) * size
    if offset > OFFSET_MAX or (viewer is None and needs_viewer(selection)):
        return CommentPage([], False)
    shape = shape_of(viewer, selection)
    values = values_in(viewer, selection) | {"row_limit": size + 1, "row_offset": offset}
    if selection.search is not None and (found := await find(db, Comment, selection.search)) is not None:
        by = tuple("found" if name == "search" else name for name in shape.by)
        shape = msgspec.structs.replace(shape, by=by)
        values["found"] = found
    rows = (await db.execute(_page(shape, sort), values)).all()
    return CommentPage(await comments_from(db, viewer, rows[:size]), len(rows) > size)


async def comment_by_id(db: AsyncConnection, viewer: Viewer | None, comment_id: int) -> CommentRow:
    """Return one comment, a deleted one as a tombstone.

    Raises:
        NotFound: there is none, or the viewer may not read its post, which may be gone.
    """
    found = await comments_by_ids(db, viewer, [comment_id] if is_id(comment_id) else [])
    if not found:
        raise NotFound
    return found[comment_id]


async def comments_by_ids(
    db: AsyncConnection, viewer: Viewer | None, ids: Sequence[int]
) -> dict[int, CommentRow]:
    """Return comments by id, deleted ones as tombstones; those the viewer may not see are left out.

    Who wrote below a post that is gone still sees the comment, but of the post no more than that it was there.
    """
    found = await all_comments_by_ids(db, viewer, ids)
    return {
        comment_id: _as_seen(viewer, comment)
        for comment_id, comment in found.items()
        if _may_see(viewer, comment)
    }


def _may_see(viewer: Viewer | None, comment: CommentRow) -> bool:
    is_author = viewer is not None and viewer.id == comment.author.id
    return bool(may_read_comment(facts_of(viewer, comment.post), is_author=is_author))


def _as_seen(viewer: Viewer | None, comment: CommentRow) -> CommentRow:
    if may_read(facts_of(viewer, comment.post)):
        return comment
    return msgspec.structs.replace(comment, post=tombstone_of(comment.post))


async def _page_of_thread(
    db: AsyncConnection,
    viewer: Viewer | None,
    selection: CommentSelection,
    sort: CommentSort,
    size: int,
    page: int,
) -> CommentPage:
    outline = await read_outline(db, viewer, selection, sort, of_readable=True, with_gone=True)
    ids = _ids_of_thread(outline, selection)
    wanted = ids[(page - 1) * size : page * size]
    found = await comments_of(db, viewer, outline, wanted)
    comments = [found[comment_id] for comment_id in wanted if comment_id in found]
    return CommentPage(comments, len(ids) > page * size)


def _ids_of_thread(outline: Outline, selection: CommentSelection) -> list[int]:
    """The ids of a thread's comments in order, down to the depth that is wanted."""
    depth = selection.max_depth
    if selection.parent_id is not None:
        wanted = outline.below(selection.parent_id, depth) | {selection.parent_id}
    else:
        wanted = outline.below(POST, None if depth is None else depth + 1)
    return [comment_id for comment_id in outline.order if comment_id in wanted]


@lru_cache(maxsize=512)
def _page(shape: Shape, sort: CommentSort) -> Select[Any]:
    order = order_of(sort) if shape.in_thread else order_by_index(sort)
    picked = (
        readable(shape)
        .order_by(*order)
        .limit(_literal("row_limit"))
        .offset(_literal("row_offset"))
        .subquery("page")
    )
    return columns_of(picked).order_by(*order)


def _literal(name: str) -> BindParameter[Any]:
    """A number that is written into the statement at execution: a bound LIMIT would be planned anew every time."""
    return bindparam(name, type_=Integer(), literal_execute=True)
