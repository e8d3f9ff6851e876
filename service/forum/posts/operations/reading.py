"""What a post is to its reader: read, hidden, saved, watched."""

from sqlalchemy import ARRAY, Integer, cast, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import notifications
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id
from service.forum.communities.standing import (
    standing_for_post,
)
from service.forum.errors import Invalid, NotFound
from service.forum.posts.operations.rows import refuse_deleted
from service.language import _
from service.storage.clock import utcnow
from service.storage.locking import lock_name
from service.storage.tables import (
    HiddenPost,
    Post,
    PostBookmark,
    ReadPost,
)

_MARK_READ_MAX = 500


async def mark_read(session: AsyncSession, viewer: Viewer, post_ids: list[int], *, read: bool = True) -> None:
    """Note that the viewer has read posts and the comments that are there now, or not; unknown ids are passed over.

    Raises:
        Invalid: more than 500 at once.
    """
    if len(post_ids) > _MARK_READ_MAX:
        raise Invalid(
            {"post_ids": _("Send at most %(mark_read_max)s posts at once.", mark_read_max=_MARK_READ_MAX)}
        )
    if not read:
        await session.execute(
            delete(ReadPost).where(ReadPost.user_id == viewer.id, ReadPost.read_post_id.in_(post_ids))
        )
        return
    known = select(literal(viewer.id), Post.id, literal(utcnow())).where(
        Post.id == func.any(cast(post_ids, ARRAY(Integer)))
    )
    noted = insert(ReadPost).from_select(["user_id", "read_post_id", "interacted_at"], known)
    await session.execute(
        noted.on_conflict_do_update(
            index_elements=["user_id", "read_post_id"], set_={"interacted_at": noted.excluded.interacted_at}
        )
    )


async def set_hidden(session: AsyncSession, viewer: Viewer, post_id: int, *, hidden: bool) -> None:
    """Hide a post from the viewer's feeds, or show it again. Idempotent. NotFound, Gone as `set_saved`."""
    post = await _readable(session, viewer, post_id)
    if not hidden:
        mine = (HiddenPost.user_id == viewer.id, HiddenPost.hidden_post_id == post_id)
        await session.execute(delete(HiddenPost).where(*mine))
        return
    refuse_deleted(post)
    values = {"user_id": viewer.id, "hidden_post_id": post_id, "interacted_at": utcnow()}
    await session.execute(insert(HiddenPost).values(**values).on_conflict_do_nothing())


async def set_saved(session: AsyncSession, viewer: Viewer, post_id: int, *, saved: bool) -> None:
    """Bookmark a post, or forget the bookmark. Idempotent.

    Raises:
        NotFound, Gone: there is no such post for this viewer, or it was deleted.
    """
    mine = (PostBookmark.user_id == viewer.id, PostBookmark.post_id == post_id)
    if not saved:
        await session.execute(delete(PostBookmark).where(*mine))
        return
    refuse_deleted(await _readable(session, viewer, post_id))
    # The table has no unique constraint to rely on.
    await lock_name(session, f"save:{viewer.id}:post:{post_id}")
    if await session.scalar(select(PostBookmark.id).where(*mine).limit(1)) is None:
        session.add(PostBookmark(user_id=viewer.id, post_id=post_id))


async def set_watched(session: AsyncSession, viewer: Viewer, post_id: int, *, watched: bool) -> None:
    """Tell the viewer of new comments on a post, or no longer. Idempotent. NotFound, Gone as `set_saved`."""
    if not watched:
        await notifications.unwatch(session, viewer.id, notifications.POST, post_id)
        return
    post = await _readable(session, viewer, post_id)
    refuse_deleted(post)
    await notifications.watch(session, viewer.id, notifications.POST, post_id, post.title or "")


async def _readable(session: AsyncSession, viewer: Viewer, post_id: int) -> Post:
    post = await session.get(Post, post_id) if is_id(post_id) else None
    if post is None:
        raise NotFound
    await standing_for_post(session, viewer, post)
    return post
