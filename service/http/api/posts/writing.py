"""Publishing a post, changing it, taking it back."""

import msgspec
from msgspec import UNSET, UnsetType

from service.forum.accounts.viewer import Viewer
from service.forum.posts import operations
from service.forum.posts.operations import NewPost, PostChanges
from service.forum.posts.rules import checked_body
from service.http.answer import (
    Id,
)
from service.http.api.contract import API
from service.http.api.polls import EventSent, PollSent
from service.http.api.posts.answers import ChangedPostResponse, changed_post
from service.http.api.posts.blueprint import blueprint
from service.http.context import resources
from service.http.passing.idempotency_key import effect
from service.http.passing.long_texts import render_ahead


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
    tags: str | UnsetType | None = UNSET
    flair: str | UnsetType | None = UNSET


class DeletePostRequest(msgspec.Struct):
    """Whether an author has taken a post back."""

    post_id: Id
    deleted: bool


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
    await render_ahead(checked_body(new.body))
    made = await effect(operations.publish, viewer, new, domain=resources().config.site.domain)
    return await changed_post(made.post_id)


@blueprint.put("")
@API.endpoint()
async def edit(viewer: Viewer, body: EditPostRequest) -> ChangedPostResponse:
    """Change a post."""
    changes = msgspec.structs.asdict(body)
    post_id, poll, event = (changes.pop(name) for name in ("post_id", "poll", "event"))
    changes["poll"] = poll.new() if poll else None
    changes["event"] = event.details() if event else None
    changes["hashtags"], changes["flairs"] = (_listed(changes.pop(name)) for name in ("tags", "flair"))
    domain = resources().config.site.domain
    await render_ahead(checked_body(body.body or ""))
    await effect(operations.edit, viewer, post_id, PostChanges(**changes), domain=domain)
    return await changed_post(post_id)


@blueprint.post("/delete")
@API.endpoint()
async def delete(viewer: Viewer, body: DeletePostRequest) -> ChangedPostResponse:
    """Take one's own post back, or bring it back."""
    await effect(operations.set_deleted, viewer, body.post_id, deleted=body.deleted)
    return await changed_post(body.post_id)


def _listed(words: str | UnsetType | None) -> tuple[str, ...] | UnsetType:
    """Return what is separated by commas; null takes all away."""
    if words is UNSET:
        return UNSET
    return tuple(filter(None, (word.strip() for word in (words or "").split(","))))
