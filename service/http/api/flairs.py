"""/api/alpha: the labels of a community, and the posts that carry them."""

import msgspec
from msgspec import UNSET, UnsetType
from quart import Blueprint

from service.forum.accounts.viewer import Viewer
from service.forum.communities.queries import head_by_id
from service.forum.flairs import operations, queries
from service.forum.flairs.operations import FlairChanges, NewFlair
from service.forum.flairs.rules import BACKGROUND_COLOR, TEXT_COLOR
from service.http.answer import Id
from service.http.api.contract import API
from service.http.api.posts.answers import ChangedPostView, changed_post_view
from service.http.api.shapes.communities import GetCommunityResponse, community_view, moderator_view
from service.http.api.shapes.flairs import CommunityFlair, flair_shape
from service.http.context import resources
from service.http.passing.idempotency_key import effect

blueprint = Blueprint("api_flairs", __name__, url_prefix="/api/alpha")


class CommunityFlairCreateRequest(msgspec.Struct):
    """A new flair."""

    community_id: Id
    flair_title: str
    text_color: str = TEXT_COLOR
    background_color: str = BACKGROUND_COLOR
    blur_images: bool = False


class CommunityFlairEditRequest(msgspec.Struct):
    """What is to change in a flair."""

    flair_id: Id
    flair_title: str | UnsetType = UNSET
    text_color: str | UnsetType = UNSET
    background_color: str | UnsetType = UNSET
    blur_images: bool | UnsetType = UNSET


class CommunityFlairDeleteRequest(msgspec.Struct):
    """One flair."""

    flair_id: Id


class PostSetFlairRequest(msgspec.Struct):
    """The flairs that a post is to carry."""

    post_id: Id
    flair_id_list: list[Id] | None = None


@blueprint.post("/community/flair")
@API.endpoint()
async def create(viewer: Viewer, body: CommunityFlairCreateRequest) -> CommunityFlair:
    """Make a flair."""
    new = NewFlair(
        community_id=body.community_id,
        title=body.flair_title,
        text_color=body.text_color,
        background_color=body.background_color,
        blur_images=body.blur_images,
    )
    domain = resources().config.site.domain
    return await _answer(await effect(operations.create, viewer, new, domain=domain))


@blueprint.put("/community/flair")
@API.endpoint()
async def edit(viewer: Viewer, body: CommunityFlairEditRequest) -> CommunityFlair:
    """Change a flair."""
    changes = FlairChanges(
        title=body.flair_title,
        text_color=body.text_color,
        background_color=body.background_color,
        blur_images=body.blur_images,
    )
    await effect(operations.edit, viewer, body.flair_id, changes)
    return await _answer(body.flair_id)


@blueprint.post("/community/flair/delete")
@API.endpoint()
async def delete(viewer: Viewer, body: CommunityFlairDeleteRequest) -> GetCommunityResponse:
    """Take a flair away."""
    community_id = await effect(operations.remove, viewer, body.flair_id)
    origin = resources().config.site.base_url
    async with resources().database.read() as db:
        head = await head_by_id(db, viewer, community_id)
    community = head.detail.community
    return {
        "community_view": community_view(origin, head.detail),
        "discussion_languages": list(head.language_ids),
        "moderators": [moderator_view(origin, community, row) for row in head.moderators],
    }


@blueprint.post("/post/assign_flair")
@API.endpoint()
async def assign(viewer: Viewer, body: PostSetFlairRequest) -> ChangedPostView:
    """Say which flairs a post carries."""
    await effect(operations.assign, viewer, body.post_id, body.flair_id_list or [])
    return await changed_post_view(body.post_id)


async def _answer(flair_id: int) -> CommunityFlair:
    async with resources().database.read() as db:
        return flair_shape(await queries.flair_by_id(db, flair_id))
