"""What moderators do with a post: take it down, lock it, pin it."""

from typing import Literal

import msgspec

from service.forum.accounts.viewer import Viewer
from service.forum.posts import operations
from service.http.answer import (
    Id,
)
from service.http.api.contract import API
from service.http.api.posts.answers import ChangedPostResponse, changed_post
from service.http.api.posts.blueprint import blueprint
from service.http.passing.idempotency_key import effect


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


@blueprint.post("/remove")
@API.endpoint()
async def remove(viewer: Viewer, body: RemovePostRequest) -> ChangedPostResponse:
    """Take a post down as a moderator, or put it up again."""
    await effect(operations.set_removed, viewer, body.post_id, removed=body.removed, reason=body.reason)
    return await changed_post(body.post_id)


@blueprint.post("/lock")
@API.endpoint()
async def lock(viewer: Viewer, body: LockPostRequest) -> ChangedPostResponse:
    """Let a post take no more comments, or again."""
    await effect(operations.set_locked, viewer, body.post_id, locked=body.locked)
    return await changed_post(body.post_id)


@blueprint.post("/feature")
@API.endpoint()
async def feature(viewer: Viewer, body: FeaturePostRequest) -> ChangedPostResponse:
    """Pin a post on top of its community or of the site, or no longer."""
    site_wide = body.feature_type == "Local"
    await effect(operations.set_pinned, viewer, body.post_id, pinned=body.featured, site_wide=site_wide)
    return await changed_post(body.post_id)
