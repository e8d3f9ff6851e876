"""What is read of a comment, and the row made of it: its columns, its author, and what it is to the viewer.

One statement reads the comments, one more what they are to the viewer; the posts they stand under are read once each.
"""

from collections.abc import Collection, Sequence
from functools import lru_cache, partial
from sys import getsizeof
from typing import Any

from msgspec.structs import replace
from sqlalchemy import (
    ARRAY,
    FromClause,
    Integer,
    Row,
    Select,
    and_,
    any_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.columns import VIEWER_ID, author_loader, note_about, picture
from service.forum.accounts.filters import folding_filter
from service.forum.accounts.viewer import Viewer
from service.forum.attachments.columns import image_loader
from service.forum.comments.outline import Outline
from service.forum.comments.shapes import NOT_MINE, CommentMine, CommentRow
from service.forum.notifications.rules import REPLY as NOTIFY_REPLY
from service.forum.posts.listed import kept_for
from service.forum.posts.queries import (
    Author,
    Avatar,
    author_flags,
    cards_by_ids,
    deletion_columns,
    with_author,
)
from service.forum.posts.shapes import PostRow
from service.forum.reactions import reactions_read
from service.storage.kept_rows import Kind
from service.storage.rows import Loader, Read, or_empty, or_false, or_long_ago, or_zero
from service.storage.statements import array_of_any_length, literal_limit
from service.storage.tables import (
    Comment,
    CommentBookmark,
    CommentVote,
    NotificationSubscription,
    Picture,
    UserBlock,
)

_COMMENT_IDS = bindparam("comment_ids", type_=ARRAY(Integer))
_Image = picture("comment_image")


def _path(path: list[int] | None, parent_id: int | None, comment_id: int) -> tuple[int, ...]:
    """The path of a comment; of an old row without one what can be said of it."""
    if path:
        return tuple(path)
    return (0, comment_id) if parent_id is None else (0, parent_id, comment_id)


# What was in a comment that was deleted or removed, nobody reads.
_IS_GONE = or_false(Comment.deleted)
_COMMENT = Loader(
    CommentRow,
    {
        "root_id": func.coalesce(Comment.root_id, Comment.id),
        "path": Loader(
            _path, {"path": Comment.path, "parent_id": Comment.parent_id, "comment_id": Comment.id}
        ),
        "body": case((_IS_GONE, ""), else_=or_empty(Comment.body)),
        "body_html": case((_IS_GONE, ""), else_=or_empty(Comment.body_html)),
        "created_at": or_long_ago(Comment.created_at, Comment.posted_at),
        "posted_at": or_long_ago(Comment.posted_at, Comment.created_at),
        **deletion_columns(Comment),
        "locked": Comment.replies_enabled.is_(False),
        "local": Comment.is_local,
        "score": or_zero(Comment.up_votes) - or_zero(Comment.down_votes),
        "reactions": Read(Comment.emoji_reactions, reactions_read),
        "image": image_loader(_Image, Picture),
        "author": author_loader(Author, Avatar, flair_in=Comment.community_id),
        **author_flags(Comment.community_id),
    },
    Comment,
)
_BARE: Kind[CommentRow] = Kind(
    "comment", lambda comment: getsizeof(comment.body) + getsizeof(comment.body_html)
)


def columns_of(page: FromClause) -> Select[Any]:
    """The full rows of the comments whose ids stand in the column `id` of a subquery; unordered."""
    source = (
        page.join(Comment, Comment.id == page.c.id)
        .outerjoin(_Image, and_(_Image.id == Comment.image_id, ~_IS_GONE))
        .outerjoin(Picture, Picture.file_id == Comment.image_id)
    )
    return select(*_COMMENT.columns).select_from(with_author(source, Comment.user_id, Comment.community_id))


async def all_comments_by_ids(
    db: AsyncConnection, viewer: Viewer | None, ids: Sequence[int]
) -> dict[int, CommentRow]:
    """Return comments by id, whoever may read them."""
    rows = (await db.execute(_by_ids(), {"comment_ids": list(ids)})).all() if ids else []
    return {comment.id: comment for comment in await comments_from(db, viewer, rows)}


@lru_cache
def _by_ids() -> Select[Any]:
    return columns_of(select(func.unnest(array_of_any_length(_COMMENT_IDS)).label("id")).subquery("page"))


async def comments_of(
    db: AsyncConnection,
    viewer: Viewer | None,
    outline: Outline,
    ids: Collection[int],
    post: PostRow | None = None,
) -> dict[int, CommentRow]:
    """Return comments of one discussion by id; what stands on them, this process may have kept.

    Parameters:
        outline: of the discussion, which the viewer may read.
        post: what they stand under; None to have it read as well.
    """
    moderates = viewer is not None and (viewer.moderates if post is None else post.mine.moderates)

    def is_theirs(comment: CommentRow) -> bool:
        return moderates or (viewer is not None and viewer.id == comment.author.id)

    versions = {comment_id: outline.versions[comment_id] for comment_id in ids}
    bare = await kept_for(db, viewer).read(_BARE, versions, partial(_bare_comments, db), unless=is_theirs)
    seen = await _as_seen(db, viewer, list(bare.values()), post)
    return {comment.id: comment for comment in seen}


async def comments_from(
    db: AsyncConnection, viewer: Viewer | None, rows: Sequence[Row[Any]]
) -> list[CommentRow]:
    """Return the rows of `columns_of` as comments, with the posts that they stand under."""
    return await _as_seen(db, viewer, [_bare_comment(row) for row in rows], None)


async def _bare_comments(db: AsyncConnection, ids: Sequence[int]) -> dict[int, CommentRow]:
    rows = await db.execute(_by_ids(), {"comment_ids": list(ids)})
    return {row[0]: _bare_comment(row) for row in rows}


def _bare_comment(row: Row[Any]) -> CommentRow:
    """A comment as it is to anybody, without its post."""
    return _COMMENT.load(row, None)


async def _as_seen(
    db: AsyncConnection, viewer: Viewer | None, bare: Sequence[CommentRow], post: PostRow | None
) -> list[CommentRow]:
    """The comments with their posts, and with what they are to the viewer; without those whose post is gone."""
    if not bare:
        return []
    posts = (
        {post.id: post}
        if post is not None
        else await cards_by_ids(db, viewer, sorted({comment.post_id for comment in bare}))
    )
    mine = await _overlay(db, viewer, [comment.id for comment in bare]) if viewer is not None else {}
    return [
        _folded(
            viewer,
            replace(comment, post=posts[comment.post_id], mine=mine.get(comment.id, NOT_MINE)),
        )
        for comment in bare
        if comment.post_id in posts
    ]


def _folded(viewer: Viewer | None, comment: CommentRow) -> CommentRow:
    if viewer is None or not viewer.filters or comment.author.id == viewer.id:
        return comment
    folded = folding_filter(viewer.filters, "replies", comment.body)
    return replace(comment, mine=replace(comment.mine, folded=folded)) if folded else comment


async def _overlay(db: AsyncConnection, viewer: Viewer, ids: Sequence[int]) -> dict[int, CommentMine]:
    """What comments are to the viewer, by id, in one statement."""
    rows = await db.execute(_overlay_statement(), {"viewer_id": viewer.id, "comment_ids": list(ids)})
    return {row[0]: _MINE.load(row[1:]) for row in rows}


_VOTE = (
    select(CommentVote.effect)
    .where(CommentVote.user_id == VIEWER_ID, CommentVote.post_reply_id == Comment.id)
    .order_by(CommentVote.id.desc())
    .limit(literal_limit(1))
    .scalar_subquery()
)
_MINE = Loader(
    CommentMine,
    {
        "vote": cast(func.sign(or_zero(_VOTE)), Integer),
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
        "author_note": note_about(Comment.user_id),
    },
)


@lru_cache
def _overlay_statement() -> Select[Any]:
    wanted = Comment.id == any_(array_of_any_length(_COMMENT_IDS))
    return select(Comment.id, *_MINE.columns).where(wanted)
