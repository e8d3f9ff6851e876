"""What a post is to its reader: read, hidden, saved, watched."""

from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    DateTime,
    Integer,
    String,
    any_,
    bindparam,
    delete,
    insert,
    join,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import insert as insert_or_update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import notifications
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id
from service.forum.communities.standing import STANDING, check_is_out, standing_of, with_standing
from service.forum.errors import Invalid, NotFound
from service.forum.posts.operations.rows import refuse_deleted
from service.language import _
from service.storage.clock import utcnow
from service.storage.locking import key_of, locking
from service.storage.statements import array_of_any_length
from service.storage.tables import (
    Community,
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
    values = {"viewer_id": viewer.id, "post_ids": post_ids}
    if read:
        await session.execute(_NOTE_READ, values | {"now": utcnow()})
    else:
        await session.execute(_FORGET_READ, values)


# Their tables, and not their classes: what is written through a class is compiled anew each time.
_READ: Any = ReadPost.__table__
_BOOKMARKS: Any = PostBookmark.__table__
_HIDDEN: Any = HiddenPost.__table__
_VIEWER_ID: Any = bindparam("viewer_id", type_=Integer)
_POST_ID: Any = bindparam("post_id", type_=Integer)
_POST_IDS = any_(array_of_any_length(bindparam("post_ids", type_=ARRAY(Integer))))
_NOW: Any = bindparam("now", type_=DateTime)

_NOTED = insert_or_update(_READ).from_select(
    ["user_id", "read_post_id", "interacted_at"],
    select(_VIEWER_ID, Post.id, _NOW).where(Post.id == _POST_IDS),
    include_defaults=False,
)
_NOTE_READ = _NOTED.on_conflict_do_update(
    index_elements=["user_id", "read_post_id"], set_={"interacted_at": _NOTED.excluded.interacted_at}
)
_FORGET_READ = delete(_READ).where(_READ.c.user_id == _VIEWER_ID, _READ.c.read_post_id == _POST_IDS)
_HIDE = (
    insert_or_update(_HIDDEN)
    .values(user_id=_VIEWER_ID, hidden_post_id=_POST_ID, interacted_at=_NOW)
    .on_conflict_do_nothing()
)
_SHOW = delete(_HIDDEN).where(_HIDDEN.c.user_id == _VIEWER_ID, _HIDDEN.c.hidden_post_id == _POST_ID)
_MINE = (_BOOKMARKS.c.user_id == _VIEWER_ID, _BOOKMARKS.c.post_id == _POST_ID)
_SAVE = insert(_BOOKMARKS).from_select(
    ["user_id", "post_id", "created_at"],
    select(_VIEWER_ID, _POST_ID, _NOW).where(~select(literal_column("1")).where(*_MINE).exists()),
    include_defaults=False,
)
_FORGET = delete(_BOOKMARKS).where(*_MINE)


async def set_hidden(session: AsyncSession, viewer: Viewer, post_id: int, *, hidden: bool) -> None:
    """Hide a post from the viewer's feeds, or show it again. Idempotent. NotFound, Gone as `set_saved`."""
    post = await _readable(session, viewer, post_id)
    values = {"viewer_id": viewer.id, "post_id": post_id}
    if not hidden:
        await session.execute(_SHOW, values)
        return
    refuse_deleted(post)
    await session.execute(_HIDE, values | {"now": utcnow()})


async def set_saved(session: AsyncSession, viewer: Viewer, post_id: int, *, saved: bool) -> None:
    """Bookmark a post, or forget the bookmark. Idempotent.

    Raises:
        NotFound, Gone: there is no such post for this viewer, or it was deleted.
    """
    values = {"viewer_id": viewer.id, "post_id": post_id}
    if not saved:
        await session.execute(_FORGET, values)
        return
    # The table has no unique constraint to rely on.
    refuse_deleted(await _readable(session, viewer, post_id, lock=f"save:{viewer.id}:post:{post_id}"))
    await session.execute(_SAVE, values | {"now": utcnow()})


async def set_watched(session: AsyncSession, viewer: Viewer, post_id: int, *, watched: bool) -> None:
    """Tell the viewer of new comments on a post, or no longer. Idempotent. NotFound, Gone as `set_saved`."""
    if not watched:
        await notifications.unwatch(session, viewer.id, notifications.POST, post_id)
        return
    post = await _readable(session, viewer, post_id)
    refuse_deleted(post)
    await notifications.watch(session, viewer.id, notifications.POST, post_id, post.title or "")


async def _readable(session: AsyncSession, viewer: Viewer, post_id: int, *, lock: str | None = None) -> Any:
    """What has to be known of a post that the viewer may know of.

    Parameters:
        lock: a name that is locked, as `lock_name` does it, before the next statement.
    """
    row = None
    if is_id(post_id):
        values = {"account_id": viewer.id, "post_id": post_id, "lock_key": lock and key_of(lock)}
        row = (await session.execute(_reading(), values)).one_or_none()
    if row is None:
        raise NotFound
    check_is_out(viewer, standing_of(row, viewer), row)
    return row


@cache
def _reading() -> Any:
    return (
        select(
            Post.user_id,
            Post.title,
            Post.nsfw,
            Post.nsfl,
            Post.status,
            Post.deleted,
            locking(bindparam("lock_key", type_=String)),  # of NULL it is nothing
            *STANDING,
        )
        .select_from(with_standing(join(Post, Community, Community.id == Post.community_id)))
        .where(Post.id == _POST_ID)
    )
