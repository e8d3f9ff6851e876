"""What is read of a comment, and the row made of it: its columns, its author, and what it is to the viewer.

One statement reads the comments, one more what they are to the viewer; the posts they stand under are read once each.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Integer,
    Row,
    Select,
    any_,
    bindparam,
    cast,
    exists,
    false,
    func,
    literal_column,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.columns import AUTHOR_WIDTH, author_columns, author_row, picture
from service.forum.accounts.filters import folding_filter
from service.forum.accounts.viewer import Viewer
from service.forum.attachments.columns import IMAGE_WIDTH, image_columns, image_row
from service.forum.comments.queries.order import zero
from service.forum.comments.shapes import NOT_MINE, CommentMine, CommentRow
from service.forum.posts.queries import (
    LONG_AGO,
    VIEWER_ID,
    Author,
    Avatar,
    author_flags,
    cards_by_ids,
    deletion_columns,
    is_local,
    with_author,
)
from service.forum.posts.shapes import PostRow
from service.storage.statements import array_of_any_length, literal_limit
from service.storage.tables import (
    Comment,
    CommentBookmark,
    CommentVote,
    NotificationSubscription,
    Picture,
    UserBlock,
)

# PieFed's notification_subscription.type for "answers to this comment".
NOTIFY_REPLY = 4

_COMMENT_IDS = bindparam("comment_ids", type_=ARRAY(Integer))
_Image = picture("comment_image")


def _text(column: Any) -> ColumnElement[str]:
    return func.coalesce(column, literal_column("''"))


def _flag(column: Any) -> ColumnElement[bool]:
    return func.coalesce(column, false())


_DELETED, _REMOVED = deletion_columns(Comment)
# The fields of a CommentRow in their order, with the columns they are read from.
_FIELDS: dict[str, Any] = {
    "id": Comment.id,
    "post_id": Comment.post_id,
    "parent_id": Comment.parent_id,
    "root_id": func.coalesce(Comment.root_id, Comment.id),
    "path": Comment.path,
    "depth": zero(Comment.depth),
    "body": _text(Comment.body),
    "body_html": _text(Comment.body_html),
    "created_at": func.coalesce(Comment.created_at, Comment.posted_at, LONG_AGO),
    "posted_at": func.coalesce(Comment.posted_at, Comment.created_at, LONG_AGO),
    "edited_at": Comment.edited_at,
    "deleted": _DELETED,
    "removed": _REMOVED,
    "locked": Comment.replies_enabled.is_(False),
    "nsfw": _flag(Comment.nsfw),
    "distinguished": _flag(Comment.distinguished),
    "sticky": _flag(Comment.sticky),
    "answer": _flag(Comment.answer),
    "from_bot": _flag(Comment.from_bot),
    "ap_id": _text(Comment.ap_id),
    "local": is_local(Comment.instance_id),
    "instance_id": zero(Comment.instance_id),
    "language_id": zero(Comment.language_id),
    "up_votes": zero(Comment.up_votes),
    "down_votes": zero(Comment.down_votes),
    "score": zero(Comment.up_votes) - zero(Comment.down_votes),
    "child_count": zero(Comment.child_count),
}
_AT = {name: at for at, name in enumerate(_FIELDS)}
_PATH, _PARENT_ID, _BODY, _BODY_HTML = _AT["path"], _AT["parent_id"], _AT["body"], _AT["body_html"]
_DELETED_AT, _REMOVED_AT, _POST_ID = _AT["deleted"], _AT["removed"], _AT["post_id"]
_IMAGE_AT = len(_FIELDS)
_AUTHOR_AT = _IMAGE_AT + IMAGE_WIDTH
_FLAGS_AT = _AUTHOR_AT + AUTHOR_WIDTH


def columns_of(page: FromClause) -> Select[Any]:
    """The full rows of the comments whose ids stand in the column `id` of a subquery; unordered."""
    source = (
        page.join(Comment, Comment.id == page.c.id)
        .outerjoin(_Image, _Image.id == Comment.image_id)
        .outerjoin(Picture, Picture.file_id == Comment.image_id)
    )
    return select(
        *_FIELDS.values(),
        *image_columns(_Image, Picture),
        *author_columns(Author, Avatar),
        *author_flags(Comment.community_id),
    ).select_from(with_author(source, Comment.user_id, Comment.community_id))


async def comments_by_id(
    db: AsyncConnection, viewer: Viewer | None, ids: Iterable[int], post: PostRow | None = None
) -> dict[int, CommentRow]:
    """Return comments by id, whoever may read them; parameters as `comments_from`."""
    wanted = list(ids)
    rows = (await db.execute(_by_ids(), {"comment_ids": wanted})).all() if wanted else []
    return {comment.id: comment for comment in await comments_from(db, viewer, rows, post)}


@lru_cache
def _by_ids() -> Select[Any]:
    return columns_of(select(func.unnest(array_of_any_length(_COMMENT_IDS)).label("id")).subquery("page"))


async def comments_from(
    db: AsyncConnection, viewer: Viewer | None, rows: Sequence[Row[Any]], post: PostRow | None = None
) -> list[CommentRow]:
    """Return the rows of `columns_of` as comments.

    Parameters:
        post: what all of them stand under; None where they are from anywhere, and their posts are read as well.
    """
    if not rows:
        return []
    posts = (
        {post.id: post}
        if post is not None
        else await cards_by_ids(db, viewer, sorted({row[_POST_ID] for row in rows}))
    )
    mine = await _overlay(db, viewer, [row[0] for row in rows]) if viewer is not None else {}
    return [
        _folded(viewer, _comment_from(row, posts[row[_POST_ID]], mine.get(row[0], NOT_MINE)))
        for row in rows
        if row[_POST_ID] in posts
    ]


def _comment_from(row: Row[Any], post: PostRow, mine: CommentMine) -> CommentRow:
    values = list(row)
    image = image_row(*values[_IMAGE_AT:_AUTHOR_AT])
    values[_PATH] = tuple(values[_PATH] or _short_path(values[_PARENT_ID], values[0]))
    if values[_DELETED_AT] or values[_REMOVED_AT]:
        values[_BODY], values[_BODY_HTML], image = "", "", None
    author = author_row(values[_AUTHOR_AT:_FLAGS_AT])
    values[_IMAGE_AT:] = [image, author, *values[_FLAGS_AT:], post, mine]
    return CommentRow(*values)


def _folded(viewer: Viewer | None, comment: CommentRow) -> CommentRow:
    if viewer is None or not viewer.filters or comment.author.id == viewer.id:
        return comment
    folded = folding_filter(viewer.filters, "replies", comment.body)
    return (
        msgspec.structs.replace(comment, mine=msgspec.structs.replace(comment.mine, folded=folded))
        if folded
        else comment
    )


def _short_path(parent_id: int | None, comment_id: int) -> list[int]:
    """What can be said of the path of an old row without one."""
    return [0, comment_id] if parent_id is None else [0, parent_id, comment_id]


async def _overlay(db: AsyncConnection, viewer: Viewer, ids: Sequence[int]) -> dict[int, CommentMine]:
    """What comments are to the viewer, by id, in one statement."""
    rows = await db.execute(_overlay_statement(), {"viewer_id": viewer.id, "comment_ids": list(ids)})
    return {row[0]: CommentMine(*row[1:]) for row in rows}


@lru_cache
def _overlay_statement() -> Select[Any]:
    vote = (
        select(CommentVote.effect)
        .where(CommentVote.user_id == VIEWER_ID, CommentVote.post_reply_id == Comment.id)
        .order_by(CommentVote.id.desc())
        .limit(literal_limit(1))
        .scalar_subquery()
    )
    # The fields of a CommentMine in their order.
    fields: dict[str, Any] = {
        "vote": cast(func.sign(zero(vote)), Integer),
        "saved": exists().where(
            CommentBookmark.user_id == VIEWER_ID, CommentBookmark.post_reply_id == Comment.id
        ),
        "notify": exists().where(
            NotificationSubscription.user_id == VIEWER_ID,
            NotificationSubscription.type == literal_column(str(NOTIFY_REPLY)),
            NotificationSubscription.entity_id == Comment.id,
        ),
        "author_blocked": exists().where(
            UserBlock.blocker_id == VIEWER_ID, UserBlock.blocked_id == Comment.user_id
        ),
    }
    return select(Comment.id, *fields.values()).where(Comment.id == any_(array_of_any_length(_COMMENT_IDS)))
