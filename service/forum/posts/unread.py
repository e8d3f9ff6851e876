"""How many comments of a post are new to the viewer, and how many they do not want to see: part of its queries."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    any_,
    case,
    cast,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)

from service.forum.accounts.columns import VIEWER_ID
from service.storage.statements import literal_limit
from service.storage.tables import Comment, InstanceBlock, Post, ReadPost, UserBlock

# More unread comments than that are not told apart.
UNREAD_MAX = 1000

_ZERO: ColumnElement[int] = literal_column("0", Integer())


def unwelcome_comments() -> Any:
    """SQL, beside a post: the `number` of its comments by people and servers that the viewer blocked."""
    people, servers = _blocked()
    return (
        select(func.count().label("number"))
        .select_from(Comment)
        .where(
            *_is_shown(),
            # Nearly nobody has blocked anybody: asked once, it spares them the rest.
            func.cardinality(people) + func.cardinality(servers) > _ZERO,
            or_(Comment.user_id == any_(people), Comment.instance_id == any_(servers)),
        )
        .lateral("unwelcome")
    )


def unread_comments(unwelcome: ColumnElement[int]) -> ColumnElement[int]:
    """SQL: how many comments by others came since the viewer read the post; all of them where they never did.

    Parameters:
        unwelcome: the number of `unwelcome_comments`; `ReadPost` is outer-joined.
    """
    own = select(func.count()).select_from(Comment).where(*_is_shown(), Comment.user_id == VIEWER_ID)
    never_read = func.coalesce(Post.reply_count, _ZERO) - unwelcome - own.correlate(Post).scalar_subquery()
    # The column alone has a time zone, in which both programs write what they take for UTC.
    visit = cast(ReadPost.interacted_at, DateTime())
    people, servers = _blocked()
    blocked = or_(Comment.user_id == any_(people), Comment.instance_id == any_(servers))
    new = (
        select(literal_column("1"))
        .where(
            *_is_shown(),
            Comment.user_id != VIEWER_ID,
            ~func.coalesce(blocked, false()),
            # By this column alone, which stands in an index with the others: the comments themselves are not read. As
            # IS TRUE, because PostgreSQL 18 would take it for a comparison that it has to make for each author apart.
            (Comment.created_at > visit).is_(true()),
        )
        .limit(literal_limit(UNREAD_MAX))
        .correlate(Post, ReadPost)
        .subquery()
    )
    return case(
        (ReadPost.user_id.is_(None), func.greatest(never_read, _ZERO)),
        (Post.last_active <= visit, _ZERO),
        else_=select(func.count()).select_from(new).scalar_subquery(),
    )


def _is_shown() -> list[ColumnElement[bool]]:
    return [Comment.post_id == Post.id, Comment.deleted.is_not(True)]


def _blocked() -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """SQL: the ids of the people and of the servers that the viewer blocked, as arrays that are read once."""
    people = select(UserBlock.blocked_id).where(UserBlock.blocker_id == VIEWER_ID)
    servers = select(InstanceBlock.instance_id).where(InstanceBlock.user_id == VIEWER_ID)
    return func.array(people.scalar_subquery()), func.array(servers.scalar_subquery())
