"""/api/alpha: comments."""

from typing import Annotated, Literal, TypedDict

import msgspec
from msgspec import UNSET, UnsetType
from quart import Blueprint

from service.forum import votes
from service.forum.accounts.viewer import Viewer
from service.forum.comments import operations, queries
from service.forum.comments.choices import CommentSort
from service.forum.comments.operations import NewComment
from service.forum.comments.queries import LARGEST_PAGE, LARGEST_THREAD, CommentSelection
from service.forum.comments.rules import checked_body
from service.http.answer import (
    Depth,
    Id,
    PageNumber,
    limiting,
    next_page,
)
from service.http.api import words
from service.http.api.contract import API
from service.http.api.own import check_may_ask_for_own, wanted_listing
from service.http.api.shapes.comments import (
    CommentView,
    GetCommentReplyResponse,
    comment_view,
    inbox_comment_view,
    listed_comment_views,
)
from service.http.api.shapes.people import author_shape
from service.http.context import current_viewer, resources
from service.http.passing.idempotency_key import effect
from service.http.passing.long_texts import render_ahead
from service.http.passing.strangers import same_for_strangers

THREAD_SIZE = f"{LARGEST_THREAD} at most are given of one post, {LARGEST_PAGE} otherwise"

blueprint = Blueprint("api_comments", __name__, url_prefix="/api/alpha/comment")


class CommentListQuery(msgspec.Struct):
    """A flat page of comments: which ones, and in which order."""

    type_: words.AnyListing = "All"
    sort: words.AnyCommentSort = "New"
    page: PageNumber = 1
    limit: Annotated[int, limiting(1, LARGEST_THREAD, THREAD_SIZE)] = 10
    post_id: Id | None = None
    parent_id: Id | None = None
    person_id: Id | None = None
    community_id: Id | None = None
    max_depth: Depth | None = None
    saved_only: bool = False
    liked_only: bool = False


class WhichComment(msgspec.Struct):
    """One comment."""

    id: Id


class CreateCommentRequest(msgspec.Struct):
    """A new comment."""

    body: str
    post_id: Id
    parent_id: Id | None = None
    language_id: Id | None = None


class EditCommentRequest(msgspec.Struct):
    """What is to change in a comment."""

    comment_id: Id
    body: str
    language_id: Id | UnsetType | None = UNSET


class LikeCommentRequest(msgspec.Struct):
    """A vote on a comment, and the emoji that says it."""

    comment_id: Id
    score: Literal[-1, 0, 1]
    emoji: str | None = None


class SaveCommentRequest(msgspec.Struct):
    """Whether a comment is bookmarked."""

    comment_id: Id
    save: bool


class DeleteCommentRequest(msgspec.Struct):
    """Whether an author has taken a comment back."""

    comment_id: Id
    deleted: bool


class RemoveCommentRequest(msgspec.Struct):
    """Whether a moderator has taken a comment down, and why."""

    comment_id: Id
    removed: bool
    reason: str = ""


class LockCommentRequest(msgspec.Struct):
    """Whether a comment takes no more answers."""

    comment_id: Id
    locked: bool


class SubscribeCommentRequest(msgspec.Struct):
    """Whether one is told of answers to a comment."""

    comment_id: Id
    subscribe: bool


class MarkCommentAsAnswerRequest(msgspec.Struct):
    """Whether a comment answers the question of its post."""

    comment_reply_id: Id
    answer: bool


class MarkCommentAsDistinguishedRequest(msgspec.Struct):
    """Whether a comment speaks for the moderators."""

    comment_reply_id: Id
    distinguished: bool


class ListCommentsResponse(TypedDict):
    """A page of comments."""

    comments: list[CommentView]
    next_page: str | None


class GetCommentResponse(TypedDict):
    """A comment."""

    comment_view: CommentView


@blueprint.get("/list")
@same_for_strangers
@API.endpoint()
async def get_list(query: CommentListQuery) -> ListCommentsResponse:
    """Return a flat page of comments."""
    check_may_ask_for_own(saved_only=query.saved_only, liked_only=query.liked_only)
    async with resources().database.read() as db:
        page = await queries.page_of_comments(
            db,
            current_viewer(),
            CommentSelection(
                listing=wanted_listing(query.type_),
                post_id=query.post_id,
                parent_id=query.parent_id,
                person_id=query.person_id,
                community_id=query.community_id,
                max_depth=query.max_depth,
                saved=query.saved_only,
                liked=query.liked_only,
            ),
            CommentSort.named(query.sort, CommentSort.HOT),
            limit=query.limit,
            page=query.page,
        )
    origin = resources().config.site.base_url
    return {
        "comments": listed_comment_views(origin, page.comments),
        "next_page": next_page(query.page, page.has_more),
    }


@blueprint.get("")
@same_for_strangers
@API.endpoint()
async def get_one(query: WhichComment) -> GetCommentResponse:
    """Return a comment."""
    return await _answer(query.id)


@blueprint.post("")
@API.endpoint(limited="publish")
async def create(viewer: Viewer, body: CreateCommentRequest) -> GetCommentResponse:
    """Publish a comment."""
    new = NewComment(
        post_id=body.post_id, body=body.body, parent_id=body.parent_id, language_id=body.language_id
    )
    await render_ahead(checked_body(new.body))
    made = await effect(operations.publish, viewer, new, domain=resources().config.site.domain)
    return await _answer(made.comment_id)


@blueprint.put("")
@API.endpoint()
async def edit(viewer: Viewer, body: EditCommentRequest) -> GetCommentResponse:
    """Change the text of a comment."""
    domain = resources().config.site.domain
    await render_ahead(checked_body(body.body))
    await effect(
        operations.edit,
        viewer,
        body.comment_id,
        body.body,
        language_id=body.language_id,
        domain=domain,
    )
    return await _answer(body.comment_id)


@blueprint.post("/like")
@API.endpoint(limited="vote")
async def like(viewer: Viewer, body: LikeCommentRequest) -> GetCommentResponse:
    """Vote on a comment; 0 takes the vote back."""
    await effect(votes.vote_on_comment, viewer, body.comment_id, body.score, emoji=body.emoji)
    return await _answer(body.comment_id)


@blueprint.put("/save")
@API.endpoint()
async def save(viewer: Viewer, body: SaveCommentRequest) -> GetCommentResponse:
    """Bookmark a comment, or forget the bookmark."""
    await effect(operations.set_saved, viewer, body.comment_id, saved=body.save)
    return await _answer(body.comment_id)


@blueprint.post("/delete")
@API.endpoint()
async def delete(viewer: Viewer, body: DeleteCommentRequest) -> GetCommentResponse:
    """Take one's own comment back, or bring it back."""
    await effect(operations.set_deleted, viewer, body.comment_id, deleted=body.deleted)
    return await _answer(body.comment_id)


@blueprint.post("/remove")
@API.endpoint()
async def remove(viewer: Viewer, body: RemoveCommentRequest) -> GetCommentResponse:
    """Take a comment down as a moderator, or put it up again."""
    await effect(operations.set_removed, viewer, body.comment_id, removed=body.removed, reason=body.reason)
    return await _answer(body.comment_id)


@blueprint.post("/lock")
@API.endpoint()
async def lock(viewer: Viewer, body: LockCommentRequest) -> GetCommentResponse:
    """Let a comment take no more answers, or again."""
    await effect(operations.set_locked, viewer, body.comment_id, locked=body.locked)
    return await _answer(body.comment_id)


@blueprint.put("/subscribe")
@API.endpoint()
async def subscribe(viewer: Viewer, body: SubscribeCommentRequest) -> GetCommentResponse:
    """Be told of answers to a comment, or no longer."""
    await effect(operations.set_watched, viewer, body.comment_id, watched=body.subscribe)
    return await _answer(body.comment_id)


@blueprint.post("/mark_as_answer")
@API.endpoint()
async def mark_as_answer(viewer: Viewer, body: MarkCommentAsAnswerRequest) -> GetCommentReplyResponse:
    """Mark a comment as an answer to the question of its post, or no longer."""
    comment_id = body.comment_reply_id
    await effect(operations.set_answer, viewer, comment_id, answer=body.answer)
    async with resources().database.read() as db:
        comment = await queries.comment_by_id(db, viewer, comment_id)
    origin = resources().config.site.base_url
    asker = author_shape(origin, comment.post.author)
    return {"comment_reply_view": inbox_comment_view(origin, comment, asker, read=True)}


@blueprint.post("/distinguish")
@API.endpoint()
async def distinguish(viewer: Viewer, body: MarkCommentAsDistinguishedRequest) -> GetCommentResponse:
    """Let one's own comment speak for the moderators, or no longer."""
    comment_id = body.comment_reply_id
    await effect(operations.set_distinguished, viewer, comment_id, distinguished=body.distinguished)
    return await _answer(comment_id)


async def _answer(comment_id: int) -> GetCommentResponse:
    async with resources().database.read() as db:
        comment = await queries.comment_by_id(db, current_viewer(), comment_id)
    return {"comment_view": comment_view(resources().config.site.base_url, comment)}
