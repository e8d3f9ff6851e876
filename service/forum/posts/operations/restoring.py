"""Bringing a post back, whoever took it down."""

from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.posts.operations.editing import set_deleted
from service.forum.posts.operations.moderating import set_removed
from service.forum.posts.operations.rows import lock_row
from service.storage.tables import Post


async def restore(session: AsyncSession, author: Author, post_id: int) -> None:
    """Bring a post back: its author what they deleted, a moderator what was removed. Idempotent.

    Raises:
        NotFound: there is no such post.
        Forbidden: they are neither, or the other one took it down.
        Banned: it is to come back where its author may not post any more.
    """
    post = await lock_row(session, Post, post_id)
    if author.id == post.user_id and post.deleted_by in {None, author.id}:
        await set_deleted(session, author, post_id, deleted=False)
    else:
        await set_removed(session, author, post_id, removed=False)
