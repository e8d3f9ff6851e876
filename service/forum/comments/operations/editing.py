"""What authors do to their own comments: change them, take them back, bring them back."""

from msgspec import UNSET, UnsetType
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import may_comment
from service.forum.accounts.viewer import Viewer
from service.forum.attachments.embedding import note_embedded_anew
from service.forum.comments import rules
from service.forum.comments.operations.rows import check_open, mark_deleted, refuse_deleted, with_post
from service.forum.communities.standing import check_may_contribute, standing_for_post
from service.forum.errors import Forbidden
from service.forum.events import CommentEdited
from service.forum.phrases import refuse_phrases
from service.forum.posts.operations import known_language
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.text.markdown import render_markdown


async def edit(
    session: AsyncSession,
    viewer: Viewer,
    comment_id: int,
    body: str,
    *,
    language_id: int | UnsetType | None = UNSET,
    domain: str,
) -> None:
    """Change the text of one's own comment, and its language if one is given.

    Raises:
        Invalid: the text breaks a rule.
        NotFound, Gone: there is no such comment, or it or its post was deleted.
        Locked: the post takes no more comments.
        Forbidden, Banned: it is somebody else's, or the author may not write there any more.
    """
    may_comment(viewer)
    tidy = rules.tidy_body(body)
    await refuse_phrases(session, {"body": tidy})
    comment, post = await with_post(session, comment_id)
    standing = await standing_for_post(session, viewer, post)
    if comment.user_id != viewer.id:
        raise Forbidden("This is somebody else's comment.")
    refuse_deleted(comment)
    check_may_contribute(viewer, standing, starting=False)
    check_open(viewer, standing, post)
    comment.body, comment.body_html = tidy, render_markdown(tidy, domain=domain)
    if language_id is not UNSET:
        comment.language_id = await known_language(session, language_id)
    comment.edited_at = utcnow()
    await session.flush()
    await note_embedded_anew(session, tidy, post_id=post.id, comment_id=comment_id)
    await record(session, CommentEdited(comment_id=comment_id), federate=viewer.local)


async def set_deleted(session: AsyncSession, viewer: Viewer, comment_id: int, *, deleted: bool) -> None:
    """Take one's own comment back, or bring it back. Idempotent.

    Raises:
        NotFound: there is no such comment.
        Forbidden: it is somebody else's, or a moderator removed it.
        Banned: it is to come back where its author may not write any more.
    """
    comment, post = await with_post(session, comment_id)
    if comment.user_id != viewer.id:
        raise Forbidden("This is somebody else's comment.")
    if comment.deleted and comment.deleted_by not in {None, viewer.id}:
        raise Forbidden("A moderator removed this comment.", code="removed_by_moderator")
    if not deleted:
        may_comment(viewer)
        check_may_contribute(viewer, await standing_for_post(session, viewer, post), starting=False)
    await mark_deleted(session, comment, post, viewer, deleted=deleted)
