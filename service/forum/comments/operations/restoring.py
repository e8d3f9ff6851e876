"""Bringing a comment back, whoever took it down."""

from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.comments.operations.editing import set_deleted
from service.forum.comments.operations.moderating import set_removed
from service.forum.comments.operations.rows import with_post


async def restore(session: AsyncSession, author: Author, comment_id: int) -> None:
    """Bring a comment back: its author what they deleted, a moderator what was removed. Idempotent.

    Raises:
        NotFound: there is no such comment.
        Forbidden: they are neither, or the other one took it down.
        Banned: it is to come back where its author may not write any more.
    """
    comment, _ = await with_post(session, comment_id)
    if author.id == comment.user_id and comment.deleted_by in {None, author.id}:
        await set_deleted(session, author, comment_id, deleted=False)
    else:
        await set_removed(session, author, comment_id, removed=False)
