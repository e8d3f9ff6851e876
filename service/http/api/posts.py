"""/api/alpha: posts and feeds."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType
from quart import Blueprint, Response

from service.forum import votes
from service.forum.accounts.viewer import signed_in
from service.forum.comments.queries import comment_by_id, tree_of_comments
from service.forum.comments.queries import sort_from as comment_sort_from
from service.forum.communities import queries as communities
from service.forum.errors import Invalid
from service.forum.feeds.queries import page_of_posts
from service.forum.feeds.rules import Feed, listing_from, sort_from
from service.forum.posts import operations, queries
from service.forum.posts.operations import NewPost, PostChanges
from service.forum.posts.shapes import PostPage
from service.http.api.answer import (
    Depth,
    Id,
    PageNumber,
    PageSize,
    answer,
    body_as,
    next_page,
    page_size,
    query_as,
)
from service.http.api.polls import EventSent, PollSent
from service.http.api.shapes.comments import reply_view
from service.http.api.shapes.communities import community_view, moderator_view
from service.http.api.shapes.posts import post_view
from service.http.context import resources, viewer
from service.http.limits import limit

blueprint = Blueprint("api_posts", __name__, url_prefix="/api/alpha/post")


class Selection(msgspec.Struct, kw_only=True):
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


class Listing(Selection, kw_only=True):
    """A page of posts, by its number."""

    page: PageNumber = 1


class CursorListing(Selection, kw_only=True):
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
    limit: PageSize = 20


class Create(msgspec.Struct):
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


class Edit(msgspec.Struct):
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


class Vote(msgspec.Struct):
    """A vote on a post."""

    post_id: Id
    score: Literal[-1, 0, 1]


class Save(msgspec.Struct):
    """Whether a post is bookmarked."""

    post_id: Id
    save: bool


class Delete(msgspec.Struct):
    """Whether an author has taken a post back."""

    post_id: Id
    deleted: bool


class Remove(msgspec.Struct):
    """Whether a moderator has taken a post down, and why."""

    post_id: Id
    removed: bool
    reason: str = ""


class Lock(msgspec.Struct):
    """Whether a post takes no more comments."""

    post_id: Id
    locked: bool


class Feature(msgspec.Struct):
    """Whether a post is pinned, and on top of what."""

    post_id: Id
    featured: bool
    feature_type: Literal["Community", "Local"] = "Community"


class Hide(msgspec.Struct):
    """Whether a post is hidden from one's own feeds."""

    post_id: Id
    hidden: bool


class Subscribe(msgspec.Struct):
    """Whether one is told of new comments on a post."""

    post_id: Id
    subscribe: bool


class MarkRead(msgspec.Struct):
    """Posts that were read, or not."""

    read: bool
    post_id: Id | None = None
    post_ids: list[Id] = []


@blueprint.get("/list")
async def get_list() -> Response:
    """Return a page of posts."""
    wanted = query_as(Listing)
    page = await _page(wanted, number=wanted.page)
    return _listed(page, next_page(wanted.page, page.has_more))


@blueprint.get("/list2")
async def get_list_by_cursor() -> Response:
    """Return a page of posts that begins right below the page before, whatever arrived meanwhile."""
    wanted = query_as(CursorListing)
    page = await _page(wanted, cursor=wanted.page or None)
    return _listed(page, page.next_cursor)


async def _page(wanted: Selection, *, number: int = 1, cursor: str | None = None) -> PostPage:
    async with resources().database.read() as db:
        community_id = wanted.community_id
        if wanted.community_name:
            domain = resources().config.site.domain
            named = await communities.by_name(db, viewer(), wanted.community_name, domain=domain)
            community_id = named.community.id
        return await page_of_posts(
            db,
            viewer(),
            _feed(wanted, community_id),
            sort_from(wanted.sort),
            limit=page_size(wanted.limit),
            page=number,
            cursor=cursor,
        )


def _listed(page: PostPage, following: str | None) -> Response:
    origin = resources().config.site.base_url
    return answer({"posts": [post_view(origin, row) for row in page.posts], "next_page": following})


def _feed(wanted: Selection, community_id: int | None) -> Feed:
    return Feed(
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
async def get_one() -> Response:
    """Return a post with its community, that community's moderators, and the posts of the same address."""
    wanted = query_as(WhichPost)
    origin = resources().config.site.base_url
    async with resources().database.read() as db:
        post = await queries.post_by_id(db, viewer(), wanted.id)
        head = await communities.head_by_id(db, viewer(), post.community.id)
        twins = await queries.cross_posts_of(db, viewer(), post)
    return answer(
        {
            "post_view": post_view(origin, post),
            "community_view": community_view(origin, head.detail),
            "moderators": [moderator_view(origin, head.detail.community, row) for row in head.moderators],
            "cross_posts": [post_view(origin, row) for row in twins],
        }
    )


@blueprint.get("/replies")
async def get_replies() -> Response:
    """Return a page of a post's comments, each with its answers inside it."""
    wanted = query_as(Replies)
    async with resources().database.read() as db:
        if wanted.post_id is not None:
            post = await queries.post_by_id(db, viewer(), wanted.post_id)
        elif wanted.parent_id is not None:
            post = (await comment_by_id(db, viewer(), wanted.parent_id)).post
        else:
            raise Invalid({"post_id": "Give a post_id or a parent_id."})
        page = await tree_of_comments(
            db,
            viewer(),
            post,
            comment_sort_from(wanted.sort),
            limit=page_size(wanted.limit),
            page=wanted.page,
            parent_id=wanted.parent_id,
            max_depth=wanted.max_depth,
        )
    origin = resources().config.site.base_url
    return answer(
        {
            "comments": [reply_view(origin, node) for node in page.nodes],
            "next_page": next_page(wanted.page, page.has_more),
        }
    )


@blueprint.post("")
async def create() -> Response:
    """Publish a post."""
    known = signed_in(viewer())
    await limit("publish")
    sent = await body_as(Create)
    new = NewPost(
        community_id=sent.community_id,
        title=sent.title,
        url=sent.url,
        body=sent.body,
        alt_text=sent.alt_text,
        nsfw=sent.nsfw,
        ai_generated=sent.ai_generated,
        language_id=sent.language_id,
        poll=sent.poll.new() if sent.poll else None,
        occasion=sent.event.occasion() if sent.event else None,
    )
    made = await resources().database.write(
        operations.publish, known, new, domain=resources().config.site.domain
    )
    return await _answer(made.post_id)


@blueprint.put("")
async def edit() -> Response:
    """Change a post."""
    known = signed_in(viewer())
    changes = msgspec.structs.asdict(await body_as(Edit))
    post_id, poll, event = (changes.pop(name) for name in ("post_id", "poll", "event"))
    changes["poll"] = poll.new() if poll else None
    changes["occasion"] = event.occasion() if event else None
    domain = resources().config.site.domain
    await resources().database.write(operations.edit, known, post_id, PostChanges(**changes), domain=domain)
    return await _answer(post_id)


@blueprint.post("/like")
async def like() -> Response:
    """Vote on a post; 0 takes the vote back."""
    known = signed_in(viewer())
    await limit("vote")
    sent = await body_as(Vote)
    await resources().database.write(votes.vote_on_post, known, sent.post_id, sent.score)
    return await _answer(sent.post_id)


@blueprint.put("/save")
async def save() -> Response:
    """Bookmark a post, or forget the bookmark."""
    known = signed_in(viewer())
    sent = await body_as(Save)
    await resources().database.write(operations.set_saved, known, sent.post_id, saved=sent.save)
    return await _answer(sent.post_id)


@blueprint.post("/delete")
async def delete() -> Response:
    """Take one's own post back, or bring it back."""
    known = signed_in(viewer())
    sent = await body_as(Delete)
    await resources().database.write(operations.set_deleted, known, sent.post_id, deleted=sent.deleted)
    return await _answer(sent.post_id)


@blueprint.post("/remove")
async def remove() -> Response:
    """Take a post down as a moderator, or put it up again."""
    known = signed_in(viewer())
    sent = await body_as(Remove)
    await resources().database.write(
        operations.set_removed, known, sent.post_id, removed=sent.removed, reason=sent.reason
    )
    return await _answer(sent.post_id)


@blueprint.post("/lock")
async def lock() -> Response:
    """Let a post take no more comments, or again."""
    known = signed_in(viewer())
    sent = await body_as(Lock)
    await resources().database.write(operations.set_locked, known, sent.post_id, locked=sent.locked)
    return await _answer(sent.post_id)


@blueprint.post("/feature")
async def feature() -> Response:
    """Pin a post on top of its community or of the site, or no longer."""
    known = signed_in(viewer())
    sent = await body_as(Feature)
    site_wide = sent.feature_type == "Local"
    await resources().database.write(
        operations.set_pinned, known, sent.post_id, pinned=sent.featured, site_wide=site_wide
    )
    return await _answer(sent.post_id)


@blueprint.post("/hide")
async def hide() -> Response:
    """Hide a post from one's own feeds, or show it again."""
    known = signed_in(viewer())
    sent = await body_as(Hide)
    await resources().database.write(operations.set_hidden, known, sent.post_id, hidden=sent.hidden)
    return await _answer(sent.post_id)


@blueprint.put("/subscribe")
async def subscribe() -> Response:
    """Be told of new comments on a post, or no longer."""
    known = signed_in(viewer())
    sent = await body_as(Subscribe)
    await resources().database.write(operations.set_watched, known, sent.post_id, watched=sent.subscribe)
    return await _answer(sent.post_id)


@blueprint.post("/mark_as_read")
async def mark_as_read() -> Response:
    """Note that posts were read, or not."""
    known = signed_in(viewer())
    sent = await body_as(MarkRead)
    post_ids = [*sent.post_ids, *([sent.post_id] if sent.post_id is not None else [])]
    await resources().database.write(operations.mark_read, known, post_ids, read=sent.read)
    return answer({"success": True})


async def _answer(post_id: int) -> Response:
    async with resources().database.read() as db:
        post = await queries.post_by_id(db, viewer(), post_id)
    return answer({"post_view": post_view(resources().config.site.base_url, post)})
