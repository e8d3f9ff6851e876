"""Writing comments: publish, edit, delete, remove, lock, bookmark.

Each operation is one function of a session; `storage.write()` commits it, with its event and its counts.
"""

from datetime import timedelta

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import notifications
from service.forum.accounts.columns import LOCAL_INSTANCE
from service.forum.accounts.queries.blocks import has_blocked
from service.forum.accounts.viewer import Viewer, may_comment
from service.forum.comments import lineage, rules
from service.forum.comments.counting import count
from service.forum.errors import Forbidden, Gone, Invalid, Locked, NotFound
from service.forum.events import AnswerMarked, CommentDeleted, CommentEdited, CommentPublished
from service.forum.moderation.operations import record_in_mod_log
from service.forum.moderation.rules import Action
from service.forum.phrases import refuse_empty_words, refuse_phrases
from service.forum.posts.operations import known_language, may_be_indexed
from service.forum.posts.operations.rows import held
from service.forum.posts.place import (
    Place,
    check_may_contribute,
    check_may_moderate,
    find_place,
    place_of,
)
from service.forum.posts.rules import DOUBLE_CLICK_SECONDS
from service.forum.posts.shapes import STATUS_REVIEWING
from service.storage.clock import utcnow
from service.storage.holding import hold
from service.storage.outbox import record
from service.storage.tables import (
    Comment,
    CommentBookmark,
    CommentVote,
    Post,
)
from service.text.markdown import render_markdown


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


class PublishedComment(msgspec.Struct, frozen=True):
    """A comment that stands; `fresh` is False if the same form was sent twice."""

    comment_id: int
    post_id: int
    fresh: bool


async def publish(session: AsyncSession, author: Viewer, new: NewComment, *, domain: str) -> PublishedComment:
    """Publish a comment, with its author's own vote.

    The same form sent twice within a few seconds gives the first comment back.

    Parameters:
        domain: this site's host, for its ids.

    Raises:
        Invalid: the text breaks a rule, or the tree is too deep there.
        NotFound: there is no such post for this viewer, or no such comment under it.
        Gone: the post or the comment it answers was deleted.
        Locked: one of them takes no more answers.
        Forbidden, Banned: the author may not comment there, or the one answered blocked them.
    """
    may_comment(author)
    body = rules.tidy_body(new.body)
    await refuse_phrases(session, {"body": body})
    await refuse_empty_words(session, body)
    # Held first by every write below it: that queues the comments of one post and keeps the counts.
    post = await held(session, Post, new.post_id)
    place = await place_of(session, author, post)
    check_may_contribute(author, place, starting=False)
    _check_open(author, place, post)
    parent = await _parent(session, author, place, new)
    twin = await _just_published(session, author.id, new, body)
    if twin is not None:
        return PublishedComment(twin, post.id, False)
    await _refuse_blocked(session, author, post.user_id if parent is None else parent.user_id)
    comment = _row_of(author, post, parent, new, body, domain)
    comment.language_id = await known_language(session, new.language_id)
    comment.indexable = bool(post.indexable) and await may_be_indexed(session, author)
    session.add(comment)
    await session.flush()
    comment.ap_id = f"https://{domain}/comment/{comment.id}"
    above = await lineage.path_of(session, parent) if parent else None
    comment.path = rules.path_below(above, new.parent_id, comment.id)
    comment.root_id = comment.path[1]
    session.add(CommentVote(user_id=author.id, author_id=author.id, post_reply_id=comment.id, effect=1.0))
    await session.flush()
    await count(session, comment, post, 1, active=True)
    if new.notify_replies:
        await notifications.watch(session, author.id, notifications.REPLY, comment.id, post.title or "")
    await record(session, CommentPublished(comment_id=comment.id))
    return PublishedComment(comment.id, post.id, True)


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
    comment, post = await _with_post(session, comment_id)
    place = await place_of(session, viewer, post)
    if comment.user_id != viewer.id:
        raise Forbidden("This is somebody else's comment.")
    _refuse_deleted(comment)
    check_may_contribute(viewer, place, starting=False)
    _check_open(viewer, place, post)
    comment.body, comment.body_html = tidy, render_markdown(tidy, domain=domain)
    if language_id is not UNSET:
        comment.language_id = await known_language(session, language_id)
    comment.edited_at = utcnow()
    await session.flush()
    await record(session, CommentEdited(comment_id=comment_id))


async def set_deleted(session: AsyncSession, viewer: Viewer, comment_id: int, *, deleted: bool) -> None:
    """Take one's own comment back, or bring it back; again is no error.

    Raises:
        NotFound: there is no such comment.
        Forbidden: it is somebody else's, or a moderator removed it.
        Banned: it is to come back where its author may not write any more.
    """
    comment, post = await _with_post(session, comment_id)
    if comment.user_id != viewer.id:
        raise Forbidden("This is somebody else's comment.")
    if comment.deleted and comment.deleted_by not in {None, viewer.id}:
        raise Forbidden("A moderator removed this comment.", code="removed_by_moderator")
    if not deleted:
        may_comment(viewer)
        check_may_contribute(viewer, await place_of(session, viewer, post), starting=False)
    await _set_deleted(session, comment, post, viewer.id, deleted=deleted)


async def set_removed(
    session: AsyncSession, viewer: Viewer, comment_id: int, *, removed: bool, reason: str = ""
) -> None:
    """Take down somebody's comment as a moderator, or put it up again; it goes into the mod log. Again is no error.

    Raises:
        NotFound: there is no such comment.
        Forbidden: the viewer does not moderate there, or the author deleted it.
    """
    comment, post = await _with_post(session, comment_id)
    place = await place_of(session, viewer, post)
    check_may_moderate(viewer, place)
    if comment.deleted and comment.deleted_by in {None, comment.user_id}:
        raise Forbidden("Its author deleted this comment.", code="deleted_by_author")
    if bool(comment.deleted) == removed:
        return
    await _set_deleted(session, comment, post, viewer.id, deleted=removed)
    await _log(
        session, viewer, "delete_post_reply" if removed else "restore_post_reply", comment, post, reason
    )


async def set_locked(
    session: AsyncSession, viewer: Viewer, comment_id: int, *, locked: bool, reason: str = ""
) -> None:
    """Let a comment and all below it take no more answers, or again, as a moderator. Again is no error.

    Raises:
        NotFound, Gone, Forbidden: no such comment, deleted, not a moderator there.
    """
    comment, post = await _with_post(session, comment_id)
    place = await place_of(session, viewer, post)
    check_may_moderate(viewer, place)
    _refuse_deleted(comment)
    if (comment.replies_enabled is False) == locked:
        return
    branch = update(Comment).where(Comment.id.in_(lineage.below(comment_id)))
    await session.execute(
        branch.values(replies_enabled=not locked).execution_options(synchronize_session=False)
    )
    await _log(session, viewer, "lock_post_reply" if locked else "unlock_post_reply", comment, post, reason)
    await record(session, CommentEdited(comment_id=comment_id))


async def set_distinguished(
    session: AsyncSession, viewer: Viewer, comment_id: int, *, distinguished: bool
) -> None:
    """Let one's own comment speak for the moderators of its community, or no longer. Again is no error.

    Raises:
        NotFound, Gone: there is no such comment, or it was deleted.
        Forbidden: it is somebody else's, or the viewer does not moderate there.
    """
    comment = await held(session, Comment, comment_id)
    place = await find_place(session, viewer, comment.community_id)
    if comment.user_id != viewer.id:
        raise Forbidden("This is somebody else's comment.")
    check_may_moderate(viewer, place)
    _refuse_deleted(comment)
    if bool(comment.distinguished) == distinguished:
        return
    comment.distinguished = distinguished
    await session.flush()
    await record(session, CommentEdited(comment_id=comment_id))


async def set_answer(session: AsyncSession, viewer: Viewer, comment_id: int, *, answer: bool) -> None:
    """Mark a comment as an answer to the question of its post, or no longer: as the asker or a moderator.

    Again is no error.

    Raises:
        NotFound, Gone: there is no such comment for the viewer, or it was deleted.
        Forbidden, Banned: the viewer neither asked nor moderates there.
    """
    comment, post = await _with_post(session, comment_id)
    place = await place_of(session, viewer, post)
    if post.user_id == viewer.id:
        check_may_contribute(viewer, place, starting=False)
    else:
        check_may_moderate(viewer, place)
    _refuse_deleted(comment)
    if bool(comment.answer) == answer:
        return
    comment.answer = answer
    await session.flush()
    await record(session, AnswerMarked(comment_id=comment_id, by_id=viewer.id, answer=answer))


async def set_saved(session: AsyncSession, viewer: Viewer, comment_id: int, *, saved: bool) -> None:
    """Bookmark a comment, or forget the bookmark; again is no error.

    Raises:
        NotFound, Gone: there is no such comment for this viewer, or it was deleted.
    """
    mine = (CommentBookmark.user_id == viewer.id, CommentBookmark.post_reply_id == comment_id)
    if not saved:
        await session.execute(delete(CommentBookmark).where(*mine))
        return
    _refuse_deleted(await _readable(session, viewer, comment_id))
    # The table has no unique constraint to rely on.
    await hold(session, f"save:{viewer.id}:comment:{comment_id}")
    if await session.scalar(select(CommentBookmark.id).where(*mine).limit(1)) is None:
        session.add(CommentBookmark(user_id=viewer.id, post_reply_id=comment_id))


async def set_watched(session: AsyncSession, viewer: Viewer, comment_id: int, *, watched: bool) -> None:
    """Tell the viewer of answers to a comment, or no longer; again is no error. NotFound, Gone as `set_saved`."""
    if not watched:
        await notifications.unwatch(session, viewer.id, notifications.REPLY, comment_id)
        return
    comment = await _readable(session, viewer, comment_id)
    _refuse_deleted(comment)
    await notifications.watch(session, viewer.id, notifications.REPLY, comment_id)


def _check_open(author: Viewer, place: Place, post: Post) -> None:
    if post.deleted:
        raise Gone("This post has been deleted.")
    if (post.status or 0) <= STATUS_REVIEWING:
        raise NotFound
    if post.comments_enabled is False and not (place.moderates or author.runs_the_site):
        raise Locked("This post takes no more comments.")


async def _parent(session: AsyncSession, author: Viewer, place: Place, new: NewComment) -> Comment | None:
    if new.parent_id is None:
        return None
    parent = await session.get(Comment, new.parent_id) if 0 < new.parent_id < 2**31 else None
    if parent is None or parent.post_id != new.post_id:
        raise NotFound("The comment you answer is not there.")
    _refuse_deleted(parent)
    if not (place.moderates or author.runs_the_site) and await lineage.is_locked(session, parent.id):
        raise Locked("This comment takes no more answers.")
    if (parent.depth or 0) >= rules.DEPTH_MAX:
        raise Invalid({"parent_id": "This thread is too deep to answer here."})
    return parent


async def _just_published(session: AsyncSession, author_id: int, new: NewComment, body: str) -> int | None:
    found: int | None = await session.scalar(
        select(Comment.id)
        .where(
            Comment.post_id == new.post_id,
            Comment.user_id == author_id,
            Comment.parent_id.is_not_distinct_from(new.parent_id),
            Comment.deleted.is_not(True),
            Comment.created_at > utcnow() - timedelta(seconds=DOUBLE_CLICK_SECONDS),
            Comment.body == body,
        )
        .order_by(Comment.id)
        .limit(1)
    )
    return found


async def _refuse_blocked(session: AsyncSession, author: Viewer, answered_id: int | None) -> None:
    if await has_blocked(session, answered_id, author.id):
        raise Forbidden("This person does not want your answers.", code="blocked")


def _row_of(
    author: Viewer, post: Post, parent: Comment | None, new: NewComment, body: str, domain: str
) -> Comment:
    now = utcnow()
    return Comment(
        user_id=author.id,
        post_id=post.id,
        community_id=post.community_id,
        instance_id=LOCAL_INSTANCE,
        parent_id=new.parent_id,
        depth=0 if parent is None else (parent.depth or 0) + 1,
        body=body,
        body_html=render_markdown(body, domain=domain),
        body_html_safe=True,
        nsfw=bool(post.nsfw),
        from_bot=author.bot,
        notify_author=new.notify_replies,
        # What hangs below a locked comment is locked, also a moderator's answer.
        replies_enabled=parent is None or parent.replies_enabled is not False,
        created_at=now,
        posted_at=now,
        up_votes=1,
        score=1,
        ranking=rules.confidence(1, 0),
    )


async def _with_post(session: AsyncSession, comment_id: int) -> tuple[Comment, Post]:
    """A comment and its post, both held, the post first."""
    known = await session.get(Comment, comment_id) if 0 < comment_id < 2**31 else None
    if known is None:
        raise NotFound
    post = await held(session, Post, known.post_id or 0)
    return await held(session, Comment, comment_id), post


async def _readable(session: AsyncSession, viewer: Viewer, comment_id: int) -> Comment:
    comment = await session.get(Comment, comment_id) if 0 < comment_id < 2**31 else None
    if comment is None:
        raise NotFound
    await place_of(session, viewer, await session.get(Post, comment.post_id or 0))
    return comment


def _refuse_deleted(comment: Comment) -> None:
    if comment.deleted:
        raise Gone("This comment has been deleted.")


async def _set_deleted(
    session: AsyncSession, comment: Comment, post: Post, by_id: int, *, deleted: bool
) -> None:
    if bool(comment.deleted) == deleted:
        return
    comment.deleted, comment.deleted_by = deleted, by_id if deleted else None
    await session.flush()
    await count(session, comment, post, -1 if deleted else 1)
    await record(session, CommentDeleted(comment_id=comment.id, by_id=by_id, deleted=deleted))


async def _log(
    session: AsyncSession, viewer: Viewer, action: Action, comment: Comment, post: Post, reason: str
) -> None:
    await record_in_mod_log(
        session,
        viewer,
        action,
        reason=reason,
        community_id=comment.community_id,
        post_id=post.id,
        comment_id=comment.id,
        target_account_id=comment.user_id,
        link=f"post/{post.id}#comment_{comment.id}",
        link_text=f"comment on {post.title or ''}",
    )
