"""Removing all that answers something: wanted in one transaction, done in many by the worker."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.accounts.queries import author_of, viewer_of_account
from service.forum.comments import lineage
from service.forum.comments import operations as comments
from service.forum.communities.rules import may_moderate
from service.forum.communities.standing import load_standing
from service.forum.events import BranchPurgeRequested
from service.storage.outbox import record
from service.storage.statements import literal_limit
from service.storage.tables import Comment, Post

BATCH = 50  # comments a transaction


async def want_answers_removed(
    session: AsyncSession,
    by: Author,
    post_id: int,
    comment_id: int | None = None,
    *,
    removed: bool,
    reason: str = "",
) -> None:
    """Let all that stands below something be removed, or come back; what its author deleted stays so.

    Whether they moderate there, is looked at when it is done.

    Parameters:
        comment_id: of a comment of that post, which itself stays as it is.
    """
    event = BranchPurgeRequested(
        post_id=post_id, comment_id=comment_id, by_id=by.id, removed=removed, reason=reason
    )
    await record(session, event)


async def remove_some_answers(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Remove some of it, or bring some back, and want the rest; nothing happens if who wanted it does not moderate.

    Other servers are not told of each piece: they were told of the branch.

    Parameters:
        payload: of a BranchPurgeRequested.
    """
    event = BranchPurgeRequested(**payload)
    db = await session.connection()
    by = await viewer_of_account(db, event.by_id) or await author_of(db, event.by_id)
    place = await session.scalar(select(Post.community_id).where(Post.id == event.post_id))
    if by is None or place is None:
        return
    standing = await load_standing(session, by, place)
    if not may_moderate(by, is_moderator=standing.moderates):
        return
    found = list(await session.scalars(_concerned(event)))
    for comment_id in found:
        await comments.set_removed(
            session, by, comment_id, removed=event.removed, reason=event.reason, is_part=True
        )
    if found:
        await record(session, event)


def _concerned(event: BranchPurgeRequested) -> Select[int]:
    gone: ColumnElement[bool] = Comment.deleted.is_not(True)
    if not event.removed:
        gone = Comment.deleted.is_(True) & (Comment.deleted_by != Comment.user_id)
    wanted = select(Comment.id).where(Comment.post_id == event.post_id, gone)
    if event.comment_id is not None:
        wanted = wanted.where(Comment.id.in_(lineage.below(event.comment_id)), Comment.id != event.comment_id)
    return wanted.order_by(Comment.id).limit(literal_limit(BATCH))
