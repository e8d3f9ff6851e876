"""The comments that somebody was told about, as answers to them or because they name them; for the API's inbox."""

from typing import Literal

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.columns import VIEWER_ID, as_seen_by
from service.forum.accounts.viewer import Viewer
from service.forum.comments.choices import CommentSort
from service.forum.comments.queries import comments_by_ids, order_of
from service.forum.comments.shapes import CommentRow
from service.forum.errors import NotFound
from service.forum.notifications import MENTIONED_IN_COMMENT, MENTIONS, REPLIES, is_relevant, target
from service.storage.statements import literal_limit
from service.storage.tables import Comment, Notification

Which = Literal["replies", "mentions"]


class InboxComment(msgspec.Struct, frozen=True):
    """A comment that the viewer was told about, and whether they have read that."""

    comment: CommentRow
    read: bool


class InboxPage(msgspec.Struct, frozen=True):
    """A page of them.

    Attributes:
        has_more: Whether there is a following page.
    """

    comments: list[InboxComment]
    has_more: bool


async def page_of_inbox(
    db: AsyncConnection,
    viewer: Viewer,
    which: Which,
    sort: CommentSort,
    *,
    unread_only: bool,
    page: int = 1,
    size: int = 20,
) -> InboxPage:
    """A page of the comments that the viewer was told about, as far as that stands.

    Parameters:
        page: from 1.
        size: comments a page.
    """
    subtypes = REPLIES if which == "replies" else (MENTIONED_IN_COMMENT,)
    statement = (
        select(Comment.id, Notification.read)
        .join(Comment, Comment.id == target("comment_id"))
        .where(
            Notification.user_id == VIEWER_ID,
            Notification.subtype.in_(subtypes),
            is_relevant(),
        )
        .order_by(*order_of(sort), Notification.id.desc())
        .limit(literal_limit(size + 1))
        .offset(literal_limit((page - 1) * size))
    )
    if unread_only:
        statement = statement.where(Notification.read.is_(False))
    found = (await db.execute(statement, as_seen_by(viewer))).all()
    comments = await comments_by_ids(db, viewer, list(dict.fromkeys(id_ for id_, _ in found[:size])))
    listed = [InboxComment(comments[id_], bool(read)) for id_, read in found[:size] if id_ in comments]
    return InboxPage(listed, len(found) > size)


async def inbox_comment_by_id(db: AsyncConnection, viewer: Viewer, comment_id: int) -> InboxComment:
    """One comment that the viewer was told about, or NotFound."""
    statement = (
        select(Notification.read)
        .where(
            Notification.user_id == viewer.id,
            Notification.subtype.in_((*REPLIES, *MENTIONS)),
            target("comment_id") == comment_id,
        )
        .order_by(Notification.id.desc())
        .limit(literal_limit(1))
    )
    row = (await db.execute(statement)).one_or_none()
    found = await comments_by_ids(db, viewer, [comment_id]) if row else {}
    if row is None or comment_id not in found:
        raise NotFound
    return InboxComment(found[comment_id], bool(row.read))
