"""/api/alpha: posts and feeds."""

from contextlib import suppress
from typing import Annotated, Literal, NotRequired, TypedDict

import msgspec
from msgspec import UNSET, UnsetType
from quart import Blueprint

from service.forum import votes
from service.forum.accounts.viewer import Viewer
from service.forum.comments.queries import LARGEST_TREE, comment_by_id, tree_of_comments
from service.forum.comments.queries import sort_from as comment_sort_from
from service.forum.communities import queries as communities
from service.forum.errors import Invalid, NotFound
from service.forum.feeds.queries import page_of_posts
from service.forum.feeds.rules import PostSelection, listing_from, sort_from
from service.forum.posts import operations, queries
from service.forum.posts.operations import NewPost, PostChanges
from service.forum.posts.rules import tidy_body
from service.forum.posts.shapes import PostPage
from service.http.answer import (
    Depth,
    Id,
    PageNumber,
    PageSize,
    limiting,
    next_page,
)
from service.http.api.contract import API
from service.http.api.polls import EventSent, PollSent
from service.http.api.shapes.comments import PostReplyView, thread_views
from service.http.api.shapes.communities import (
    CommunityModeratorView,
    CommunityView,
    community_view,
    moderator_view,
)
from service.http.api.shapes.posts import PostView, post_view
from service.http.context import current_viewer, resources
from service.http.passing.idempotency_key import effect
from service.http.passing.long_texts import render_ahead

TREE_SIZE = f"Topmost comments; fewer are given where {LARGEST_TREE} with their answers are a page"

blueprint = Blueprint("api_posts", __name__, url_prefix="/api/alpha/post")


class PostFilterQuery(msgspec.Struct, kw_only=True):
    """Posts: which ones, in which order, and how many."""

    type_: str = "All"
    sort: str = "Hot"
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
    nsfw: Literal["Exclude", "Include", "Only"] | None = None


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
    sort: str = "Hot"
    max_depth: Depth | None = None
    page: PageNumber = 1
    limit: Annotated[int, limiting(1, LARGEST_TREE, TREE_SIZE)] = 20


class CreatePostRequest(msgspec.Struct):
    """A new post."""

    title: str
    community_id: Id
    url: str | None = None
    body: str | None = None
    alt_text: str | None = None
    nsfw: bool = False
    ai_generated: bool = False
    language_id: Id | None = None
    poll: PollSent | None = None
    event: EventSent | None = None


class EditPostRequest(msgspec.Struct):
    """What is to change in a post."""

    post_id: Id
    title: str | UnsetType = UNSET
    url: str | UnsetType | None = UNSET
    body: str | UnsetType | None = UNSET
    alt_text: str | UnsetType | None = UNSET
    nsfw: bool | UnsetType = UNSET
    ai_generated: bool | UnsetType = UNSET
    language_id: Id | UnsetType | None = UNSET
    poll: PollSent | None = None
    event: EventSent | None = None


class LikePostRequest(msgspec.Struct):
    """A vote on a post."""

    post_id: Id
    score: Literal[-1, 0, 1]


class SavePostRequest(msgspec.Struct):
    """Whether a post is bookmarked."""

    post_id: Id
    save: bool


class DeletePostRequest(msgspec.Struct):
    """Whether an author has taken a post back."""

    post_id: Id
    deleted: bool


class RemovePostRequest(msgspec.Struct):
    """Whether a moderator has taken a post down, and why."""

    post_id: Id
    removed: bool
    reason: str = ""


class LockPostRequest(msgspec.Struct):
    """Whether a post takes no more comments."""

    post_id: Id
    locked: bool


class FeaturePostRequest(msgspec.Struct):
    """Whether a post is pinned, and on top of what."""

    post_id: Id
    featured: bool
    feature_type: Literal["Community", "Local"] = "Community"


class HidePostRequest(msgspec.Struct):
    """Whether a post is hidden from one's own feeds."""

    post_id: Id
    hidden: bool


class SubscribePostRequest(msgspec.Struct):
    """Whether one is told of new comments on a post."""

    post_id: Id
    subscribe: bool


class MarkPostAsReadRequest(msgspec.Struct):
    """Posts that were read, or not."""

    read: bool
    post_id: Id | None = None
    post_ids: list[Id] = []


class ListPostsResponse(TypedDict):
    """A page of posts."""

    posts: list[PostView]
    next_page: str | None


class PostResponse(TypedDict):
    """A post."""

    post_view: PostView


class PostsCommunity(TypedDict):
    """Where a post stands, and who moderates there."""

    community_view: CommunityView
    moderators: list[CommunityModeratorView]


class ChangedPostResponse(PostResponse):
    """A post after a change, with its community as far as the viewer may see that still."""

    cross_posts: list[PostView]
    community_view: NotRequired[CommunityView]
    moderators: NotRequired[list[CommunityModeratorView]]


class GetPostResponse(PostResponse, PostsCommunity):
    """A post with its community, that community's moderators, and the posts of the same address."""

    cross_posts: list[PostView]


class GetPostRepliesResponse(TypedDict):
    """A page of comments, each with its answers inside it."""

    comments: list[PostReplyView]
    next_page: str | None


class SuccessResponse(TypedDict):
    """It is done."""

    success: bool


@blueprint.get("/list")
@API.endpoint()
async def get_list(query: PostListQuery) -> ListPostsResponse:
    """Return a page of posts."""
    page = await _page(query, number=query.page)
    return _listed(page, next_page(query.page, page.has_more))


@blueprint.get("/list2")
@API.endpoint()
async def get_list_by_cursor(query: PostCursorQuery) -> ListPostsResponse:
    """Return a page of posts that begins right below the page before, whatever arrived meanwhile."""
    page = await _page(query, cursor=query.page or None)
    return _listed(page, page.next_cursor)


async def _page(wanted: PostFilterQuery, *, number: int = 1, cursor: str | None = None) -> PostPage:
    async with resources().database.read() as db:
        community_id = wanted.community_id
        if wanted.community_name:
            domain = resources().config.site.domain
            named = await communities.by_name(db, current_viewer(), wanted.community_name, domain=domain)
            community_id = named.community.id
        return await page_of_posts(
            db,
            current_viewer(),
            _feed(wanted, community_id),
            sort_from(wanted.sort),
            limit=wanted.limit,
            page=number,
            cursor=cursor,
        )


def _listed(page: PostPage, following: str | None) -> ListPostsResponse:
    origin = resources().config.site.base_url
    return {"posts": [post_view(origin, row) for row in page.posts], "next_page": following}


def _feed(wanted: PostFilterQuery, community_id: int | None) -> PostSelection:
    return PostSelection(
        listing=listing_from(wanted.type_),
        community_id=community_id,
        topic_id=wanted.topic_id,
        feed_id=wanted.feed_id,
        person_id=wanted.person_id,
        saved=wanted.saved_only,
        liked=wanted.liked_only,
        search=wanted.q,
        nsfw=wanted.nsfw.lower() if wanted.nsfw else None,
        pinned=not wanted.ignore_sticky,
    )


@blueprint.get("")
@API.endpoint()
async def get_one(query: WhichPost) -> GetPostResponse:
    """Return a post with its community, that community's moderators, and the posts of the same address."""
    origin = resources().config.site.base_url
    async with resources().database.read() as db:
        post = await queries.post_by_id(db, current_viewer(), query.id)
        head = await communities.head_by_id(db, current_viewer(), post.community.id)
        twins = await queries.cross_posts_of(db, current_viewer(), post)
    return {
        "post_view": post_view(origin, post, twins),
        "cross_posts": [post_view(origin, row) for row in twins],
        **_beside(origin, head),
    }


@blueprint.get("/replies")
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
            comment_sort_from(query.sort),
            limit=query.limit,
            page=query.page,
            parent_id=query.parent_id,
            max_depth=query.max_depth,
        )
    origin = resources().config.site.base_url
    return {
        "comments": thread_views(origin, page.nodes),
        "next_page": next_page(query.page, page.has_more),
    }


@blueprint.post("")
@API.endpoint(limited="publish")
async def create(viewer: Viewer, body: CreatePostRequest) -> ChangedPostResponse:
    """Publish a post."""
    new = NewPost(
        community_id=body.community_id,
        title=body.title,
        url=body.url,
        body=body.body,
        alt_text=body.alt_text,
        nsfw=body.nsfw,
        ai_generated=body.ai_generated,
        language_id=body.language_id,
        poll=body.poll.new() if body.poll else None,
        event=body.event.details() if body.event else None,
    )
    await render_ahead(tidy_body(new.body))
    made = await effect(operations.publish, viewer, new, domain=resources().config.site.domain)
    return await _answer(made.post_id)


@blueprint.put("")
@API.endpoint()
async def edit(viewer: Viewer, body: EditPostRequest) -> ChangedPostResponse:
    """Change a post."""
    changes = msgspec.structs.asdict(body)
    post_id, poll, event = (changes.pop(name) for name in ("post_id", "poll", "event"))
    changes["poll"] = poll.new() if poll else None
    changes["event"] = event.details() if event else None
    domain = resources().config.site.domain
    await render_ahead(tidy_body(body.body or ""))
    await effect(operations.edit, viewer, post_id, PostChanges(**changes), domain=domain)
    return await _answer(post_id)


@blueprint.post("/like")
@API.endpoint(limited="vote")
async def like(viewer: Viewer, body: LikePostRequest) -> ChangedPostResponse:
    """Vote on a post; 0 takes the vote back."""
    await effect(votes.vote_on_post, viewer, body.post_id, body.score)
    return await _answer(body.post_id)


@blueprint.put("/save")
@API.endpoint()
async def save(viewer: Viewer, body: SavePostRequest) -> ChangedPostResponse:
    """Bookmark a post, or forget the bookmark."""
    await effect(operations.set_saved, viewer, body.post_id, saved=body.save)
    return await _answer(body.post_id)


@blueprint.post("/delete")
@API.endpoint()
async def delete(viewer: Viewer, body: DeletePostRequest) -> ChangedPostResponse:
    """Take one's own post back, or bring it back."""
    await effect(operations.set_deleted, viewer, body.post_id, deleted=body.deleted)
    return await _answer(body.post_id)


@blueprint.post("/remove")
@API.endpoint()
async def remove(viewer: Viewer, body: RemovePostRequest) -> ChangedPostResponse:
    """Take a post down as a moderator, or put it up again."""
    await effect(operations.set_removed, viewer, body.post_id, removed=body.removed, reason=body.reason)
    return await _answer(body.post_id)


@blueprint.post("/lock")
@API.endpoint()
async def lock(viewer: Viewer, body: LockPostRequest) -> ChangedPostResponse:
    """Let a post take no more comments, or again."""
    await effect(operations.set_locked, viewer, body.post_id, locked=body.locked)
    return await _answer(body.post_id)


@blueprint.post("/feature")
@API.endpoint()
async def feature(viewer: Viewer, body: FeaturePostRequest) -> ChangedPostResponse:
    """Pin a post on top of its community or of the site, or no longer."""
    site_wide = body.feature_type == "Local"
    await effect(operations.set_pinned, viewer, body.post_id, pinned=body.featured, site_wide=site_wide)
    return await _answer(body.post_id)


@blueprint.post("/hide")
@API.endpoint()
async def hide(viewer: Viewer, body: HidePostRequest) -> ChangedPostResponse:
    """Hide a post from one's own feeds, or show it again."""
    await effect(operations.set_hidden, viewer, body.post_id, hidden=body.hidden)
    return await _answer(body.post_id)


@blueprint.put("/subscribe")
@API.endpoint()
async def subscribe(viewer: Viewer, body: SubscribePostRequest) -> ChangedPostResponse:
    """Be told of new comments on a post, or no longer."""
    await effect(operations.set_watched, viewer, body.post_id, watched=body.subscribe)
    return await _answer(body.post_id)


@blueprint.post("/mark_as_read")
@API.endpoint()
async def mark_as_read(viewer: Viewer, body: MarkPostAsReadRequest) -> SuccessResponse:
    """Note that posts were read, or not."""
    post_ids = [*body.post_ids, *([body.post_id] if body.post_id is not None else [])]
    await effect(operations.mark_read, viewer, post_ids, read=body.read)
    return {"success": True}


async def _answer(post_id: int) -> ChangedPostResponse:
    origin = resources().config.site.base_url
    async with resources().database.read() as db:
        post = await queries.post_by_id(db, current_viewer(), post_id)
        twins = await queries.cross_posts_of(db, current_viewer(), post)
        answer: ChangedPostResponse = {
            "post_view": post_view(origin, post, twins),
            "cross_posts": [post_view(origin, row) for row in twins],
        }
        with suppress(NotFound):
            head = await communities.head_by_id(db, current_viewer(), post.community.id)
            answer = {**answer, **_beside(origin, head)}
    return answer


def _beside(origin: str, head: communities.CommunityHead) -> PostsCommunity:
    return {
        "community_view": community_view(origin, head.detail),
        "moderators": [moderator_view(origin, head.detail.community, row) for row in head.moderators],
    }
