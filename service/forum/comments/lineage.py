"""What stands above and below a comment, by its parents: the paths of old rows may be missing."""

from typing import Any

from sqlalchemy import ColumnElement, Select, any_, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from service.storage.tables import Comment


def above(comment_id: int) -> Select[Any]:
    """SQL: the ids of a comment and of all that it stands below."""
    line = select(Comment.id, Comment.parent_id).where(Comment.id == comment_id).cte("line", recursive=True)
    parent = aliased(Comment, name="ancestor")
    # Equal rows end it, should two comments ever answer each other.
    line = line.union(select(parent.id, parent.parent_id).where(parent.id == line.c.parent_id))
    return select(line.c.id)


def below(comment_id: int) -> Select[Any]:
    """SQL: the ids of a comment and of all that stands below it."""
    branch = select(Comment.id).where(Comment.id == comment_id).cte("branch", recursive=True)
    answer = aliased(Comment, name="answer")
    branch = branch.union(select(answer.id).where(answer.parent_id == branch.c.id))
    return select(branch.c.id)


def is_locked(path: ColumnElement[Any]) -> ColumnElement[bool]:
    """SQL: whether a comment with this path, or anything that it stands below, takes no more answers."""
    return exists().where(Comment.id == any_(path), Comment.replies_enabled.is_(False))


async def path_of(session: AsyncSession, comment: Comment) -> list[int]:
    """Return the path of a comment; for an old row without one it is found: who is answered came first."""
    return comment.path or [0, *sorted(await session.scalars(above(comment.id)))]
