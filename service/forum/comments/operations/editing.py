"""What authors do to their own comments: change them, take them back, bring them back."""

from msgspec import UNSET, UnsetType
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author, may_comment
from service.forum.attachments.embedding import note_embedded_anew
from service.forum.comments import rules
from service.forum.comments.operations.rows import check_open, mark_deleted, refuse_deleted, with_post
from service.forum.communities.standing import (
    CommunityStanding,
    check_may_contribute,
    check_may_moderate,
    standing_for_post,
    was_let_in,
)
from service.forum.errors import Forbidden
from service.forum.events import CommentEdited
from service.forum.phrases import refuse_phrases
from service.forum.posts.operations import language_or_default
from service.forum.provenance import Provenance
from service.language import _
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import Comment


async def edit(
    session: AsyncSession,
    author: Author,
    comment_id: int,
    body: str,
    *,
    language_id: int | UnsetType | None = UNSET,
    domain: str,
    provenance: Provenance | None = None,
) -> bool:
    """Change the text of one's own comment, and its language if one is given.

    Parameters:
        provenance: of a change that was made on another server, by the author or by somebody who moderates there.

    Returns:
        Whether it was changed; False for what another server said before, and we know better by now.

    Raises:
        Invalid: the text breaks a rule.
        NotFound, Gone: there is no such comment, or it or its post was deleted.
        Locked: the post takes no more comments.
        Forbidden, Banned: it is somebody else's, or the author may not write there any more.
    """
    may_comment(author)
    text = rules.checked_text(body, provenance, domain=domain)
    await refuse_phrases(session, {"body": text.markdown})
    comment, post = await with_post(session, comment_id)
    standing = await standing_for_post(session, author, post)
    _check_may_change(author, standing, comment, provenance)
    refuse_deleted(comment)
    let_in = was_let_in(standing, provenance)
    check_may_contribute(author, standing, starting=False, let_in=let_in)
    check_open(author, standing, post, let_in=let_in)
    if provenance is not None and provenance.is_older_than(comment.ap_updated):
        return False
    comment.body, comment.body_html = text.markdown, text.html
    if language_id is not UNSET:
        comment.language_id = await language_or_default(session, language_id)
    comment.edited_at = utcnow()
    if provenance is not None:
        comment.ap_updated = provenance.updated or comment.edited_at
    await session.flush()
    await note_embedded_anew(session, text.markdown, post_id=post.id, comment_id=comment_id)
    await record(session, CommentEdited(comment_id=comment_id), federate=author.local)
    return True


def _check_may_change(
    author: Author, standing: CommunityStanding, comment: Comment, provenance: Provenance | None
) -> None:
    if comment.user_id == author.id:
        return
    if provenance is None:
        raise Forbidden(_("You can only do that with your own comments."))
    check_may_moderate(author, standing, home=comment.instance_id)


async def set_deleted(
    session: AsyncSession, author: Author, comment_id: int, *, deleted: bool, is_part: bool = False
) -> None:
    """Take one's own comment back, or bring it back. Idempotent.

    Parameters:
        is_part: of a deletion of which other servers hear, so that they hear nothing of this.

    Raises:
        NotFound: there is no such comment.
        Forbidden: it is somebody else's, or a moderator removed it.
        Banned: it is to come back where its author may not write any more.
    """
    comment, post = await with_post(session, comment_id)
    if comment.user_id != author.id:
        raise Forbidden(_("You can only do that with your own comments."))
    if comment.deleted and comment.deleted_by not in {None, author.id}:
        raise Forbidden(_("A moderator has removed this comment."), code="removed_by_moderator")
    if not deleted:
        may_comment(author)
        check_may_contribute(author, await standing_for_post(session, author, post), starting=False)
    await mark_deleted(session, comment, post, author, deleted=deleted, is_part=is_part)
