"""What moderators do with a post; each act goes into the mod log."""

from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.communities.standing import (
    CommunityStanding,
    check_may_moderate,
    refuse_unfit,
    standing_for_post,
)
from service.forum.errors import Forbidden, Invalid
from service.forum.events import PostModerated, PostPublished
from service.forum.moderation.operations import log_content
from service.forum.moderation.rules import Action
from service.forum.posts.choices import PostStatus
from service.forum.posts.operations.rows import changes_removal, lock_row, mark_deleted, refuse_deleted
from service.language import _
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import (
    Post,
)


async def set_removed(
    session: AsyncSession,
    by: Author,
    post_id: int,
    *,
    removed: bool,
    reason: str = "",
    is_part: bool = False,
) -> None:
    """Take down somebody's post as a moderator, or put it up again; it goes into the mod log. Idempotent.

    Parameters:
        is_part: of a ban or deletion of which other servers hear; of this hear those that know no such bans.

    Raises:
        NotFound: there is no such post.
        Forbidden: they do not moderate there, or the author deleted it.
    """
    post, _standing = await _moderated(session, by, post_id)
    if not changes_removal(post, by, removed=removed):
        return
    await mark_deleted(session, post, by, deleted=removed, removed=True, reason=reason, is_part=is_part)
    await log_content(session, by, "delete_post" if removed else "restore_post", post, reason=reason)


async def set_locked(
    session: AsyncSession, by: Author, post_id: int, *, locked: bool, reason: str = ""
) -> None:
    """Let a post take no more comments, or again, as a moderator, also one that was taken down. Idempotent.

    Raises:
        NotFound, Forbidden: no such post, not a moderator there.
    """
    post, _standing = await _moderated(session, by, post_id)
    if post.comments_enabled is not locked:
        return
    post.comments_enabled = not locked
    await _moderate(session, by, "lock_post" if locked else "unlock_post", post, reason)


async def set_pinned(
    session: AsyncSession, by: Author, post_id: int, *, pinned: bool, site_wide: bool = False
) -> None:
    """Pin a post on top of its community (moderators) or of the whole site (its staff). Idempotent.

    Raises:
        NotFound, Gone, Forbidden: no such post, it is to be pinned and was deleted, not a moderator there.
    """
    post, _standing = await _moderated(session, by, post_id)
    if pinned:
        refuse_deleted(post)
    if site_wide and not by.runs_the_site:
        raise Forbidden(_("Only site staff can do that."))
    column = "instance_sticky" if site_wide else "sticky"
    if bool(getattr(post, column)) == pinned:
        return
    setattr(post, column, pinned)
    await _moderate(session, by, "featured_post" if pinned else "unfeatured_post", post)


async def set_nsfw(session: AsyncSession, by: Author, post_id: int, *, nsfw: bool) -> None:
    """Mark somebody's post as not safe for work as a moderator, or as safe. Idempotent.

    Raises:
        NotFound, Gone, Forbidden: no such post, deleted, not a moderator there.
        Invalid: all of the community is not safe for work, or the site takes nothing of that kind.
    """
    post, standing = await _moderated(session, by, post_id)
    refuse_deleted(post)
    if standing.nsfw and not nsfw:
        raise Invalid({"nsfw_status": _("Everything in this community is NSFW.")})
    await refuse_unfit(session, nsfw=nsfw, field="nsfw_status")
    if bool(post.nsfw) == nsfw:
        return
    post.nsfw = nsfw
    await _moderate(session, by, "mark_post_nsfw" if nsfw else "unmark_post_nsfw", post)


async def let_through(session: AsyncSession, by: Author, post_id: int) -> None:
    """Publish somebody's post that was held back for review, as a moderator. Idempotent.

    Raises:
        NotFound, Gone, Forbidden: no such post, deleted, not a moderator there.
    """
    post, _standing = await _moderated(session, by, post_id)
    refuse_deleted(post)
    if post.status != PostStatus.REVIEWING:
        return
    post.status, post.posted_at = PostStatus.PUBLISHED.value, utcnow()
    await session.flush()
    await log_content(session, by, "restore_post", post, reason="It had been held for review.")
    await record(session, PostPublished(post_id=post.id), federate=bool(post.is_local))


async def _moderated(session: AsyncSession, by: Author, post_id: int) -> tuple[Post, CommunityStanding]:
    post = await lock_row(session, Post, post_id)
    standing = await standing_for_post(session, by, post)
    check_may_moderate(by, standing, home=post.instance_id)
    return post, standing


async def _moderate(session: AsyncSession, by: Author, action: Action, post: Post, reason: str = "") -> None:
    await session.flush()
    await log_content(session, by, action, post, reason=reason)
    event = PostModerated(post_id=post.id, by_id=by.id, action=action, reason=reason)
    await record(session, event, federate=by.local)
