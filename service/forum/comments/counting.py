"""What a comment counts for: all that stand above it, its post and those of the same address, community and author.

What is shown is counted, whoever wrote it: so bots' comments count as people's do, everywhere. They alone do not make
a post or a community active.

One statement, because comments of other servers come by the dozen a second: it is as quick as one of its parts.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.columns import seen_text
from service.forum.comments import lineage
from service.storage.tables import Comment, Post

# Parts of a statement; `counted` has their parameters.
COUNTING = f"""
    above AS (
        UPDATE post_reply SET child_count = greatest(coalesce(child_count, 0) + :step, 0)
        WHERE id = ANY (CAST(:above AS integer[]))
    ), stories AS (
        UPDATE post SET
            reply_count = CASE WHEN id = :post_id
                THEN greatest(coalesce(reply_count, 0) + :step, 0) ELSE reply_count END,
            last_active = CASE WHEN id = :post_id
                THEN coalesce(CAST(:active_at AS timestamp), last_active) ELSE last_active END,
            reply_count_cross_posted = greatest(coalesce(reply_count_cross_posted, 0) + :step, 0)
        WHERE id = ANY (CAST(:stories AS integer[]))
    ), place AS (
        UPDATE community SET
            post_reply_count = greatest(coalesce(post_reply_count, 0) + :step, 0),
            last_active = coalesce(CAST(:active_at AS timestamp), last_active)
        WHERE id = :community_id
    ), writer AS (
        UPDATE "user" SET
            post_reply_count = greatest(coalesce(post_reply_count, 0) + :step, 0),
            last_seen = {seen_text("CAST(:seen_at AS timestamp)")}
        WHERE id = :author_id
    )
"""  # noqa: S608 - the text is ours
_COUNT = text(f"WITH {COUNTING} SELECT")


async def count(session: AsyncSession, comment: Comment, post: Post, step: int) -> None:
    """Count a comment out (-1), or in again (1).

    Parameters:
        post: what it stands under.
    """
    await session.flush()
    await session.execute(_COUNT, counted(step, post, await _above(session, comment), comment.user_id))


def counted(
    step: int,
    post: Any,
    above: Sequence[int],
    author_id: int | None,
    seen_at: datetime | None = None,
    active_at: datetime | None = None,
) -> dict[str, Any]:
    """Return the parameters of COUNTING.

    Parameters:
        step: 1 for one more, -1 for one less.
        post: what it stands under, or a row of it.
        above: the comments that it stands below.
        seen_at: when its author was there; None if that is not new.
        active_at: when it made post and community active; None if it did not.
    """
    return {
        "step": step,
        "above": above,
        "post_id": post.id,
        "stories": [post.id, *(post.cross_posts or [])],
        "community_id": post.community_id,
        "author_id": author_id,
        "seen_at": seen_at,
        "active_at": active_at,
    }


async def _above(session: AsyncSession, comment: Comment) -> Sequence[int]:
    """What the comment stands below: its path says so, but those of old rows may be missing."""
    if comment.parent_id is None:
        return ()
    if comment.path:
        return comment.path[1:-1]
    return list(await session.scalars(lineage.above(comment.parent_id)))
