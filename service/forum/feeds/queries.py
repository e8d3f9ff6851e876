"""Feeds: one statement finds the posts and reads all that stands on their cards, one more adds the viewer's side.

The inner statement picks ids in the order of one of PieFed's partial indexes (`ix_post_feed_*`), so its conditions are
written as those indexes have them (see `visibility.listed_for`); the joins of a card run for the picked ones only.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    Row,
    Select,
    String,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.columns import VIEWER_ID, Scope, scope_of
from service.forum.accounts.rules import is_id
from service.forum.accounts.viewer import Viewer
from service.forum.communities.columns import keeps_to_site
from service.forum.communities.roles import moderates
from service.forum.errors import NotFound
from service.forum.feeds.choices import Listing, Sort
from service.forum.feeds.rules import (
    OFFSET_MAX,
    Cursor,
    Key,
    PostSelection,
    keys_of,
    page_size,
    read_cursor,
    write_cursor,
)
from service.forum.feeds.viewer_filters import (
    ViewerFilters,
    filter_conditions,
    filtered_place,
    filters_for,
    values_of,
    while_paging,
)
from service.forum.posts import queries as posts
from service.forum.posts.queries import (
    cards,
    is_local,
    may_be_found,
    memberships,
)
from service.forum.posts.rules import site_of
from service.forum.posts.shapes import PostPage
from service.forum.visibility import listed_for
from service.forum.words import among_found, find, having_words
from service.storage.clock import utcnow
from service.storage.statements import among, not_among
from service.storage.tables import (
    Community,
    CommunityMember,
    Domain,
    Feed,
    FeedItem,
    Instance,
    Post,
    PostBookmark,
    PostVote,
)


class Shape(msgspec.Struct, frozen=True):
    """All that changes the text of a feed's statement; what changes only its values is a parameter."""

    listing: Listing
    by: tuple[str, ...]
    saved: bool
    liked: bool
    keys: tuple[Key, ...]
    windowed: bool
    unsorted: bool
    after: bool
    below_pinned: bool | None
    seen_as: Scope
    personal: bool
    syndicated: bool
    filters: ViewerFilters


async def website_name(db: AsyncConnection, domain_id: int) -> str:
    """Return the host of a website that posts lead to; NotFound if there is none, or links to it are not allowed."""
    known = select(Domain.name).where(Domain.id == domain_id, Domain.banned.is_not(True))
    name: str | None = await db.scalar(known) if is_id(domain_id) else None
    if name is None:
        raise NotFound("There is no such website.")
    return name


async def page_of_posts(
    db: AsyncConnection,
    viewer: Viewer | None,
    selection: PostSelection,
    sort: Sort,
    *,
    limit: int = 20,
    cursor: str | None = None,
    page: int = 1,
) -> PostPage:
    """Return one page of a feed as the viewer may see it.

    Parameters:
        limit: posts on a page, 1 to 100.
        cursor: of the page before, as `next_cursor` gave it; then `page` is ignored.
        page: the number of the page, from 1, for callers that count.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    if viewer is None and (
        selection.saved or selection.liked or selection.listing in {Listing.SUBSCRIBED, Listing.MODERATING}
    ):
        return PostPage([], None, False)
    start = read_cursor(selection, sort, cursor)
    offset = 0 if start else (max(page, 1) - 1) * page_size(limit)
    if offset > OFFSET_MAX:
        return PostPage([], None, False)
    return await _Reader(db, viewer, selection, sort, page_size(limit)).page(start, offset)


class _Reader:
    """One reading of a feed: its two parts, sorted and without a key, one after the other."""

    def __init__(
        self, db: AsyncConnection, viewer: Viewer | None, selection: PostSelection, sort: Sort, limit: int
    ) -> None:
        self.db = db
        self.viewer = viewer
        self.selection = selection
        self.sort = sort
        self.limit = limit
        self.keys = keys_of(selection, sort)
        self.values = _parameters(viewer, selection, sort)
        self.by = tuple(name for name in _NARROWED if getattr(selection, name) is not None)
        self.filters = filters_for(viewer, selection)

    async def page(self, start: Cursor | None, offset: int) -> PostPage:
        hides_read = "read" in self.filters.hides
        if (
            self.selection.search is not None
            and (found := await find(self.db, Post, self.selection.search)) is not None
        ):
            self.by = tuple("found" if name == "search" else name for name in self.by)
            self.values["found"] = found
        if offset:
            self.filters = while_paging(self.filters)
        rows: list[Row[Any]] = []
        if start is None or not start.unsorted:
            rows = await self._rows(start, offset, self.limit + 1, unsorted=False)
        split = len(rows)
        if split <= self.limit:
            skip = 0 if split or not offset else offset - await self._sorted_posts(offset)
            start = start if start is not None and start.unsorted else None
            rows += await self._rows(start, skip, self.limit + 1 - split, unsorted=True)
        shown = rows[: self.limit]
        has_more = len(rows) > self.limit
        last = self._cursor_at(shown[-1], unsorted=len(shown) > split) if has_more else None
        listed = await posts.with_overlay(self.db, self.viewer, shown, filtered_place(self.selection))
        return PostPage([post for post in listed if not (hides_read and post.mine.read)], last, has_more)

    async def _rows(self, start: Cursor | None, offset: int, limit: int, *, unsorted: bool) -> list[Row[Any]]:
        shape = self._shape(unsorted=unsorted, start=start)
        after = {f"after_{at}": value for at, value in enumerate(start.values)} if start else {}
        window = {"row_limit": limit, "row_offset": offset}
        return list((await self.db.execute(_statement(shape), self.values | after | window)).all())

    async def _sorted_posts(self, at_most: int) -> int:
        shape = self._shape(unsorted=False, start=None)
        window = {"row_limit": at_most, "row_offset": 0}
        return int(await self.db.scalar(_count(shape), self.values | window) or 0)

    def _shape(self, *, unsorted: bool, start: Cursor | None) -> Shape:
        viewer, selection, keys = self.viewer, self.selection, self.keys
        pinned = bool(start and keys[0].kind is bool and not unsorted)
        return Shape(
            listing=selection.listing,
            by=self.by,
            saved=selection.saved,
            liked=selection.liked,
            keys=keys,
            windowed=self.sort.window is not None,
            unsorted=unsorted,
            after=start is not None,
            below_pinned=bool(start.values[0]) if start is not None and pinned else None,
            seen_as=scope_of(viewer),
            personal=selection.is_personal,
            syndicated=selection.syndicated,
            filters=self.filters,
        )

    def _cursor_at(self, row: Row[Any], *, unsorted: bool) -> str:
        # The sort keys stand behind the columns of the card.
        values = () if unsorted else tuple(row[-len(self.keys) :])
        return write_cursor(self.sort, Cursor(unsorted, (*values, row[0])))


_NARROWED = (
    "community_id",
    "topic_id",
    "feed_id",
    "domain_id",
    "person_id",
    "search",
    "url",
    "minimum_upvotes",
)


def _parameters(viewer: Viewer | None, selection: PostSelection, sort: Sort) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: getattr(selection, name) for name in _NARROWED if getattr(selection, name) is not None
    }
    if selection.url is not None:
        values["website"] = site_of(selection.url)
    if sort.window:
        values["newer_than"] = utcnow() - sort.window
    return values | values_of(viewer, selection)


@lru_cache(maxsize=512)
def _statement(shape: Shape) -> Select[Any]:
    picked = _picked(shape).subquery("page")
    keys = [] if shape.unsorted else [picked.c[f"key_{at}"] for at in range(len(shape.keys))]
    order = [
        key.desc() if spec.descending else key.asc() for key, spec in zip(keys, shape.keys, strict=False)
    ]
    return cards(picked).add_columns(*keys).order_by(*order, _closing(shape, picked.c.id))


@lru_cache(maxsize=128)
def _count(shape: Shape) -> Select[Any]:
    return select(func.count()).select_from(_picked(shape).subquery("page"))


def _picked(shape: Shape) -> Select[Any]:
    """The ids (and sort keys) of the page, in order."""
    columns = [_column(key) for key in shape.keys]
    statement = (
        select(Post.id)
        .select_from(_source())
        .where(
            listed_for(
                shape.seen_as,
                is_member=among(Community.id, memberships()),
                by_index=not shape.unsorted,
            ),
            *_scope(shape),
            *filter_conditions(shape.filters),
        )
    )
    if shape.unsorted:
        unknown = (*columns, Post.deleted, Post.status)
        statement = statement.where(or_(*(column.is_(None) for column in unknown)))
        order: list[Any] = []
    else:
        statement = statement.add_columns(*(column.label(f"key_{at}") for at, column in enumerate(columns)))
        statement = statement.where(*(column.is_not(None) for column in columns))
        order = [
            column.desc() if key.descending else column.asc()
            for column, key in zip(columns, shape.keys, strict=True)
        ]
    if shape.after:
        statement = statement.where(_below(shape, columns))
    return (
        statement.order_by(*order, _closing(shape, Post.id))
        .limit(_literal("row_limit"))
        .offset(_literal("row_offset"))
    )


def _source() -> FromClause:
    source: FromClause = Post.__table__.join(Community.__table__, Community.id == Post.community_id)
    return source


def _literal(name: str) -> BindParameter[Any]:
    """A number that is written into the statement at execution: a bound LIMIT would be planned anew every time."""
    return bindparam(name, type_=Integer(), literal_execute=True)


def _closing(shape: Shape, post_id: Any) -> Any:
    """The last word of every order, so that no two posts tie."""
    return post_id.desc() if _falls(shape) else post_id.asc()


def _falls(shape: Shape) -> bool:
    return shape.unsorted or shape.keys[-1].descending


def _column(key: Key) -> ColumnElement[Any]:
    if key.name == "votes":
        return Post.up_votes - Post.down_votes
    column: ColumnElement[Any] = Post.__table__.c[key.name]
    return column


def _below(shape: Shape, columns: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
    """SQL: the post comes after the cursor."""
    if shape.unsorted:
        return Post.id < bindparam("after_0", type_=Integer())
    first = 0 if shape.below_pinned is None else 1
    whole = [*columns[first:], Post.__table__.c.id]
    types = [*(_sql_type(key) for key in shape.keys[first:]), Integer()]
    bounds = [bindparam(f"after_{at}", type_=kind) for at, kind in enumerate(types, first)]
    # A comparison of rows walks the index from there.
    below = tuple_(*whole) < tuple_(*bounds) if _falls(shape) else tuple_(*whole) > tuple_(*bounds)
    if shape.below_pinned is None:
        return below
    # The pin stays out of that comparison: nearly no post is pinned, so the planner would expect no rows at all.
    pin = columns[0]
    if shape.below_pinned:
        return or_(and_(pin == true(), below), pin == false())
    return and_(pin == false(), below)


def _sql_type(key: Key) -> Any:
    return DateTime() if key.name.endswith(("_at", "_active")) else Integer()


def _scope(shape: Shape) -> list[ColumnElement[bool]]:
    """SQL: what the feed asks for."""
    conditions = [_BY[name]() for name in shape.by]
    if "feed_id" in shape.by:
        conditions.append(_readable_feed(shape))
    if shape.saved:
        conditions.append(Post.id.in_(select(PostBookmark.post_id).where(PostBookmark.user_id == VIEWER_ID)))
    if shape.liked:
        liked = select(PostVote.post_id).where(PostVote.user_id == VIEWER_ID, PostVote.effect > 0)
        conditions += [Post.id.in_(liked), Post.user_id != VIEWER_ID]
    if shape.windowed:
        conditions.append(_is_new(shape))
    if not shape.by and not shape.personal and shape.listing == Listing.ALL:
        conditions.append(Community.show_all.is_not(False))
    if not {"search", "found", "url"}.isdisjoint(shape.by):
        conditions.append(may_be_found(Post))
    if shape.syndicated:
        conditions.append(~keeps_to_site())
    return [*conditions, *of_listing(shape.listing)]


def _readable_feed(shape: Shape) -> ColumnElement[bool]:
    """SQL: the feed whose communities are wanted is public, or the viewer's own."""
    may_read: ColumnElement[bool] = Feed.public.is_(True)
    if shape.seen_as != "anybody":
        may_read = or_(may_read, Feed.user_id == VIEWER_ID)
    return exists().where(
        Feed.id == bindparam("feed_id", type_=Integer()), Feed.banned.is_not(True), may_read
    )


def _is_new(shape: Shape) -> ColumnElement[bool]:
    """SQL: it is not older than the sort goes back; an old row that does not say when it was posted, arrived then."""
    newer_than: ColumnElement[Any] = bindparam("newer_than", type_=DateTime())
    is_new: ColumnElement[bool] = Post.posted_at > newer_than
    return (
        or_(is_new, and_(Post.posted_at.is_(None), Post.created_at > newer_than))
        if shape.unsorted
        else is_new
    )


def of_listing(listing: Listing) -> list[ColumnElement[bool]]:
    """SQL: whose communities; needs `Community` joined to `Post`."""
    match listing:
        case Listing.LOCAL:
            return [is_local(Community.instance_id)]
        case Listing.SUBSCRIBED:
            return [among(Post.community_id, memberships())]
        case Listing.MODERATING:
            mine = select(CommunityMember.community_id).where(
                CommunityMember.user_id == VIEWER_ID, moderates()
            )
            return [among(Post.community_id, mine)]
        case Listing.POPULAR:
            unpopular = select(Instance.id).where(Instance.popular.is_(False))
            return [
                Community.show_popular.is_not(False),
                Community.low_quality.is_not(True),
                not_among(Community.instance_id, unpopular),
            ]
        case Listing.ALL:
            return []


_BY: dict[str, Any] = {
    "community_id": lambda: Post.community_id == bindparam("community_id", type_=Integer()),
    "topic_id": lambda: Community.topic_id == bindparam("topic_id", type_=Integer()),
    "feed_id": lambda: Post.community_id.in_(
        select(FeedItem.community_id).where(FeedItem.feed_id == bindparam("feed_id", type_=Integer()))
    ),
    "domain_id": lambda: Post.domain_id == bindparam("domain_id", type_=Integer()),
    "person_id": lambda: Post.user_id == bindparam("person_id", type_=Integer()),
    "search": lambda: having_words(Post),
    "found": lambda: among_found(Post),
    # The websites have an index, the addresses none.
    "url": lambda: and_(
        Post.url == bindparam("url", type_=String()),
        Post.domain_id.in_(select(Domain.id).where(Domain.name == bindparam("website", type_=String()))),
    ),
    "minimum_upvotes": lambda: (
        func.coalesce(Post.up_votes, 0) >= bindparam("minimum_upvotes", type_=Integer())
    ),
}
