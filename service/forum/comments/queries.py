"""Comments as readers see them: flat pages for the API, trees for pages.

One statement reads the rows, one more what they are to the viewer; the posts they stand under are read once each.
"""

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    FromClause,
    Integer,
    Row,
    Select,
    String,
    any_,
    bindparam,
    case,
    cast,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from service.forum.accounts.columns import (
    AUTHOR_WIDTH,
    Scope,
    author_columns,
    author_row,
    picture,
    scope_of,
)
from service.forum.accounts.filters import folding_filter, hidden_words, sql_pattern
from service.forum.accounts.viewer import Viewer
from service.forum.attachments.columns import IMAGE_WIDTH, image_columns, image_row
from service.forum.comments.shapes import (
    NOT_MINE,
    CommentMine,
    CommentNode,
    CommentPage,
    CommentRow,
    CommentTree,
)
from service.forum.errors import NotFound
from service.forum.feeds.queries import of_listing
from service.forum.feeds.rules import OFFSET_MAX, Feed, Listing, page_size
from service.forum.feeds.tastes import HIDE, Tastes, acceptable, speaks, tastes_of, values_of
from service.forum.posts.queries import (
    LONG_AGO,
    VIEWER_ID,
    Author,
    Avatar,
    among,
    author_flags,
    cards_by_ids,
    deletion_columns,
    facts_of,
    is_local,
    may_be_found,
    memberships,
    not_among,
    with_author,
)
from service.forum.posts.shapes import PostRow, tombstone_of
from service.forum.visibility import listed_for, may_read, may_read_comment
from service.forum.words import are_common, having_words
from service.storage.statements import array_of_any_length, literal_limit
from service.storage.tables import (
    Comment,
    CommentBookmark,
    CommentVote,
    Community,
    InstanceBlock,
    NotificationSubscription,
    Picture,
    Post,
    UserBlock,
)

# PieFed's notification_subscription.type for "answers to this comment".
NOTIFY_REPLY = 4
# So many comments of one post are read at most; PieFed's limit too.
TREE_MAX = 2000

_Image = picture("comment_image")
_IDS = bindparam("comment_ids", type_=ARRAY(Integer))


class CommentSort(StrEnum):
    """How comments are ordered. The values are the words of our pages' addresses."""

    HOT = "hot"
    TOP = "top"
    NEW = "new"
    OLD = "old"
    CONTROVERSIAL = "controversial"


class CommentFeed(msgspec.Struct, frozen=True, kw_only=True):
    """Which comments are wanted; everything that is given must hold.

    Attributes:
        parent_id: This comment and all below it.
        max_depth: How deep: without a parent counted from the top level, 0 being the top level alone; with a parent
            counted from it, 0 being the parent alone.
        search: Words to find in the text.
        saved, liked: Only what the viewer bookmarked, or voted up.
        nsfw: "exclude", "include" or "only"; None follows the viewer's settings. An anonymous one sees none.
    """

    post_id: int | None = None
    parent_id: int | None = None
    person_id: int | None = None
    community_id: int | None = None
    search: str | None = None
    listing: Listing = Listing.ALL
    max_depth: int | None = None
    saved: bool = False
    liked: bool = False
    nsfw: str | None = None

    @property
    def in_thread(self) -> bool:
        """Whether it reads a thread, where the deleted ones that have answers stay as tombstones."""
        return self.post_id is not None or self.parent_id is not None

    @property
    def of_posts(self) -> Feed:
        """The feed of the posts that these comments may stand below."""
        return Feed(
            community_id=self.community_id,
            person_id=self.person_id,
            search=self.search,
            saved=self.saved,
            liked=self.liked,
            nsfw=self.nsfw,
        )


def sort_from(text: str | None, default: CommentSort = CommentSort.HOT) -> CommentSort:
    """Return the sort that an address, the API or a setting names; the default for none or an unknown one."""
    word = (text or "").strip().lower()
    if word == "topall":
        return CommentSort.TOP
    try:
        return CommentSort(word)
    except ValueError:
        return default


def _zero(column: Any) -> ColumnElement[Any]:
    return func.coalesce(column, literal_column("0"))


def _flag(column: Any) -> ColumnElement[bool]:
    return func.coalesce(column, false())


_COLUMNS: list[Any] = [
    Comment.id,
    Comment.post_id,
    Comment.parent_id,
    func.coalesce(Comment.root_id, Comment.id),
    Comment.path,
    _zero(Comment.depth),
    func.coalesce(Comment.body, literal_column("''")),
    func.coalesce(Comment.body_html, literal_column("''")),
    func.coalesce(Comment.created_at, Comment.posted_at, LONG_AGO),
    func.coalesce(Comment.posted_at, Comment.created_at, LONG_AGO),
    Comment.edited_at,
    *deletion_columns(Comment),
    Comment.replies_enabled.is_(False),
    _flag(Comment.nsfw),
    _flag(Comment.distinguished),
    _flag(Comment.sticky),
    _flag(Comment.answer),
    _flag(Comment.from_bot),
    func.coalesce(Comment.ap_id, literal_column("''")),
    is_local(Comment.instance_id),
    _zero(Comment.instance_id),
    _zero(Comment.language_id),
    _zero(Comment.up_votes),
    _zero(Comment.down_votes),
    _zero(Comment.up_votes) - _zero(Comment.down_votes),
    _zero(Comment.child_count),
]
_IMAGE_AT = len(_COLUMNS)
_AUTHOR_AT = _IMAGE_AT + IMAGE_WIDTH
_FLAGS_AT = _AUTHOR_AT + AUTHOR_WIDTH
# Positions in _COLUMNS.
_POST_ID, _PARENT_ID, _PATH, _BODY, _HTML, _DELETED, _REMOVED = 1, 2, 4, 6, 7, 11, 12


async def page_of_comments(
    db: AsyncConnection,
    viewer: Viewer | None,
    feed: CommentFeed,
    sort: CommentSort,
    *,
    limit: int = 20,
    page: int = 1,
) -> CommentPage:
    """Return one flat page of comments as the viewer may see them.

    Parameters:
        limit: comments on a page, 1 to 100.
        page: its number, from 1.
    """
    size = page_size(limit)
    offset = (max(page, 1) - 1) * size
    if offset > OFFSET_MAX or (viewer is None and _needs_viewer(feed)):
        return CommentPage([], False)
    shape = _shape(viewer, feed)
    if feed.search and await are_common(db, Comment, feed.search):
        by = tuple("common" if name == "search" else name for name in shape.by)
        shape = msgspec.structs.replace(shape, by=by)
    values = _parameters(viewer, feed) | {"row_limit": size + 1, "row_offset": offset}
    rows = (await db.execute(_flat(shape, sort), values)).all()
    return CommentPage(await _finish(db, viewer, rows[:size]), len(rows) > size)


async def tree_of_comments(
    db: AsyncConnection,
    viewer: Viewer | None,
    post: PostRow,
    sort: CommentSort,
    *,
    limit: int = 100,
    page: int = 1,
    parent_id: int | None = None,
    max_depth: int | None = None,
) -> CommentTree:
    """Return comments of a post as a tree, a page of top-level ones with all below them (2,000 rows at most).

    Parameters:
        post: as `posts.queries.post_by_id` returned it for this viewer.
        limit: top-level comments on the page, 1 to 100.
        page: its number, from 1.
        parent_id: only this comment and what hangs below it; then there are no pages.
        max_depth: how many levels below the topmost one.
    """
    size = page_size(limit)
    offset = min((max(page, 1) - 1) * size, OFFSET_MAX)
    feed = CommentFeed(post_id=post.id, parent_id=parent_id, max_depth=max_depth)
    statement = _threads(_shape(viewer, feed), sort)
    values = _parameters(viewer, feed) | {"row_limit": size + 1, "row_offset": offset}
    rows = (await db.execute(statement, values)).all()
    comments = await _finish(db, viewer, rows, post)
    nodes = _grow(comments, parent_id)
    has_more = parent_id is None and len(nodes) > size
    shown = [node for node in nodes[:size] if not _is_dead(node)]
    return CommentTree(shown, str(max(page, 1) + 1) if has_more else None, has_more)


async def comment_by_id(db: AsyncConnection, viewer: Viewer | None, comment_id: int) -> CommentRow:
    """Return one comment, a deleted one as a tombstone.

    Raises:
        NotFound: there is none, or the viewer may not read its post, which may be gone.
    """
    found = await comments_by_ids(db, viewer, [comment_id] if 0 < comment_id < 2**31 else [])
    if not found:
        raise NotFound
    return found[comment_id]


async def comments_by_ids(
    db: AsyncConnection, viewer: Viewer | None, ids: Sequence[int]
) -> dict[int, CommentRow]:
    """Return comments by id, deleted ones as tombstones; those the viewer may not see are left out.

    Who wrote below a post that is gone still sees the comment, but of the post no more than that it was there.
    """
    if not ids:
        return {}
    rows = (await db.execute(_by_ids(), {"comment_ids": list(ids)})).all()
    found = await _finish(db, viewer, rows)
    return {comment.id: _as_seen(viewer, comment) for comment in found if _may_see(viewer, comment)}


def _may_see(viewer: Viewer | None, comment: CommentRow) -> bool:
    is_author = viewer is not None and viewer.id == comment.author.id
    return bool(may_read_comment(facts_of(viewer, comment.post), is_author=is_author))


def _as_seen(viewer: Viewer | None, comment: CommentRow) -> CommentRow:
    if may_read(facts_of(viewer, comment.post)):
        return comment
    return msgspec.structs.replace(comment, post=tombstone_of(comment.post))


async def comment_id_by_ap_id(db: AsyncConnection, ap_id: str) -> int | None:
    """Return the id of the comment with this ActivityPub id."""
    found: int | None = await db.scalar(select(Comment.id).where(Comment.ap_id == ap_id))
    return found


class Shape(msgspec.Struct, frozen=True):
    """All that changes the text of a statement; what changes only its values is a parameter.

    Attributes:
        tastes: What the viewer does not want to see of the posts above; None in a thread, which is sought on purpose.
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
    tastes: Tastes | None
    languages: bool


_NARROWED = ("post_id", "parent_id", "person_id", "community_id", "max_depth", "search")


def _needs_viewer(feed: CommentFeed) -> bool:
    return feed.saved or feed.liked or feed.listing in {Listing.SUBSCRIBED, Listing.MODERATING}


# Whether a post was read, who wrote it and in which language says nothing of the comments below it.
_OF_POSTS_ALONE = {"read", "bots", "languages"}


def _shape(viewer: Viewer | None, feed: CommentFeed) -> Shape:
    tastes = tastes_of(viewer, feed.of_posts)
    kinds = tuple(kind for kind in tastes.hides if kind not in _OF_POSTS_ALONE)
    return Shape(
        by=tuple(name for name in _NARROWED if getattr(feed, name) is not None),
        listing=feed.listing,
        saved=feed.saved,
        liked=feed.liked,
        in_thread=feed.in_thread,
        seen_as=scope_of(viewer),
        hides_bots=viewer is not None and viewer.ignore_bots == HIDE,
        hides_words=bool(_hidden_words(viewer, feed)),
        tastes=None if feed.in_thread else msgspec.structs.replace(tastes, hides=kinds),
        languages="languages" in tastes.hides and not feed.in_thread,
    )


def _parameters(viewer: Viewer | None, feed: CommentFeed) -> dict[str, Any]:
    values = {name: getattr(feed, name) for name in _NARROWED if getattr(feed, name) is not None}
    words = {"hidden_reply_words": sql_pattern(_hidden_words(viewer, feed))}
    return values | words | values_of(viewer, feed.of_posts)


def _hidden_words(viewer: Viewer | None, feed: CommentFeed) -> tuple[str, ...]:
    """The words that keep comments out of lists, but out of those that are sought on purpose."""
    on_purpose = feed.saved or feed.liked or feed.person_id is not None or feed.search is not None
    return () if viewer is None or on_purpose else hidden_words(viewer.filters, "replies")


@lru_cache(maxsize=512)
def _flat(shape: Shape, sort: CommentSort) -> Select[Any]:
    # Across the site the order is an index's, which a coalesce would not match.
    order = (
        [Comment.ranking.desc(), *order_of(CommentSort.NEW)] if _walks_ranks(shape, sort) else order_of(sort)
    )
    picked = (
        _readable(shape)
        .order_by(*order)
        .limit(_literal("row_limit"))
        .offset(_literal("row_offset"))
        .subquery("page")
    )
    return _cards(picked).order_by(*order)


def _walks_ranks(shape: Shape, sort: CommentSort) -> bool:
    return sort == CommentSort.HOT and not shape.in_thread


@lru_cache(maxsize=256)
def _threads(shape: Shape, sort: CommentSort) -> Select[Any]:
    """The comments of one post below a page of top-level ones (or below one parent), all in the order of the sort."""
    picked = _filtered(shape)  # the caller has read the post
    if "parent_id" not in shape.by:
        top = aliased(Comment, name="top")
        # Tombstones without answers are left out here as below, else they would eat places on the page.
        roots = (
            select(top.id)
            .where(top.post_id == bindparam("post_id", type_=Integer()), top.parent_id.is_(None))
            .where(or_(top.deleted.is_not(True), _zero(top.child_count) > literal_column("0")))
            .order_by(*order_of(sort, top))
            .limit(_literal("row_limit"))
            .offset(_literal("row_offset"))
        )
        listed = roots.scalar_subquery()
        picked = picked.where(or_(Comment.root_id.in_(listed), Comment.id.in_(listed)))
    return _cards(picked.order_by(*order_of(sort)).limit(literal_limit(TREE_MAX)).subquery("page")).order_by(
        *order_of(sort)
    )


@lru_cache
def _by_ids() -> Select[Any]:
    return _cards(select(func.unnest(array_of_any_length(_IDS)).label("id")).subquery("page"))


def _cards(page: FromClause) -> Select[Any]:
    source = (
        page.join(Comment, Comment.id == page.c.id)
        .outerjoin(_Image, _Image.id == Comment.image_id)
        .outerjoin(Picture, Picture.file_id == Comment.image_id)
    )
    return select(
        *_COLUMNS,
        *image_columns(_Image, Picture),
        *author_columns(Author, Avatar),
        *author_flags(Comment.community_id),
    ).select_from(with_author(source, Comment.user_id, Comment.community_id))


def _filtered(shape: Shape) -> Select[Any]:
    """The ids of the wanted comments, unordered; whether the viewer may read their posts is not asked."""
    statement = select(Comment.id).where(*_scope(shape), *_visible(shape))
    if shape.hides_bots:
        statement = statement.where(Comment.from_bot.is_not(True))
    if shape.hides_words:
        says_one = Comment.body.regexp_match(bindparam("hidden_reply_words", type_=String()))
        statement = statement.where(or_(Comment.user_id == VIEWER_ID, ~func.coalesce(says_one, false())))
    if shape.languages:
        statement = statement.where(speaks(Comment.language_id))
    return statement


def _readable(shape: Shape) -> Select[Any]:
    """The ids of the wanted comments under posts that the viewer may read, unordered."""
    source = Comment.__table__.join(Post.__table__, Post.id == Comment.post_id).join(
        Community.__table__, Community.id == Post.community_id
    )
    return (
        _filtered(shape)
        .select_from(source)
        .where(
            listed_for(shape.seen_as, is_member=among(Community.id, memberships())),
            *of_listing(shape.listing),
            *(acceptable(shape.tastes) if shape.tastes else ()),
        )
    )


def _scope(shape: Shape) -> list[ColumnElement[bool]]:
    conditions = [_BY[name]() for name in shape.by if name in _BY]
    if "search" in shape.by:
        conditions.append(may_be_found(Comment))
    if "max_depth" in shape.by:
        depth: ColumnElement[Any] = bindparam("max_depth", type_=Integer())
        if "parent_id" in shape.by:
            parent = aliased(Comment, name="parent")
            depth = (
                select(_zero(parent.depth))
                .where(parent.id == bindparam("parent_id", type_=Integer()))
                .scalar_subquery()
                + depth
            )
        conditions.append(_zero(Comment.depth) <= depth)
    if shape.saved:
        saved = select(CommentBookmark.post_reply_id).where(CommentBookmark.user_id == VIEWER_ID)
        conditions.append(Comment.id.in_(saved))
    if shape.liked:
        liked = select(CommentVote.post_reply_id).where(
            CommentVote.user_id == VIEWER_ID, CommentVote.effect > 0
        )
        conditions += [Comment.id.in_(liked), Comment.user_id != VIEWER_ID]
    return conditions


_BY: dict[str, Any] = {
    "post_id": lambda: Comment.post_id == bindparam("post_id", type_=Integer()),
    "parent_id": lambda: Comment.path.op("@>")(
        func.array_append(literal_column("'{}'::integer[]"), bindparam("parent_id", type_=Integer()))
    ),
    "person_id": lambda: Comment.user_id == bindparam("person_id", type_=Integer()),
    "community_id": lambda: Comment.community_id == bindparam("community_id", type_=Integer()),
    "search": lambda: having_words(Comment, common=False),
    "common": lambda: having_words(Comment, common=True),
}


def _visible(shape: Shape) -> list[ColumnElement[bool]]:
    answered = _zero(Comment.child_count) > literal_column("0")
    alive = Comment.deleted.is_not(True)
    conditions: list[ColumnElement[bool]] = [
        or_(alive, answered) if shape.in_thread else Comment.deleted == false()
    ]
    if shape.seen_as != "anybody" and "person_id" not in shape.by and not (shape.saved or shape.liked):
        people = select(UserBlock.blocked_id).where(UserBlock.blocker_id == VIEWER_ID)
        instances = select(InstanceBlock.instance_id).where(InstanceBlock.user_id == VIEWER_ID)
        conditions += [not_among(Comment.user_id, people), not_among(Comment.instance_id, instances)]
    return conditions


def _literal(name: str) -> BindParameter[Any]:
    """A number that is written into the statement at execution: a bound LIMIT would be planned anew every time."""
    return bindparam(name, type_=Integer(), literal_execute=True)


def order_of(sort: CommentSort, comment: Any = Comment) -> list[Any]:
    """SQL: what a list of comments in this order is ordered by; the newest first where that leaves it open."""
    newest_first = [comment.posted_at.desc(), comment.id.desc()]
    match sort:
        case CommentSort.HOT:
            return [func.coalesce(comment.ranking, literal_column("0")).desc(), *newest_first]
        case CommentSort.TOP:
            return [(_zero(comment.up_votes) - _zero(comment.down_votes)).desc(), *newest_first]
        case CommentSort.CONTROVERSIAL:
            return [_controversy(comment).desc(), *newest_first]
        case CommentSort.OLD:
            return [comment.posted_at.asc(), comment.id.asc()]
        case CommentSort.NEW:
            return newest_first


def _controversy(comment: Any) -> ColumnElement[Any]:
    """SQL: many votes, evenly split; as in Lemmy, (ups + downs) ** (fewer / more)."""
    ups, downs = _zero(comment.up_votes), _zero(comment.down_votes)
    fewer, more = func.least(ups, downs), func.greatest(ups, downs)
    return case(
        (fewer > literal_column("0"), func.power(ups + downs, fewer * literal_column("1.0") / more)),
        else_=literal_column("0"),
    )


async def _finish(
    db: AsyncConnection, viewer: Viewer | None, rows: Sequence[Row[Any]], post: PostRow | None = None
) -> list[CommentRow]:
    if not rows:
        return []
    posts = (
        {post.id: post}
        if post is not None
        else await cards_by_ids(db, viewer, sorted({row[_POST_ID] for row in rows}))
    )
    mine = await overlay(db, viewer, [row[0] for row in rows]) if viewer is not None else {}
    return [
        _folded(viewer, _comment_from(row, posts[row[_POST_ID]], mine.get(row[0], NOT_MINE)))
        for row in rows
        if row[_POST_ID] in posts
    ]


def _comment_from(row: Row[Any], post: PostRow, mine: CommentMine) -> CommentRow:
    values = list(row)
    image = image_row(*values[_IMAGE_AT:_AUTHOR_AT])
    values[_PATH] = tuple(values[_PATH] or _short_path(values[_PARENT_ID], values[0]))
    if values[_DELETED] or values[_REMOVED]:
        values[_BODY], values[_HTML], image = "", "", None
    author = author_row(values[_AUTHOR_AT:_FLAGS_AT])
    values[_IMAGE_AT:] = [image, author, *values[_FLAGS_AT:], post, mine]
    return CommentRow(*values)


def _folded(viewer: Viewer | None, comment: CommentRow) -> CommentRow:
    if viewer is None or not viewer.filters or comment.author.id == viewer.id:
        return comment
    folded = folding_filter(viewer.filters, "replies", comment.body)
    return (
        msgspec.structs.replace(comment, mine=msgspec.structs.replace(comment.mine, folded=folded))
        if folded
        else comment
    )


def _short_path(parent_id: int | None, comment_id: int) -> list[int]:
    """What can be said of the path of an old row without one."""
    return [0, comment_id] if parent_id is None else [0, parent_id, comment_id]


@lru_cache
def _overlay_statement() -> Select[Any]:
    vote = (
        select(CommentVote.effect)
        .where(CommentVote.user_id == VIEWER_ID, CommentVote.post_reply_id == Comment.id)
        .order_by(CommentVote.id.desc())
        .limit(literal_limit(1))
        .scalar_subquery()
    )
    columns: list[Any] = [
        Comment.id,
        cast(func.sign(_zero(vote)), Integer),
        exists().where(CommentBookmark.user_id == VIEWER_ID, CommentBookmark.post_reply_id == Comment.id),
        exists().where(
            NotificationSubscription.user_id == VIEWER_ID,
            NotificationSubscription.type == literal_column(str(NOTIFY_REPLY)),
            NotificationSubscription.entity_id == Comment.id,
        ),
        exists().where(UserBlock.blocker_id == VIEWER_ID, UserBlock.blocked_id == Comment.user_id),
    ]
    return select(*columns).where(Comment.id == any_(array_of_any_length(_IDS)))


async def overlay(db: AsyncConnection, viewer: Viewer, ids: Sequence[int]) -> dict[int, CommentMine]:
    """Return what comments are to the viewer, by id, in one statement."""
    rows = await db.execute(_overlay_statement(), {"viewer_id": viewer.id, "comment_ids": list(ids)})
    return {row[0]: CommentMine(*row[1:]) for row in rows}


def _grow(comments: list[CommentRow], top_id: int | None) -> list[CommentNode]:
    """Hang each comment below its parent, keeping the order; what lost its parent to a block is left out."""
    children: dict[int | None, list[CommentRow]] = {}
    for comment in comments:
        at = (
            None
            if comment.id == top_id or (top_id is None and comment.parent_id is None)
            else comment.parent_id
        )
        children.setdefault(at, []).append(comment)
    return [_node(comment, children) for comment in children.get(None, [])]


def _node(comment: CommentRow, children: dict[int | None, list[CommentRow]]) -> CommentNode:
    nodes = [_node(child, children) for child in children.get(comment.id, [])]
    nodes = [node for node in nodes if not _is_dead(node)]
    # Below a comment whose answers were all left out, its own count says how many there are.
    return CommentNode(comment, nodes, 0 if nodes else comment.child_count)


def _is_dead(node: CommentNode) -> bool:
    """A tombstone that nothing stands on."""
    gone = node.comment.deleted or node.comment.removed
    return gone and not node.children and not node.more
