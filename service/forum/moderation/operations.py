"""The one way into the mod log; called by whatever removes, locks, pins or bans, in its own transaction."""

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.forum.accounts.author import Author
from service.forum.accounts.authority import Authority
from service.forum.moderation.rules import BY_ADMIN, BY_MODERATOR, REASON_LENGTH, Action, shorten
from service.forum.site import setting
from service.storage.tables import Comment, ModLog, Post

_LINK_LENGTH = 512


async def log_content(
    session: AsyncSession,
    by: Author,
    action: Action,
    post: Post,
    comment: Comment | None = None,
    *,
    reason: str = "",
) -> None:
    """Write down what was done to a post, or to a comment under it."""
    await record_in_mod_log(
        session,
        by,
        action,
        reason=reason,
        community_id=post.community_id,
        post_id=post.id,
        comment_id=comment.id if comment else None,
        target_account_id=comment.user_id if comment else post.user_id,
        link=f"post/{post.id}#comment_{comment.id}" if comment else f"post/{post.id}",
        link_text=f"comment on {post.title or ''}" if comment else post.title or "",
    )


async def record_in_mod_log(
    session: AsyncSession,
    by: Author | Authority,
    action: Action,
    *,
    reason: str = "",
    community_id: int | None = None,
    post_id: int | None = None,
    comment_id: int | None = None,
    target_account_id: int | None = None,
    link: str = "",
    link_text: str = "",
) -> None:
    """Write down an act of a moderator or administrator.

    Parameters:
        by: who did it; the entry counts as an administrator's if they run the site, whatever they are in the community.
            An authority without an account leaves the entry without a name.
        reason: is cut to 512 characters.
        link: the path of what it was done to, without a leading slash: `post/1`, `post/1/comment/2`, `u/ana`, `c/cats`.
        link_text: its title or name.
    """
    entry = ModLog(
        user_id=by.id,
        type=BY_ADMIN if by.runs_the_site else BY_MODERATOR,
        action=action,
        reason=shorten(reason, REASON_LENGTH),
        community_id=community_id,
        post_id=post_id,
        reply_id=comment_id,
        target_user_id=target_account_id,
        link=shorten(link, _LINK_LENGTH),
        link_text=shorten(link_text, _LINK_LENGTH),
        public=await _is_public(await session.connection()),
    )
    session.add(entry)
    await session.flush()


async def _is_public(db: AsyncConnection) -> bool:
    """PieFed's setting: whether everybody may read the log, or only moderators."""
    return bool(await setting(db, "public_modlog", False))
