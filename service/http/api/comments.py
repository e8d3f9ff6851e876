"""/api/alpha: comments."""

from typing import Literal

import msgspec
from quart import Blueprint, Response

from service.forum import votes
from service.forum.accounts.viewer import signed_in
from service.forum.comments import operations, queries
from service.forum.comments.operations import NewComment
from service.forum.comments.queries import CommentFeed
from service.forum.feeds.rules import listing_from
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
from service.http.api.shapes.comments import answer_view, comment_view
from service.http.context import resources, viewer
from service.http.limits import limit

blueprint = Blueprint("api_comments", __name__, url_prefix="/api/alpha/comment")


class Listing(msgspec.Struct):
    """A flat page of comments: which ones, and in which order."""

    type_: str = "All"
    sort: str = "New"
    page: PageNumber = 1
    limit: PageSize = 10
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


class Create(msgspec.Struct):
    """A new comment."""

    body: str
    post_id: Id
    parent_id: Id | None = None
    language_id: Id | None = None


class Edit(msgspec.Struct):
    """What is to change in a comment."""

    comment_id: Id
    body: str
    language_id: Id | None = None


class Vote(msgspec.Struct):
    """A vote on a comment."""

    comment_id: Id
    score: Literal[-1, 0, 1]


class Save(msgspec.Struct):
    """Whether a comment is bookmarked."""

    comment_id: Id
    save: bool


class Delete(msgspec.Struct):
    """Whether an author has taken a comment back."""

    comment_id: Id
    deleted: bool


class Remove(msgspec.Struct):
    """Whether a moderator has taken a comment down, and why."""

    comment_id: Id
    removed: bool
    reason: str = ""


class Lock(msgspec.Struct):
    """Whether a comment takes no more answers."""

    comment_id: Id
    locked: bool


class Subscribe(msgspec.Struct):
    """Whether one is told of answers to a comment."""

    comment_id: Id
    subscribe: bool


class MarkAnswer(msgspec.Struct):
    """Whether a comment answers the question of its post."""

    comment_reply_id: Id
    answer: bool


class Distinguish(msgspec.Struct):
    """Whether a comment speaks for the moderators."""

    comment_reply_id: Id
    distinguished: bool


@blueprint.get("/list")
async def get_list() -> Response:
    """Return a flat page of comments."""
    wanted = query_as(Listing)
    async with resources().database.read() as db:
        page = await queries.page_of_comments(
            db,
            viewer(),
            CommentFeed(
                listing=listing_from(wanted.type_),
                post_id=wanted.post_id,
                parent_id=wanted.parent_id,
                person_id=wanted.person_id,
                community_id=wanted.community_id,
                max_depth=wanted.max_depth,
                saved=wanted.saved_only,
                liked=wanted.liked_only,
            ),
            queries.sort_from(wanted.sort),
            limit=page_size(wanted.limit),
            page=wanted.page,
        )
    origin = resources().config.site.base_url
    return answer(
        {
            "comments": [comment_view(origin, row) for row in page.comments],
            "next_page": next_page(wanted.page, page.has_more),
        }
    )


@blueprint.get("")
async def get_one() -> Response:
    """Return a comment."""
    return await _answer(query_as(WhichComment).id)


@blueprint.post("")
async def create() -> Response:
    """Publish a comment."""
    known = signed_in(viewer())
    await limit("publish")
    sent = await body_as(Create)
    new = NewComment(
        post_id=sent.post_id, body=sent.body, parent_id=sent.parent_id, language_id=sent.language_id
    )
    made = await resources().database.write(
        operations.publish, known, new, domain=resources().config.site.domain
    )
    return await _answer(made.comment_id)


@blueprint.put("")
async def edit() -> Response:
    """Change the text of a comment."""
    known = signed_in(viewer())
    sent = await body_as(Edit)
    domain = resources().config.site.domain
    await resources().database.write(operations.edit, known, sent.comment_id, sent.body, domain=domain)
    return await _answer(sent.comment_id)


@blueprint.post("/like")
async def like() -> Response:
    """Vote on a comment; 0 takes the vote back."""
    known = signed_in(viewer())
    await limit("vote")
    sent = await body_as(Vote)
    await resources().database.write(votes.vote_on_comment, known, sent.comment_id, sent.score)
    return await _answer(sent.comment_id)


@blueprint.put("/save")
async def save() -> Response:
    """Bookmark a comment, or forget the bookmark."""
    known = signed_in(viewer())
    sent = await body_as(Save)
    await resources().database.write(operations.set_saved, known, sent.comment_id, saved=sent.save)
    return await _answer(sent.comment_id)


@blueprint.post("/delete")
async def delete() -> Response:
    """Take one's own comment back, or bring it back."""
    known = signed_in(viewer())
    sent = await body_as(Delete)
    await resources().database.write(operations.set_deleted, known, sent.comment_id, deleted=sent.deleted)
    return await _answer(sent.comment_id)


@blueprint.post("/remove")
async def remove() -> Response:
    """Take a comment down as a moderator, or put it up again."""
    known = signed_in(viewer())
    sent = await body_as(Remove)
    await resources().database.write(
        operations.set_removed, known, sent.comment_id, removed=sent.removed, reason=sent.reason
    )
    return await _answer(sent.comment_id)


@blueprint.post("/lock")
async def lock() -> Response:
    """Let a comment take no more answers, or again."""
    known = signed_in(viewer())
    sent = await body_as(Lock)
    await resources().database.write(operations.set_locked, known, sent.comment_id, locked=sent.locked)
    return await _answer(sent.comment_id)


@blueprint.put("/subscribe")
async def subscribe() -> Response:
    """Be told of answers to a comment, or no longer."""
    known = signed_in(viewer())
    sent = await body_as(Subscribe)
    await resources().database.write(operations.set_watched, known, sent.comment_id, watched=sent.subscribe)
    return await _answer(sent.comment_id)


@blueprint.post("/mark_as_answer")
async def mark_as_answer() -> Response:
    """Mark a comment as an answer to the question of its post, or no longer."""
    known = signed_in(viewer())
    sent = await body_as(MarkAnswer)
    comment_id = sent.comment_reply_id
    await resources().database.write(operations.set_answer, known, comment_id, answer=sent.answer)
    async with resources().database.read() as db:
        comment = await queries.comment_by_id(db, known, comment_id)
    return answer({"comment_reply_view": answer_view(resources().config.site.base_url, comment)})


@blueprint.post("/distinguish")
async def distinguish() -> Response:
    """Let one's own comment speak for the moderators, or no longer."""
    known = signed_in(viewer())
    sent = await body_as(Distinguish)
    comment_id = sent.comment_reply_id
    await resources().database.write(
        operations.set_distinguished, known, comment_id, distinguished=sent.distinguished
    )
    return await _answer(comment_id)


async def _answer(comment_id: int) -> Response:
    async with resources().database.read() as db:
        comment = await queries.comment_by_id(db, viewer(), comment_id)
    return answer({"comment_view": comment_view(resources().config.site.base_url, comment)})
