"""What somebody does with posts for themselves: votes, bookmarks, hiding, watching, reading."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from service.forum import polls, votes
from service.forum.accounts.viewer import Viewer
from service.forum.posts import operations
from service.http.answer import (
    Id,
)
from service.http.api.contract import API
from service.http.api.posts.answers import ChangedPostResponse, SuccessResponse, changed_post
from service.http.api.posts.blueprint import blueprint
from service.http.passing.idempotency_key import effect


class LikePostRequest(msgspec.Struct):
    """A vote on a post, and the emoji that says it."""

    post_id: Id
    score: Literal[-1, 0, 1]
    emoji: str | None = None


class PollVoteRequest(msgspec.Struct):
    """What somebody chooses in a poll."""

    post_id: Id
    choice_id: Annotated[list[Id], Meta(max_length=100)]


class SavePostRequest(msgspec.Struct):
    """Whether a post is bookmarked."""

    post_id: Id
    save: bool


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


@blueprint.post("/like")
@API.endpoint(limited="vote")
async def like(viewer: Viewer, body: LikePostRequest) -> ChangedPostResponse:
    """Vote on a post; 0 takes the vote back."""
    await effect(votes.vote_on_post, viewer, body.post_id, body.score, emoji=body.emoji)
    return await changed_post(body.post_id)


@blueprint.post("/poll_vote")
@API.endpoint(limited="vote")
async def vote_in_poll(viewer: Viewer, body: PollVoteRequest) -> ChangedPostResponse:
    """Choose in a poll."""
    await effect(polls.vote, viewer, body.post_id, body.choice_id)
    return await changed_post(body.post_id)


@blueprint.put("/save")
@API.endpoint()
async def save(viewer: Viewer, body: SavePostRequest) -> ChangedPostResponse:
    """Bookmark a post, or forget the bookmark."""
    await effect(operations.set_saved, viewer, body.post_id, saved=body.save)
    return await changed_post(body.post_id)


@blueprint.post("/hide")
@API.endpoint()
async def hide(viewer: Viewer, body: HidePostRequest) -> ChangedPostResponse:
    """Hide a post from one's own feeds, or show it again."""
    await effect(operations.set_hidden, viewer, body.post_id, hidden=body.hidden)
    return await changed_post(body.post_id)


@blueprint.put("/subscribe")
@API.endpoint()
async def subscribe(viewer: Viewer, body: SubscribePostRequest) -> ChangedPostResponse:
    """Be told of new comments on a post, or no longer."""
    await effect(operations.set_watched, viewer, body.post_id, watched=body.subscribe)
    return await changed_post(body.post_id)


@blueprint.post("/mark_as_read")
@API.endpoint()
async def mark_as_read(viewer: Viewer, body: MarkPostAsReadRequest) -> SuccessResponse:
    """Note that posts were read, or not."""
    post_ids = [*body.post_ids, *([body.post_id] if body.post_id is not None else [])]
    await effect(operations.mark_read, viewer, post_ids, read=body.read)
    return {"success": True}
