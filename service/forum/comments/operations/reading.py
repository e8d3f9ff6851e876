"""What readers keep of comments: bookmarks, and whether they are told of answers."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import notifications
from service.forum.accounts.viewer import Viewer
from service.forum.comments.operations.rows import readable, refuse_deleted
from service.storage.locking import lock_name
from service.storage.tables import CommentBookmark


async def set_saved(session: AsyncSession, viewer: Viewer, comment_id: int, *, saved: bool) -> None:
    """Bookmark a comment, or forget the bookmark. Idempotent.

    Raises:
        NotFound, Gone: there is no such comment for this viewer, or it was deleted.
    """
    mine = (CommentBookmark.user_id == viewer.id, CommentBookmark.post_reply_id == comment_id)
    if not saved:
        await session.execute(delete(CommentBookmark).where(*mine))
        return
    refuse_deleted(await readable(session, viewer, comment_id))
    # The table has no unique constraint to rely on.
    await lock_name(session, f"save:{viewer.id}:comment:{comment_id}")
    if await session.scalar(select(CommentBookmark.id).where(*mine).limit(1)) is None:
        session.add(CommentBookmark(user_id=viewer.id, post_reply_id=comment_id))


async def set_watched(session: AsyncSession, viewer: Viewer, comment_id: int, *, watched: bool) -> None:
    """Tell the viewer of answers to a comment, or no longer. Idempotent. NotFound, Gone as `set_saved`."""
    if not watched:
        await notifications.unwatch(session, viewer.id, notifications.REPLY, comment_id)
        return
    comment = await readable(session, viewer, comment_id)
    refuse_deleted(comment)
    await notifications.watch(session, viewer.id, notifications.REPLY, comment_id)
