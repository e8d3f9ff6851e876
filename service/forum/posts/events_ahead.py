"""The events of a community that are not over."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.viewer import Viewer
from service.forum.posts.queries import known_posts
from service.forum.posts.shapes import PostRow
from service.storage.clock import utcnow
from service.storage.statements import literal_limit
from service.storage.tables import CalendarEvent, Post

MOST = 100
STILL_SHOWN = timedelta(days=30)  # calendars keep what they read; who looks a little late still finds it


async def events_ahead(db: AsyncConnection, viewer: Viewer | None, community_id: int) -> list[PostRow]:
    """Return the events of a community that lie ahead, or were lately, as the viewer may see them, in their order."""
    statement = (
        select(Post.id)
        .join(CalendarEvent, CalendarEvent.post_id == Post.id)
        .where(Post.community_id == community_id, CalendarEvent.end > utcnow() - STILL_SHOWN)
        .order_by(CalendarEvent.start, Post.id)
        .limit(literal_limit(MOST))
    )
    ids = [post_id for (post_id,) in await db.execute(statement)]
    known = await known_posts(db, viewer, ids)
    return [known[post_id] for post_id in ids if post_id in known and not _is_gone(known[post_id])]


def _is_gone(post: PostRow) -> bool:
    return post.deleted or post.removed
