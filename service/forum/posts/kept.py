"""What a member has read and what they hid, the latest first."""

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Select, cast, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.forum.accounts.viewer import Viewer
from service.forum.paging import Page, page_of, window
from service.forum.posts.queries import facts_of, known_posts
from service.forum.posts.shapes import PostRow
from service.forum.visibility import may_read
from service.storage.tables import HiddenPost, ReadPost


async def read_posts(db: AsyncConnection, viewer: Viewer, *, page: int = 1, size: int = 20) -> Page[PostRow]:
    """A page of the posts that the viewer has opened, what was opened last first.

    Parameters:
        page: from 1.
        size: posts a page.
    """
    read = (
        select(ReadPost.read_post_id)
        .where(ReadPost.user_id == viewer.id)
        .order_by(ReadPost.interacted_at.desc().nulls_last(), ReadPost.read_post_id.desc())
    )
    return await _posts(db, viewer, read, page, size)


async def hidden_posts(
    db: AsyncConnection, viewer: Viewer, *, page: int = 1, size: int = 20
) -> Page[PostRow]:
    """A page of the posts that the viewer hid; as `read_posts`."""
    hidden = (
        select(HiddenPost.hidden_post_id)
        .where(HiddenPost.user_id == viewer.id)
        .order_by(HiddenPost.interacted_at.desc().nulls_last(), HiddenPost.hidden_post_id.desc())
    )
    return await _posts(db, viewer, hidden, page, size)


async def last_visit(db: AsyncConnection, viewer: Viewer, post_id: int) -> datetime | None:
    """Return when the viewer last opened a post, as naive UTC; None if they never did."""
    # The column alone has a time zone, in which both programs write what they take for UTC.
    visit = select(cast(ReadPost.interacted_at, DateTime()))
    found: datetime | None = await db.scalar(
        visit.where(ReadPost.user_id == viewer.id, ReadPost.read_post_id == post_id)
    )
    return found


async def forget_read_posts(session: AsyncSession, viewer: Viewer) -> None:
    """Let all posts count as unread, and nothing remember that they were opened."""
    await session.execute(delete(ReadPost).where(ReadPost.user_id == viewer.id))


async def _posts(
    db: AsyncConnection, viewer: Viewer, ids: Select[Any], page: int, size: int
) -> Page[PostRow]:
    found = page_of(await db.scalars(window(ids, page, size)), size)
    posts = await known_posts(db, viewer, found.items)
    kept = [posts[post_id] for post_id in found.items if post_id in posts]
    return Page([post for post in kept if may_read(facts_of(viewer, post))], found.has_more)
