"""Comments and their posts as the operations hold them."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id
from service.forum.comments.counting import count
from service.forum.communities.standing import CommunityStanding, standing_for_post
from service.forum.errors import Gone, Locked, NotFound
from service.forum.events import CommentDeleted
from service.forum.posts.choices import PostStatus
from service.forum.posts.operations.rows import is_told, lock_row
from service.language import _
from service.storage.outbox import record
from service.storage.tables import Comment, Post


async def with_post(session: AsyncSession, comment_id: int) -> tuple[Comment, Post]:
    """A comment and its post, both locked, the post first."""
    known = await session.get(Comment, comment_id) if is_id(comment_id) else None
    if known is None:
        raise NotFound
    post = await lock_row(session, Post, known.post_id or 0)
    return await lock_row(session, Comment, comment_id), post


async def readable(session: AsyncSession, viewer: Viewer, comment_id: int) -> Comment:
    """A comment whose post the viewer may know of; NotFound if there is none."""
    comment = await session.get(Comment, comment_id) if is_id(comment_id) else None
    if comment is None:
        raise NotFound
    await standing_for_post(session, viewer, await session.get(Post, comment.post_id or 0))
    return comment


def check_open(author: Author, standing: CommunityStanding, post: Any, *, let_in: bool = False) -> None:
    """Raise Gone, NotFound or Locked unless a post takes comments of this author.

    Parameters:
        post: a Post, or a row of it.
        let_in: the community's own server has taken the comment already.
    """
    if post.deleted:
        raise Gone(_("This post has been deleted."))
    if (post.status or 0) <= PostStatus.REVIEWING:
        raise NotFound
    if post.comments_enabled is False and not (let_in or standing.moderates or author.runs_the_site):
        raise Locked(_("This post is locked, so you can't comment on it."))


def refuse_deleted(comment: Comment) -> None:
    """Raise Gone if a comment was deleted or removed."""
    if comment.deleted:
        raise Gone(_("This comment has been deleted."))


async def mark_deleted(
    session: AsyncSession,
    comment: Comment,
    post: Post,
    by: Author,
    *,
    deleted: bool,
    removed: bool = False,
    reason: str = "",
    is_part: bool = False,
) -> None:
    """Let a comment be gone, or there again, with its counts and its event. Idempotent.

    Parameters:
        removed: by a moderator, for this reason.
        is_part: of something that other servers hear of; some hear of what is ours and removed nevertheless.
    """
    if bool(comment.deleted) == deleted:
        return
    comment.deleted, comment.deleted_by = deleted, by.id if deleted else None
    await session.flush()
    await count(session, comment, post, -1 if deleted else 1)
    event = CommentDeleted(
        comment_id=comment.id,
        by_id=by.id,
        deleted=deleted,
        removed=removed,
        reason=reason,
        is_part=is_part,
    )
    await record(session, event, federate=is_told(by, comment, removed=removed, is_part=is_part))
