"""What a comment counts for: all that stand above it, its post and those of the same address, community and author.

What is shown is counted, whoever wrote it: so bots' comments count as people's do, everywhere. They alone do not make
a post or a community active.
"""

from typing import Any

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.comments import lineage
from service.storage.clock import utcnow
from service.storage.tables import Comment, Community, Post, User


async def count(
    session: AsyncSession, comment: Comment, post: Post, step: int, *, active: bool = False
) -> None:
    """Count a comment in or out.

    Parameters:
        post: what it stands under.
        step: 1 or -1.
        active: it was written just now.
    """
    now = utcnow()
    lively = {"last_active": now} if active and not comment.from_bot else {}
    seen = {"last_seen": now} if active else {}
    if comment.parent_id is not None:
        above = comment.path[1:-1] if comment.path else lineage.above(comment.parent_id)
        await _add(session, Comment, Comment.id.in_(above), "child_count", step)
    stories = [post.id, *(post.cross_posts or [])]
    await _add(session, Post, Post.id == post.id, "reply_count", step, lively)
    await _add(session, Post, Post.id.in_(stories), "reply_count_cross_posted", step)
    await _add(session, Community, Community.id == comment.community_id, "post_reply_count", step, lively)
    await _add(session, User, User.id == comment.user_id, "post_reply_count", step, seen)


async def _add(
    session: AsyncSession, table: Any, which: Any, column: str, step: int, also: dict[str, Any] | None = None
) -> None:
    counter = getattr(table, column)
    values = {column: func.greatest(func.coalesce(counter, 0) + step, 0), **(also or {})}
    await session.execute(
        update(table).where(which).values(values).execution_options(synchronize_session=False)
    )
