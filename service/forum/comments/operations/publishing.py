"""Writing comments. Two of the same within a few seconds are one."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ARRAY, Integer, Select, bindparam, func, insert, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import notifications
from service.forum.accounts.author import Author, may_comment
from service.forum.accounts.queries.blocks import blocks
from service.forum.attachments.embedding import note_embedded
from service.forum.checks import is_id
from service.forum.comments import lineage, rules
from service.forum.comments.counting import count_new
from service.forum.comments.operations.rows import check_open, refuse_deleted
from service.forum.communities.standing import (
    check_may_contribute,
    standing_for_post,
    was_let_in,
)
from service.forum.errors import Forbidden, Invalid, Locked, NotFound
from service.forum.events import CommentPublished
from service.forum.phrases import refuse_empty_words, refuse_phrases
from service.forum.posts.operations import language_or_default
from service.forum.posts.operations.rows import lock_row
from service.forum.posts.rules import DOUBLE_CLICK_SECONDS
from service.forum.provenance import Provenance, Text, shown_id
from service.language import _
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.statements import Id, array_of_any_length
from service.storage.tables import Comment, CommentVote, Post

# Past the unit of work: a new comment is two rows, written by one statement.
_COMMENTS: Any = Comment.__table__
_VOTES: Any = CommentVote.__table__


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
        language_id: None or an unknown one means the site's.
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
    parent = await _parent(session, new, provenance)
    above = await lineage.path_of(session, parent) if parent else None
    answered_id = post.user_id if parent is None else parent.user_id
    asked = await _ask(session, author, answered_id, above, new, text, provenance)
    if asked.locked and not (let_in or standing.moderates or author.runs_the_site):
        raise Locked(_("This comment is locked, so you can't reply to it."))
    if asked.first_id is not None:
        return PublishedComment(asked.first_id, post.id, False)
    if asked.blocked:
        raise Forbidden(_("You can't reply to this person."), code="blocked")
    path = rules.path_below(above, new.parent_id, asked.next_id)
    row = _row_of(author, post, parent, new, text, provenance) | {
        "id": asked.next_id,
        "ap_id": provenance.ap_id if provenance else f"https://{domain}/comment/{asked.next_id}",
        "path": path,
        "root_id": path[1],
        "distinguished": new.sent.distinguished and standing.moderates,
        "language_id": await language_or_default(session, new.language_id),
    }
    await session.execute(_insertion(tuple(row)), {f"new_{name}": value for name, value in row.items()})
    await _attach(session, author, post, path, new, text, provenance)
    return PublishedComment(asked.next_id, post.id, True)


async def _parent(session: AsyncSession, new: NewComment, provenance: Provenance | None) -> Comment | None:
    """The comment that is answered; who answered elsewhere cannot have known that it is gone."""
    if new.parent_id is None:
        return None
    parent = await session.get(Comment, new.parent_id) if is_id(new.parent_id) else None
    if parent is None or parent.post_id != new.post_id:
        raise NotFound(_("The comment you're replying to doesn't exist."))
    if (parent.depth or 0) >= rules.DEPTH_MAX:
        raise Invalid({"parent_id": _("This thread is too deeply nested to reply here.")})
    if provenance is None:
        refuse_deleted(parent)
    return parent


class _Asked(NamedTuple):
    """What has to be known of other rows before a comment is written.

    Attributes:
        next_id: what its id will be.
        first_id: the comment that it is a repetition of; nobody else publishes it, since its post is locked.
        locked: what it answers takes no answers.
        blocked: who is answered wants to see nothing of its author.
    """

    next_id: int
    first_id: int | None
    locked: bool
    blocked: bool


async def _ask(
    session: AsyncSession,
    author: Author,
    answered_id: int | None,
    above: Sequence[int] | None,
    new: NewComment,
    text: Text,
    provenance: Provenance | None,
) -> _Asked:
    """Ask for all of it with one statement, because comments of other servers come by the dozen a second."""
    values = {"author_id": author.id, "answered_id": answered_id, "above": above or []}
    if provenance is not None:
        row = await session.execute(_question(local=False), values | {"ap_id": provenance.ap_id})
    else:
        since = utcnow() - timedelta(seconds=DOUBLE_CLICK_SECONDS)
        twin = {"post_id": new.post_id, "parent_id": new.parent_id, "since": since, "body": text.markdown}
        row = await session.execute(_question(local=True), values | twin)
    return _Asked(*row.one())


@cache
def _question(*, local: bool) -> Any:
    author_id: Id = bindparam("author_id", type_=Integer)
    answered_id: Id = bindparam("answered_id", type_=Integer)
    above = array_of_any_length(bindparam("above", type_=ARRAY(Integer)))
    first = (
        _just_published(author_id) if local else select(Comment.id).where(Comment.ap_id == bindparam("ap_id"))
    )
    return select(
        func.nextval(func.pg_get_serial_sequence("post_reply", "id")),
        first.scalar_subquery(),
        lineage.is_locked(above),
        blocks(answered_id, author_id),
    )


def _just_published(author_id: Id) -> Select[int]:
    return (
        select(Comment.id)
        .where(
            Comment.post_id == bindparam("post_id"),
            Comment.user_id == author_id,
            Comment.parent_id.is_not_distinct_from(bindparam("parent_id", type_=Integer)),
            Comment.deleted.is_not(True),
            Comment.created_at > bindparam("since"),
            Comment.body == bindparam("body"),
        )
        .order_by(Comment.id)
        .limit(1)
    )


def _row_of(
    author: Author,
    post: Post,
    parent: Comment | None,
    new: NewComment,
    text: Text,
    provenance: Provenance | None,
) -> dict[str, Any]:
    now = utcnow()
    return {
        "user_id": author.id,
        "post_id": post.id,
        "community_id": post.community_id,
        "instance_id": author.instance_id,
        "parent_id": new.parent_id,
        "depth": 0 if parent is None else (parent.depth or 0) + 1,
        "body": text.markdown,
        "body_html": text.html,
        "body_html_safe": True,
        "nsfw": bool(post.nsfw),
        "from_bot": author.bot,
        "notify_author": new.notify_replies,
        # What hangs below a locked comment is locked, also a moderator's answer.
        "replies_enabled": (parent is None or parent.replies_enabled is not False) and not new.sent.locked,
        "created_at": now,
        "posted_at": provenance.published_by(now) if provenance else now,
        "edited_at": provenance.updated if provenance else None,
        "ap_updated": provenance.updated if provenance else None,
        "ap_create_id": shown_id(provenance.create_id) if provenance else None,
        "ap_announce_id": shown_id(provenance.announce_id) if provenance else None,
        "up_votes": 1,
        "score": 1,
        "ranking": rules.confidence(1, 0),
        "indexable": bool(post.indexable) and author.indexable,
    }


@cache
def _insertion(names: Sequence[str]) -> Any:
    """SQL: a comment, and its author's own vote."""
    row = {name: bindparam(f"new_{name}", type_=_COMMENTS.c[name].type) for name in names}
    made = insert(_COMMENTS).values(row).returning(*_COMMENTS.c["user_id", "id", "created_at"]).cte("made")
    vote = select(made.c.user_id, made.c.user_id, made.c.id, literal_column("1.0"), made.c.created_at)
    return insert(_VOTES).from_select(["user_id", "author_id", "post_reply_id", "effect", "created_at"], vote)


async def _attach(
    session: AsyncSession,
    author: Author,
    post: Post,
    path: Sequence[int],
    new: NewComment,
    text: Text,
    provenance: Provenance | None,
) -> None:
    """Write down what follows from a new comment in other tables, and tell of it."""
    comment_id, is_history = path[-1], provenance is not None and provenance.is_history
    await note_embedded(session, text.markdown, post_id=post.id, comment_id=comment_id)
    await count_new(session, author, post, path, written_at=None if is_history else utcnow())
    if new.notify_replies and author.local:
        await notifications.watch_new(session, author.id, notifications.REPLY, comment_id, post.title or "")
    if not is_history:
        await record(session, CommentPublished(comment_id=comment_id), federate=author.local)
