"""Writing comments. Two of the same within a few seconds are one."""

from datetime import timedelta

import msgspec
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import notifications
from service.forum.accounts.author import Author, may_comment
from service.forum.accounts.queries.blocks import has_blocked
from service.forum.attachments.embedding import note_embedded
from service.forum.checks import is_id
from service.forum.comments import lineage, rules
from service.forum.comments.counting import count
from service.forum.comments.operations.rows import check_open, refuse_deleted
from service.forum.communities.standing import (
    CommunityStanding,
    check_may_contribute,
    standing_for_post,
    was_let_in,
)
from service.forum.errors import Forbidden, Invalid, Locked, NotFound
from service.forum.events import CommentPublished
from service.forum.phrases import refuse_empty_words, refuse_phrases
from service.forum.posts.operations import known_language
from service.forum.posts.operations.rows import lock_row
from service.forum.posts.rules import DOUBLE_CLICK_SECONDS
from service.forum.provenance import Provenance, Text, shown_id
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import Comment, CommentVote, Post


class SentComment(msgspec.Struct, frozen=True, kw_only=True):
    """What only another server says of a comment.

    Attributes:
        locked: It takes no answers.
        distinguished: It speaks for the moderators, if its author is one.
    """

    locked: bool = False
    distinguished: bool = False


class NewComment(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to say.

    Attributes:
        parent_id: The comment it answers; None to answer the post.
        language_id: None or an unknown one leaves the language open.
        notify_replies: Tell the author of answers.
    """

    post_id: int
    body: str
    parent_id: int | None = None
    language_id: int | None = None
    notify_replies: bool = True
    sent: SentComment = SentComment()


class PublishedComment(msgspec.Struct, frozen=True):
    """A comment that stands; `fresh` is False if it was there already."""

    comment_id: int
    post_id: int
    fresh: bool


async def publish(
    session: AsyncSession,
    author: Author,
    new: NewComment,
    *,
    domain: str,
    provenance: Provenance | None = None,
) -> PublishedComment:
    """Publish a comment, with its author's own vote.

    The same form sent twice within a few seconds gives the first comment back, and so does what came from elsewhere
    before.

    Parameters:
        domain: this site's host, for its ids.
        provenance: of a comment that was written on another server; its text is cut to what can be stored.

    Raises:
        Invalid: the text breaks a rule, or the tree is too deep there.
        NotFound: there is no such post for this author, or no such comment under it.
        Gone: the post was deleted, or the comment it answers, of which only who writes here has to know.
        Locked: one of them takes no more answers.
        Forbidden, Banned: the author may not comment there, or the one answered blocked them.
    """
    may_comment(author)
    text = rules.checked_text(new.body, provenance, domain=domain)
    await refuse_phrases(session, {"body": text.markdown})
    await refuse_empty_words(session, text.markdown)
    # Locked first by every write below it: that queues the comments of one post and keeps the counts.
    post = await lock_row(session, Post, new.post_id)
    standing = await standing_for_post(session, author, post)
    let_in = was_let_in(standing, provenance)
    check_may_contribute(author, standing, starting=False, let_in=let_in)
    check_open(author, standing, post, let_in=let_in)
    parent = await _parent(session, author, standing, new, provenance)
    first = await _first(session, author, new, text, provenance)
    if first is not None:
        return PublishedComment(first, post.id, False)
    await _refuse_blocked(session, author, post.user_id if parent is None else parent.user_id)
    comment = _row_of(author, post, parent, new, text, provenance)
    comment.distinguished = new.sent.distinguished and standing.moderates
    comment.language_id = await known_language(session, new.language_id)
    comment.indexable = bool(post.indexable) and author.indexable
    session.add(comment)
    await session.flush()
    comment.ap_id = provenance.ap_id if provenance else f"https://{domain}/comment/{comment.id}"
    above = await lineage.path_of(session, parent) if parent else None
    comment.path = rules.path_below(above, new.parent_id, comment.id)
    comment.root_id = comment.path[1]
    session.add(CommentVote(user_id=author.id, author_id=author.id, post_reply_id=comment.id, effect=1.0))
    await session.flush()
    await note_embedded(session, text.markdown, post_id=post.id, comment_id=comment.id)
    is_history = provenance is not None and provenance.is_history
    await count(session, comment, post, 1, active=not is_history)
    if new.notify_replies and author.local:
        await notifications.watch(session, author.id, notifications.REPLY, comment.id, post.title or "")
    if not is_history:
        await record(session, CommentPublished(comment_id=comment.id), federate=author.local)
    return PublishedComment(comment.id, post.id, True)


async def _parent(
    session: AsyncSession,
    author: Author,
    standing: CommunityStanding,
    new: NewComment,
    provenance: Provenance | None,
) -> Comment | None:
    """The comment that is answered; who answered elsewhere cannot have known that it is gone.

    What its community's server let in may answer one that is locked, too.
    """
    if new.parent_id is None:
        return None
    parent = await session.get(Comment, new.parent_id) if is_id(new.parent_id) else None
    if parent is None or parent.post_id != new.post_id:
        raise NotFound("The comment you are replying to does not exist.")
    if (parent.depth or 0) >= rules.DEPTH_MAX:
        raise Invalid({"parent_id": "This thread is nested too deeply to reply here."})
    if was_let_in(standing, provenance):
        return parent
    if provenance is None:
        refuse_deleted(parent)
    if not (standing.moderates or author.runs_the_site) and await lineage.is_locked(session, parent):
        raise Locked("Replies to this comment are closed.")
    return parent


async def _first(
    session: AsyncSession, author: Author, new: NewComment, text: Text, provenance: Provenance | None
) -> int | None:
    """The comment that this one is a repetition of; nobody else publishes it, since its post is locked."""
    known = (
        _just_published(author.id, new, text)
        if provenance is None
        else select(Comment.id).where(Comment.ap_id == provenance.ap_id)
    )
    found: int | None = await session.scalar(known)
    return found


def _just_published(author_id: int, new: NewComment, text: Text) -> Select[int]:
    return (
        select(Comment.id)
        .where(
            Comment.post_id == new.post_id,
            Comment.user_id == author_id,
            Comment.parent_id.is_not_distinct_from(new.parent_id),
            Comment.deleted.is_not(True),
            Comment.created_at > utcnow() - timedelta(seconds=DOUBLE_CLICK_SECONDS),
            Comment.body == text.markdown,
        )
        .order_by(Comment.id)
        .limit(1)
    )


async def _refuse_blocked(session: AsyncSession, author: Author, answered_id: int | None) -> None:
    if await has_blocked(session, answered_id, author.id):
        raise Forbidden("You cannot reply to this person.", code="blocked")


def _row_of(
    author: Author,
    post: Post,
    parent: Comment | None,
    new: NewComment,
    text: Text,
    provenance: Provenance | None,
) -> Comment:
    now = utcnow()
    return Comment(
        user_id=author.id,
        post_id=post.id,
        community_id=post.community_id,
        instance_id=author.instance_id,
        parent_id=new.parent_id,
        depth=0 if parent is None else (parent.depth or 0) + 1,
        body=text.markdown,
        body_html=text.html,
        body_html_safe=True,
        nsfw=bool(post.nsfw),
        from_bot=author.bot,
        notify_author=new.notify_replies,
        # What hangs below a locked comment is locked, also a moderator's answer.
        replies_enabled=(parent is None or parent.replies_enabled is not False) and not new.sent.locked,
        created_at=now,
        posted_at=provenance.published_by(now) if provenance else now,
        edited_at=provenance.updated if provenance else None,
        ap_updated=provenance.updated if provenance else None,
        ap_create_id=shown_id(provenance.create_id) if provenance else None,
        ap_announce_id=shown_id(provenance.announce_id) if provenance else None,
        up_votes=1,
        score=1,
        ranking=rules.confidence(1, 0),
    )
