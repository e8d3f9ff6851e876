"""Writing comments. Two of the same within a few seconds are one."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ARRAY, Integer, Select, bindparam, func, join, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author, may_comment
from service.forum.accounts.queries.blocks import blocks
from service.forum.attachments.embedding import note_embedded
from service.forum.checks import is_id
from service.forum.comments import lineage, rules
from service.forum.comments.counting import COUNTING, counted
from service.forum.comments.operations.rows import check_open, refuse_deleted
from service.forum.communities.standing import (
    STANDING,
    check_is_out,
    check_may_contribute,
    standing_of,
    was_let_in,
    with_standing,
)
from service.forum.errors import Forbidden, Invalid, Locked, NotFound
from service.forum.events import CommentPublished
from service.forum.notifications import REPLY, WATCHED, WATCHING, watched
from service.forum.phrases import check_phrases, phrases_of, refuse_empty_words
from service.forum.posts.operations.languages import language_wanted
from service.forum.posts.rules import DOUBLE_CLICK_SECONDS
from service.forum.provenance import Provenance, Text, shown_id
from service.language import _
from service.storage.clock import utcnow
from service.storage.outbox import RECORDED, RECORDING, to_record
from service.storage.statements import Id, array_of_any_length, literal_limit
from service.storage.tables import Comment, Community, Post, Site

_COLUMNS: Any = Comment.__table__.columns
_USUAL = {
    column.name: column.default.arg for column in _COLUMNS if column.default and column.default.is_scalar
}


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
    written = rules.checked_text(new.body, provenance, domain=domain)
    await refuse_empty_words(session, written.markdown)
    post = await _hold(session, author, new)
    check_phrases({"body": written.markdown}, phrases_of(post.blocked_phrases))
    standing = standing_of(post, author)
    check_is_out(author, standing, post)
    let_in = was_let_in(standing, provenance)
    check_may_contribute(author, standing, starting=False, let_in=let_in)
    check_open(author, standing, post, let_in=let_in)
    parent = await _parent(session, new, provenance)
    above = await lineage.path_of(session, parent) if parent else None
    answered_id = post.user_id if parent is None else parent.user_id
    asked = await _ask(session, author, answered_id, above, new, written, provenance)
    if asked.locked and not (let_in or standing.moderates or author.runs_the_site):
        raise Locked(_("This comment is locked, so you can't reply to it."))
    if asked.first_id is not None:
        return PublishedComment(asked.first_id, post.id, False)
    if asked.blocked:
        raise Forbidden(_("You can't reply to this person."), code="blocked")
    path = rules.path_below(above, new.parent_id, asked.next_id)
    row = _row_of(author, post, parent, new, written, provenance) | {
        "id": asked.next_id,
        "ap_id": provenance.ap_id if provenance else f"https://{domain}/comment/{asked.next_id}",
        "path": path,
        "root_id": path[1],
        "distinguished": new.sent.distinguished and standing.moderates,
        "language_id": post.language,
    }
    await _store(session, author, post, row, new, provenance)
    await note_embedded(session, written.markdown, post_id=post.id, comment_id=asked.next_id)
    return PublishedComment(asked.next_id, post.id, True)


async def _hold(session: AsyncSession, author: Author, new: NewComment) -> Any:
    """What has to be known of a post and of where it stands; every write below a post holds it first.

    That queues the comments of one post and keeps the counts.
    """
    row = None
    if is_id(new.post_id):
        values = {"post_id": new.post_id, "account_id": author.id, "language_id": new.language_id}
        row = (await session.execute(_holding(), values)).one_or_none()
    if row is None:
        raise NotFound
    return row


@cache
def _holding() -> Any:
    of_post = (Post.id, Post.user_id, Post.community_id, Post.title, Post.nsfw, Post.nsfl, Post.status)
    return (
        select(
            *of_post,
            *(Post.deleted, Post.comments_enabled, Post.indexable, Post.cross_posts),
            select(Site.blocked_phrases).limit(literal_limit(1)).scalar_subquery().label("blocked_phrases"),
            language_wanted().scalar_subquery().label("language"),
            *STANDING,
        )
        .select_from(with_standing(join(Post, Community, Community.id == Post.community_id)))
        .where(Post.id == bindparam("post_id", type_=Integer))
        .with_for_update(key_share=True, of=Post)
    )


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
    written: Text,
    provenance: Provenance | None,
) -> _Asked:
    """Ask for all of it with one statement, because comments of other servers come by the dozen a second."""
    values = {"author_id": author.id, "answered_id": answered_id, "above": above or []}
    if provenance is not None:
        row = await session.execute(_question(local=False), values | {"ap_id": provenance.ap_id})
    else:
        since = utcnow() - timedelta(seconds=DOUBLE_CLICK_SECONDS)
        twin = {"post_id": new.post_id, "parent_id": new.parent_id, "since": since, "body": written.markdown}
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
    post: Any,
    parent: Comment | None,
    new: NewComment,
    written: Text,
    provenance: Provenance | None,
) -> dict[str, Any]:
    now = utcnow()
    return _USUAL | {
        "user_id": author.id,
        "post_id": post.id,
        "community_id": post.community_id,
        "instance_id": author.instance_id,
        "parent_id": new.parent_id,
        "depth": 0 if parent is None else (parent.depth or 0) + 1,
        "body": written.markdown,
        "body_html": written.html,
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


async def _store(
    session: AsyncSession,
    author: Author,
    post: Any,
    row: dict[str, Any],
    new: NewComment,
    provenance: Provenance | None,
) -> None:
    """Write a comment, its author's own vote, and what follows from it in other tables; and tell of it."""
    is_history = provenance is not None and provenance.is_history
    written_at = None if is_history else row["created_at"]
    watches = new.notify_replies and author.local
    values = {
        **{f"new_{name}": value for name, value in row.items()},
        **counted(1, post, row["path"][1:-1], author.id, written_at, None if author.bot else written_at),
        **watched(author.id, REPLY, row["id"], post.title or "", wanted=watches),
        **to_record(CommentPublished(comment_id=row["id"]), federate=author.local),
    }
    if is_history:
        values["topics"] = []
    await session.execute(_insertion(tuple(row)), values)


@cache
def _insertion(names: Sequence[str]) -> Any:
    columns, values = ", ".join(names), ", ".join(f":new_{name}" for name in names)
    return text(f"""
        WITH made AS (
            INSERT INTO post_reply ({columns}) VALUES ({values})
        ), own_vote AS (
            INSERT INTO post_reply_vote (user_id, author_id, post_reply_id, effect, created_at)
            VALUES (:new_user_id, :new_user_id, :new_id, 1, :new_created_at)
        ), {COUNTING}, watched AS ({WATCHING})
        {RECORDING}
    """).bindparams(
        *(bindparam(f"new_{name}", type_=_COLUMNS[name].type) for name in names), *WATCHED, *RECORDED
    )
