"""Pages of posts, one post, and what people say to it."""

from typing import Annotated, TypedDict

import msgspec

from service.forum.comments.choices import CommentSort
from service.forum.comments.queries import LARGEST_TREE, comment_by_id, tree_of_comments
from service.forum.communities import queries as communities
from service.forum.errors import Invalid
from service.forum.feeds.choices import NsfwFilter, Sort
from service.forum.feeds.queries import page_of_posts
from service.forum.feeds.rules import PostSelection
from service.forum.posts import queries
from service.forum.posts.shapes import PostPage
from service.http.answer import (
    Depth,
    Id,
    PageNumber,
    PageSize,
    limiting,
    next_page,
)
from service.http.api import words
from service.http.api.contract import API
from service.http.api.own import own_only, wanted_listing
from service.http.api.posts.answers import PostResponse, PostsCommunity, community_of
from service.http.api.posts.blueprint import blueprint
from service.http.api.shapes.comments import PostReplyView, thread_views
from service.http.api.shapes.posts import PostView, listed_post_view, one_post_view, post_view
from service.http.context import current_viewer, resources
from service.http.passing.strangers import same_for_strangers

TREE_SIZE = f"Topmost comments; fewer are given where {LARGEST_TREE} with their answers are a page"


class PostFilterQuery(msgspec.Struct, kw_only=True):
    """Posts: which ones, in which order, and how many."""

    type_: words.AnyListing = "All"
    sort: words.AnySort = "Hot"
    limit: PageSize = 50
    q: str | None = None
    community_id: Id | None = None
    community_name: str | None = None
    person_id: Id | None = None
    topic_id: Id | None = None
    feed_id: Id | None = None
    saved_only: bool = False
    liked_only: bool = False
    ignore_sticky: bool = False
    nsfw: words.NsfwFilter | None = None


class PostListQuery(PostFilterQuery, kw_only=True):
    """A page of posts, by its number."""

    page: PageNumber = 1


class PostCursorQuery(PostFilterQuery, kw_only=True):
    """A page of posts, by what the page before said."""

    page: str = ""


class WhichPost(msgspec.Struct):
    """One post."""

    id: Id


class Replies(msgspec.Struct):
    """The answers to a post, or to one comment."""

    post_id: Id | None = None
    parent_id: Id | None = None
    sort: words.AnyCommentSort = "New"
    max_depth: Depth | None = None
    page: PageNumber = 1
    limit: Annotated[int, limiting(1, LARGEST_TREE, TREE_SIZE)] = 20


class ListPostsResponse(TypedDict):
    """A page of posts."""

    posts: list[PostView]
    next_page: str | None


class GetPostResponse(PostResponse, PostsCommunity):
    """A post with its community, that community's moderators, and the posts of the same address."""

    cross_posts: list[PostView]


class GetPostRepliesResponse(TypedDict):
    """A page of comments, each with its answers inside it."""

    comments: list[PostReplyView]
    next_page: str | None


@blueprint.get("/list")
@same_for_strangers
@API.endpoint()
async def get_list(query: PostListQuery) -> ListPostsResponse:
    """Return a page of posts."""
    page = await _page(query, number=query.page, pins_lead=False)
    return _listed(page, next_page(query.page, page.has_more))


@blueprint.get("/list2")
@same_for_strangers
@API.endpoint()
async def get_list_by_cursor(query: PostCursorQuery) -> ListPostsResponse:
    """Return a page of posts that begins right below the page before, whatever arrived meanwhile."""
    page = await _page(query, cursor=query.page or None)
    return _listed(page, page.next_cursor)


async def _page(
    wanted: PostFilterQuery, *, number: int = 1, cursor: str | None = None, pins_lead: bool = True
) -> PostPage:
    async with resources().database.read() as db:
        community_id = wanted.community_id
        if wanted.community_name:
            domain = resources().config.site.domain
            named = await communities.community_by_name(
                db, current_viewer(), wanted.community_name, domain=domain
            )
            community_id = named.community.id
        return await page_of_posts(
            db,
            current_viewer(),
            _feed(wanted, community_id, pins_lead),
            Sort.named(wanted.sort, Sort.HOT),
            limit=wanted.limit,
            page=number,
            cursor=cursor,
        )


def _listed(page: PostPage, following: str | None) -> ListPostsResponse:
    origin = resources().config.site.base_url
    return {"posts": [listed_post_view(origin, row) for row in page.posts], "next_page": following}


def _feed(wanted: PostFilterQuery, community_id: int | None, pins_lead: bool) -> PostSelection:
    return PostSelection(
        listing=wanted_listing(wanted.type_),
        community_id=community_id,
        topic_id=wanted.topic_id,
        feed_id=wanted.feed_id,
        person_id=wanted.person_id,
        saved=own_only(wanted.saved_only),
        liked=own_only(wanted.liked_only),
        search=wanted.q,
        nsfw=NsfwFilter.named(wanted.nsfw, None),
        pinned=not wanted.ignore_sticky,
        pins_lead=pins_lead,
    )


@blueprint.get("")
@same_for_strangers
@API.endpoint()
async def get_one(query: WhichPost) -> GetPostResponse:
    """Return a post with its community, that community's moderators, and the posts of the same address."""
    origin = resources().config.site.base_url
    async with resources().database.read() as db:
        post = await queries.post_by_id(db, current_viewer(), query.id)
        head = await communities.head_by_id(db, current_viewer(), post.community.id)
        twins = await queries.cross_posts_of(db, current_viewer(), post)
    return {
        "post_view": one_post_view(origin, post),
        "cross_posts": [post_view(origin, row) for row in twins],
        **community_of(origin, head),
    }


@blueprint.get("/replies")
@same_for_strangers
@API.endpoint()
async def get_replies(query: Replies) -> GetPostRepliesResponse:
    """Return a page of a post's comments, each with its answers inside it."""
    async with resources().database.read() as db:
        if query.post_id is not None:
            post = await queries.post_by_id(db, current_viewer(), query.post_id)
        elif query.parent_id is not None:
            post = (await comment_by_id(db, current_viewer(), query.parent_id)).post
        else:
            raise Invalid({"post_id": "Give a post_id or a parent_id."})
        page = await tree_of_comments(
            db,
            current_viewer(),
            post,
            CommentSort.named(query.sort, CommentSort.NEW),
            limit=query.limit,
            page=query.page,
            parent_id=query.parent_id,
            max_depth=query.max_depth,
            with_gone=True,
        )
    origin = resources().config.site.base_url
    return {
        "comments": thread_views(origin, page.nodes),
        "next_page": next_page(query.page, page.has_more),
    }
