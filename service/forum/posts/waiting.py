"""The posts that wait to be published: a member's own, and those whose time has come."""

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.viewer import Viewer
from service.forum.paging import Page, page_of, window
from service.forum.posts.choices import PostStatus, Repeat
from service.forum.posts.operations.scheduling import schedule_of
from service.forum.posts.queries import known_posts
from service.forum.posts.schedule import FARTHEST_AHEAD, Schedule, moment_of
from service.forum.posts.shapes import PostRow
from service.storage.tables import Post

MOST_LOOKED_AT = 1000

_WHEN = (Post.id, Post.scheduled_for, Post.timezone, Post.repeat, Post.stop_repeating)
_WAITS = (Post.status == PostStatus.SCHEDULED.value, Post.deleted.is_not(True))


class Waiting(msgspec.Struct, frozen=True):
    """A post that waits.

    Attributes:
        schedule: None if it could not be published when its time had come.
        at: When it is published, in naive UTC.
    """

    post: PostRow
    schedule: Schedule | None
    at: datetime | None

    @property
    def is_repeated(self) -> bool:
        """Whether it waits again after it was published."""
        return self.schedule is not None and self.schedule.repeat is not Repeat.ONCE


async def waiting_posts(
    db: AsyncConnection, viewer: Viewer, *, page: int = 1, size: int = 20
) -> Page[Waiting]:
    """A page of the viewer's posts that wait, what comes first first.

    Parameters:
        page: from 1.
        size: posts a page.
    """
    own = select(*_WHEN).where(*_WAITS, Post.user_id == viewer.id)
    rows = (await db.execute(window(own.order_by(Post.scheduled_for, Post.id), page, size))).all()
    posts = await known_posts(db, viewer, [row.id for row in rows])
    waiting = [
        Waiting(posts[row.id], schedule, moment_of(schedule) if schedule else None)
        for row in rows
        if row.id in posts
        for schedule in [schedule_of(row) if row.scheduled_for else None]
    ]
    return page_of(waiting, size)


async def schedule_by_id(db: AsyncConnection, viewer: Viewer, post_id: int) -> Schedule | None:
    """Return when a post of the viewer's is published; None if it does not wait for a time."""
    wanted = select(*_WHEN).where(*_WAITS, Post.user_id == viewer.id, Post.id == post_id)
    row = (await db.execute(wanted)).one_or_none()
    return None if row is None or row.scheduled_for is None else schedule_of(row)


async def due(db: AsyncConnection, now: datetime, *, most: int) -> list[int]:
    """Return the posts whose time has come, the earliest first.

    Parameters:
        now: naive UTC.
        most: posts.
    """
    # Times are by clocks of many zones, so a few are looked at whose time has come elsewhere only.
    maybe = (
        select(*_WHEN)
        .where(*_WAITS, Post.scheduled_for <= now + FARTHEST_AHEAD)
        .order_by(Post.scheduled_for, Post.id)
        .limit(MOST_LOOKED_AT)
    )
    rows = (await db.execute(maybe)).all()
    return [row.id for row in rows if moment_of(schedule_of(row)) <= now][:most]
