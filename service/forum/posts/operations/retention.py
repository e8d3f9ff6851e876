"""What is not kept for ever: posts of communities that say so, and who read what. Each step is a short write."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.policies import policies
from service.forum.posts.operations.rows import mark_deleted
from service.storage.clock import utcnow
from service.storage.tables import Community, Post, ReadPost

# Posts and rows of one step.
POSTS, ROWS = 50, 5_000
# Whom PieFed names as having deleted what a community does not keep.
BY_RULE = Author(id=1, name="")


async def delete_unkept(session: AsyncSession) -> int:
    """Delete some of the posts that are older than their communities keep them, pinned ones apart; return how many."""
    age: Any = func.make_interval(0, 0, 0, Community.content_retention)
    unkept = (
        select(Post)
        .join(Community, Community.id == Post.community_id)
        .where(
            Community.content_retention > 0,
            Post.posted_at < utcnow() - age,
            Post.deleted.is_(False),
            Post.sticky.is_not(True),
            or_(Post.instance_sticky.is_(None), Post.instance_sticky.is_(False)),
        )
        .order_by(Post.id)
        .limit(POSTS)
        .with_for_update(of=Post, skip_locked=True)
    )
    posts = (await session.scalars(unkept)).all()
    for post in posts:
        await mark_deleted(session, post, BY_RULE, deleted=True, removed=True)
    return len(posts)


async def forget_reading(session: AsyncSession) -> int:
    """Forget some of who read what longer ago than the site wants to know it; return how many rows."""
    days = (await policies(await session.connection())).read_posts_cutoff
    if not days:
        return 0
    key = tuple_(ReadPost.user_id, ReadPost.read_post_id)
    old = (
        select(ReadPost.user_id, ReadPost.read_post_id)
        .where(ReadPost.interacted_at < utcnow() - timedelta(days=days))
        .limit(ROWS)
    )
    gone = await session.execute(delete(ReadPost).where(key.in_(old)).returning(ReadPost.user_id))
    return len(gone.all())
