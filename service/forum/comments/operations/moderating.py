"""What is decided on comments: taken down, locked, speaking for the moderators, the answer to a question."""

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.comments import lineage
from service.forum.comments.operations.rows import mark_deleted, refuse_deleted, with_post
from service.forum.communities.standing import (
    check_may_contribute,
    check_may_moderate,
    load_standing,
    standing_for_post,
)
from service.forum.errors import Forbidden
from service.forum.events import AnswerMarked, CommentDistinguished, CommentModerated
from service.forum.moderation.operations import log_content
from service.forum.moderation.rules import Action
from service.forum.posts.operations.rows import changes_removal, lock_row
from service.language import _
from service.storage.outbox import record
from service.storage.tables import Comment


async def set_removed(
    session: AsyncSession,
    by: Author,
    comment_id: int,
    *,
    removed: bool,
    reason: str = "",
    is_part: bool = False,
) -> None:
    """Take down somebody's comment as a moderator, or put it up again; it goes into the mod log. Idempotent.

    Parameters:
        is_part: of a ban or deletion of which other servers hear; of this hear those that know no such bans.

    Raises:
        NotFound: there is no such comment.
        Forbidden: they do not moderate there, or the author deleted it.
    """
    comment, post = await with_post(session, comment_id)
    standing = await standing_for_post(session, by, post)
    check_may_moderate(by, standing, home=comment.instance_id)
    if not changes_removal(comment, by, removed=removed):
        return
    await mark_deleted(
        session, comment, post, by, deleted=removed, removed=True, reason=reason, is_part=is_part
    )
    await log_content(
        session, by, "delete_post_reply" if removed else "restore_post_reply", post, comment, reason=reason
    )


async def set_locked(
    session: AsyncSession, by: Author, comment_id: int, *, locked: bool, reason: str = ""
) -> None:
    """Let a comment and all below it take no more answers, or again, as a moderator. Idempotent.

    Raises:
        NotFound, Gone, Forbidden: no such comment, deleted, not a moderator there.
    """
    comment, post = await with_post(session, comment_id)
    standing = await standing_for_post(session, by, post)
    check_may_moderate(by, standing, home=comment.instance_id)
    refuse_deleted(comment)
    if (comment.replies_enabled is False) == locked:
        return
    branch = update(Comment).where(Comment.id.in_(lineage.below(comment_id)))
    await session.execute(
        branch.values(replies_enabled=not locked).execution_options(synchronize_session=False)
    )
    action: Action = "lock_post_reply" if locked else "unlock_post_reply"
    await log_content(session, by, action, post, comment, reason=reason)
    event = CommentModerated(comment_id=comment_id, by_id=by.id, action=action, reason=reason)
    await record(session, event, federate=by.local)


async def set_distinguished(
    session: AsyncSession, by: Author, comment_id: int, *, distinguished: bool
) -> None:
    """Let one's own comment speak for the moderators of its community, or no longer. Idempotent.

    Raises:
        NotFound, Gone: there is no such comment, or it was deleted.
        Forbidden: it is somebody else's, or they do not moderate there.
    """
    comment = await lock_row(session, Comment, comment_id)
    standing = await load_standing(session, by, comment.community_id)
    if comment.user_id != by.id:
        raise Forbidden(_("You can only do that with your own comments."))
    check_may_moderate(by, standing, home=comment.instance_id)
    refuse_deleted(comment)
    if bool(comment.distinguished) == distinguished:
        return
    comment.distinguished = distinguished
    await session.flush()
    event = CommentDistinguished(comment_id=comment_id, by_id=by.id, distinguished=distinguished)
    await record(session, event, federate=by.local)


async def set_answer(session: AsyncSession, by: Author, comment_id: int, *, answer: bool) -> None:
    """Mark a comment as an answer to the question of its post, or no longer: as the asker or a moderator.

    Idempotent.

    Raises:
        NotFound, Gone: there is no such comment for them, or it was deleted.
        Forbidden, Banned: they neither asked nor moderate there.
    """
    comment, post = await with_post(session, comment_id)
    standing = await standing_for_post(session, by, post)
    if post.user_id == by.id:
        check_may_contribute(by, standing, starting=False)
    else:
        check_may_moderate(by, standing, home=comment.instance_id)
    refuse_deleted(comment)
    if bool(comment.answer) == answer:
        return
    comment.answer = answer
    await session.flush()
    event = AnswerMarked(comment_id=comment_id, by_id=by.id, answer=answer)
    await record(session, event, federate=by.local)
