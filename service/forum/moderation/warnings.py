"""Moderators warn the author of a post or comment, and leave it as it is."""

from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.comments.operations.rows import with_post
from service.forum.communities.standing import check_may_moderate, standing_for_post
from service.forum.events import AuthorWarned
from service.forum.moderation.operations import log_content
from service.forum.posts.operations.rows import lock_row
from service.storage.outbox import record
from service.storage.tables import Comment, Post


async def warn(
    session: AsyncSession, by: Author, post_id: int, comment_id: int | None = None, *, reason: str
) -> None:
    """Tell the author of a post, or of a comment of that post, what is wrong with it; it goes into the mod log.

    Raises:
        NotFound: there is no such post or comment.
        Forbidden: they do not moderate there.
    """
    comment: Comment | None = None
    if comment_id is None:
        post = await lock_row(session, Post, post_id)
    else:
        comment, post = await with_post(session, comment_id)
    concerned = comment or post
    standing = await standing_for_post(session, by, post)
    check_may_moderate(by, standing, home=concerned.instance_id)
    await log_content(
        session, by, "warn_post_reply" if comment else "warn_post", post, comment, reason=reason
    )
    event = AuthorWarned(
        account_id=concerned.user_id or 0,
        by_id=by.id,
        post_id=post.id,
        comment_id=comment_id,
        community_id=standing.community_id,
        reason=reason,
    )
    await record(session, event)
