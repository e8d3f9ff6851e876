"""Pages of posts: one statement finds them, one reads the cards that are not kept, one adds the viewer's side."""

from typing import Any

from sqlalchemy import (
    Row,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.columns import scope_of
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id
from service.forum.errors import NotFound
from service.forum.feeds.choices import Listing, Sort
from service.forum.feeds.queries.shape import NARROWED, Shape
from service.forum.feeds.queries.statements import count_of, statement_of
from service.forum.feeds.queries.viewer_filters import (
    filtered_place,
    filters_for,
    values_of,
    while_paging,
)
from service.forum.feeds.rules import (
    OFFSET_MAX,
    SITE_PIN,
    Cursor,
    PostSelection,
    keys_of,
    page_size,
    read_cursor,
    write_cursor,
)
from service.forum.posts.listed import VERSION, listed_posts
from service.forum.posts.rules import site_of
from service.forum.posts.shapes import PostPage
from service.forum.words import find
from service.language import _
from service.storage.clock import utcnow
from service.storage.tables import (
    Domain,
    Post,
)


async def website_name(db: AsyncConnection, domain_id: int) -> str:
    """Return the host of a website that posts lead to; NotFound if there is none, or links to it are not allowed."""
    known = select(Domain.name).where(Domain.id == domain_id, Domain.banned.is_not(True))
    name: str | None = await db.scalar(known) if is_id(domain_id) else None
    if name is None:
        raise NotFound(_("This website doesn't exist."))
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
        self.by = tuple(name for name in NARROWED if getattr(selection, name) is not None)
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
        if self.keys[0].name == SITE_PIN and not self.selection.pins_lead:
            shown = self._without_pins(shown[:split]) + shown[split:]
        versions = {row[0]: row[1 : 1 + len(VERSION)] for row in shown}
        listed = await listed_posts(self.db, self.viewer, versions, filtered_place(self.selection))
        return PostPage([post for post in listed if not (hides_read and post.mine.read)], last, has_more)

    async def _rows(self, start: Cursor | None, offset: int, limit: int, *, unsorted: bool) -> list[Row[Any]]:
        shape = self._shape(unsorted=unsorted, start=start)
        after = {f"after_{at}": value for at, value in enumerate(start.values)} if start else {}
        window = {"row_limit": limit, "row_offset": offset}
        return list((await self.db.execute(statement_of(shape), self.values | after | window)).all())

    async def _sorted_posts(self, at_most: int) -> int:
        shape = self._shape(unsorted=False, start=None)
        window = {"row_limit": at_most, "row_offset": 0}
        return int(await self.db.scalar(count_of(shape), self.values | window) or 0)

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

    def _without_pins(self, rows: list[Row[Any]]) -> list[Row[Any]]:
        """The rows in the order of all keys but the first; the sorts that have pins fall in all of them."""
        if not rows or not rows[0]._mapping["key_0"]:  # the pinned ones come first
            return rows
        keys = [f"key_{at}" for at in range(1, len(self.keys))]
        return sorted(rows, key=lambda row: (*(row._mapping[key] for key in keys), row[0]), reverse=True)

    def _cursor_at(self, row: Row[Any], *, unsorted: bool) -> str:
        values = () if unsorted else tuple(row._mapping[f"key_{at}"] for at in range(len(self.keys)))
        return write_cursor(self.sort, Cursor(unsorted, (*values, row[0])))


def _parameters(viewer: Viewer | None, selection: PostSelection, sort: Sort) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: getattr(selection, name) for name in NARROWED if getattr(selection, name) is not None
    }
    if selection.url is not None:
        values["website"] = site_of(selection.url)
    if sort.window:
        values["newer_than"] = utcnow() - sort.window
    return values | values_of(viewer, selection)
