"""Which comments are wanted, and which of them a viewer may see: the conditions of every statement that finds some."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Select,
    String,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from service.forum.accounts.choices import Visibility
from service.forum.accounts.columns import VIEWER_ID, Scope, scope_of
from service.forum.accounts.filters import hidden_words, sql_pattern
from service.forum.accounts.viewer import Viewer
from service.forum.feeds.choices import Listing, NsfwFilter
from service.forum.feeds.queries.conditions import of_listing
from service.forum.feeds.queries.viewer_filters import (
    ViewerFilters,
    filter_conditions,
    filters_for,
    in_read_languages,
    values_of,
)
from service.forum.feeds.rules import PostSelection
from service.forum.posts.queries import may_be_found, memberships
from service.forum.visibility import listed_for
from service.forum.words import among_found, having_words
from service.storage.rows import or_zero
from service.storage.statements import among, not_among
from service.storage.tables import (
    Comment,
    CommentBookmark,
    CommentVote,
    Community,
    InstanceBlock,
    Post,
    UserBlock,
)


class CommentSelection(msgspec.Struct, frozen=True, kw_only=True):
    """Which comments are wanted; everything that is given must hold.

    Attributes:
        parent_id: This comment and all below it.
        max_depth: How deep: without a parent counted from the top level, 0 being the top level alone; with a parent
            counted from it, 0 being the parent alone.
        search: Words to find in the text.
        since: Written then or later; naive UTC.
        saved, liked: Only what the viewer bookmarked, or voted up.
        nsfw: None follows the viewer's settings. An anonymous one sees none.
    """

    post_id: int | None = None
    parent_id: int | None = None
    person_id: int | None = None
    community_id: int | None = None
    search: str | None = None
    since: datetime | None = None
    listing: Listing = Listing.ALL
    max_depth: int | None = None
    saved: bool = False
    liked: bool = False
    nsfw: NsfwFilter | None = None

    @property
    def in_thread(self) -> bool:
        """Whether it reads a thread, where the deleted ones that have answers stay as tombstones."""
        return self.post_id is not None or self.parent_id is not None

    @property
    def is_thread(self) -> bool:
        """Whether it wants a thread, or a branch of one, and nothing else."""
        thread = CommentSelection(post_id=self.post_id, parent_id=self.parent_id, max_depth=self.max_depth)
        return self.in_thread and msgspec.structs.replace(self, nsfw=None) == thread

    @property
    def of_posts(self) -> PostSelection:
        """The feed of the posts that these comments may stand below."""
        return PostSelection(
            community_id=self.community_id,
            person_id=self.person_id,
            search=self.search,
            saved=self.saved,
            liked=self.liked,
            nsfw=self.nsfw,
        )


class Shape(msgspec.Struct, frozen=True):
    """All that changes the text of a statement; what changes only its values is a parameter.

    Attributes:
        filters: What the viewer does not want to see of the posts above; None in a thread, which is sought on purpose.
        languages: Only those that the viewer reads.
    """

    by: tuple[str, ...]
    listing: Listing
    saved: bool
    liked: bool
    in_thread: bool
    seen_as: Scope
    hides_bots: bool
    hides_words: bool
    filters: ViewerFilters | None
    languages: bool


_NARROWED = ("post_id", "parent_id", "person_id", "community_id", "max_depth", "search", "since")
# Whether a post was read, who wrote it and in which language says nothing of the comments below it.
_OF_POSTS_ALONE = {"read", "bots", "languages"}


def needs_viewer(selection: CommentSelection) -> bool:
    """Whether it asks for what is somebody's own, and is empty for an anonymous viewer."""
    return selection.saved or selection.liked or selection.listing in {Listing.SUBSCRIBED, Listing.MODERATING}


def shape_of(viewer: Viewer | None, selection: CommentSelection) -> Shape:
    """Return what a feed changes of the text of statements."""
    filters = filters_for(viewer, selection.of_posts)
    kinds = tuple(kind for kind in filters.hides if kind not in _OF_POSTS_ALONE)
    return Shape(
        by=tuple(name for name in _NARROWED if getattr(selection, name) is not None),
        listing=selection.listing,
        saved=selection.saved,
        liked=selection.liked,
        in_thread=selection.in_thread,
        seen_as=scope_of(viewer),
        hides_bots=viewer is not None and viewer.ignore_bots == Visibility.HIDE,
        hides_words=bool(_hidden_words(viewer, selection)),
        filters=None if selection.in_thread else msgspec.structs.replace(filters, hides=kinds),
        languages="languages" in filters.hides and not selection.in_thread,
    )


def values_in(viewer: Viewer | None, selection: CommentSelection) -> dict[str, Any]:
    """Return the parameters of the statements."""
    values = {name: getattr(selection, name) for name in _NARROWED if getattr(selection, name) is not None}
    words = {"hidden_reply_words": sql_pattern(_hidden_words(viewer, selection))}
    return values | words | values_of(viewer, selection.of_posts)


def _hidden_words(viewer: Viewer | None, selection: CommentSelection) -> tuple[str, ...]:
    """The words that keep comments out of lists, but out of those that are sought on purpose."""
    on_purpose = (
        selection.saved or selection.liked or selection.person_id is not None or selection.search is not None
    )
    return () if viewer is None or on_purpose else hidden_words(viewer.filters, "replies")


def readable(shape: Shape) -> Select[Any]:
    """The ids of the wanted comments under posts that the viewer may read, unordered."""
    alive = Comment.deleted.is_not(True)
    return (
        select(Comment.id)
        .select_from(POSTED)
        .where(
            *_scope(shape),
            or_(alive, _answered()) if shape.in_thread else alive,
            *tolerable(shape),
            *of_readable_posts(shape),
        )
    )


# Comments with what they stand under.
POSTED = Comment.__table__.join(Post.__table__, Post.id == Comment.post_id).join(
    Community.__table__, Community.id == Post.community_id
)


def of_readable_posts(shape: Shape) -> list[ColumnElement[bool]]:
    """SQL: the viewer may read the post above, and wants to; needs the tables of POSTED."""
    return [
        listed_for(shape.seen_as, is_member=among(Community.id, memberships()), by_index=False),
        *of_listing(shape.listing),
        *(filter_conditions(shape.filters) if shape.filters else ()),
    ]


def tolerable(shape: Shape) -> list[ColumnElement[bool]]:
    """SQL: what the viewer wants to see of the comments themselves."""
    conditions: list[ColumnElement[bool]] = []
    if shape.seen_as != "anybody" and "person_id" not in shape.by and not (shape.saved or shape.liked):
        people = select(UserBlock.blocked_id).where(UserBlock.blocker_id == VIEWER_ID)
        instances = select(InstanceBlock.instance_id).where(InstanceBlock.user_id == VIEWER_ID)
        conditions += [not_among(Comment.user_id, people), not_among(Comment.instance_id, instances)]
    if shape.hides_bots:
        conditions.append(Comment.from_bot.is_not(True))
    if shape.hides_words:
        says_one = Comment.body.regexp_match(bindparam("hidden_reply_words", type_=String()))
        conditions.append(or_(Comment.user_id == VIEWER_ID, ~func.coalesce(says_one, false())))
    if shape.languages:
        conditions.append(in_read_languages(Comment.language_id))
    return conditions


def _answered() -> ColumnElement[bool]:
    """SQL: something that is not deleted stands below it; old rows do not count what does."""
    answer = aliased(Comment, name="answer")
    return or_(
        Comment.child_count > literal_column("0"),
        exists().where(answer.parent_id == Comment.id, answer.deleted.is_not(True)),
    )


def _scope(shape: Shape) -> list[ColumnElement[bool]]:
    conditions = [_BY[name]() for name in shape.by]
    if {"search", "found"} & set(shape.by):
        conditions.append(may_be_found(Comment))
    if shape.saved:
        saved = select(CommentBookmark.post_reply_id).where(CommentBookmark.user_id == VIEWER_ID)
        conditions.append(Comment.id.in_(saved))
    if shape.liked:
        liked = select(CommentVote.post_reply_id).where(
            CommentVote.user_id == VIEWER_ID, CommentVote.effect > 0
        )
        conditions += [Comment.id.in_(liked), Comment.user_id != VIEWER_ID]
    return conditions


_BY: dict[str, Callable[[], ColumnElement[bool]]] = {
    "post_id": lambda: Comment.post_id == bindparam("post_id", type_=Integer()),
    "parent_id": lambda: Comment.path.op("@>")(
        func.array_append(literal_column("'{}'::integer[]"), bindparam("parent_id", type_=Integer()))
    ),
    "max_depth": lambda: or_zero(Comment.depth) <= bindparam("max_depth", type_=Integer()),
    "person_id": lambda: Comment.user_id == bindparam("person_id", type_=Integer()),
    "community_id": lambda: Comment.community_id == bindparam("community_id", type_=Integer()),
    "since": lambda: Comment.posted_at >= bindparam("since", type_=DateTime()),
    "search": lambda: having_words(Comment),
    "found": lambda: among_found(Comment),
}
