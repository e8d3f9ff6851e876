"""/api/alpha: the labels of a community, and the posts that carry them."""

import msgspec
from msgspec import UNSET, UnsetType
from quart import Blueprint, Response

from service.forum.accounts.viewer import signed_in
from service.forum.communities.queries import head_by_id
from service.forum.flairs import operations, queries
from service.forum.flairs.operations import FlairChanges, NewFlair
from service.forum.flairs.rules import BACKGROUND_COLOR, TEXT_COLOR
from service.forum.posts.queries import post_by_id
from service.http.api.answer import Id, answer, body_as
from service.http.api.shapes.communities import community_view, moderator_view
from service.http.api.shapes.flairs import flair_shape
from service.http.api.shapes.posts import post_view
from service.http.context import resources, viewer

blueprint = Blueprint("api_flairs", __name__, url_prefix="/api/alpha")


class Create(msgspec.Struct):
    """A new flair."""

    community_id: Id
    flair_title: str
    text_color: str = TEXT_COLOR
    background_color: str = BACKGROUND_COLOR
    blur_images: bool = False


class Edit(msgspec.Struct):
    """What is to change in a flair."""

    flair_id: Id
    flair_title: str | UnsetType = UNSET
    text_color: str | UnsetType = UNSET
    background_color: str | UnsetType = UNSET
    blur_images: bool | UnsetType = UNSET


class WhichFlair(msgspec.Struct):
    """One flair."""

    flair_id: Id


class Assign(msgspec.Struct):
    """The flairs that a post is to carry."""

    post_id: Id
    flair_id_list: list[Id] | None = None


@blueprint.post("/community/flair")
async def create() -> Response:
    """Make a flair."""
    known = signed_in(viewer())
    sent = await body_as(Create)
    new = NewFlair(
        community_id=sent.community_id,
        title=sent.flair_title,
        text_color=sent.text_color,
        background_color=sent.background_color,
        blur_images=sent.blur_images,
    )
    domain = resources().config.site.domain
    return await _answer(await resources().database.write(operations.create, known, new, domain=domain))


@blueprint.put("/community/flair")
async def edit() -> Response:
    """Change a flair."""
    known = signed_in(viewer())
    sent = await body_as(Edit)
    changes = FlairChanges(
        title=sent.flair_title,
        text_color=sent.text_color,
        background_color=sent.background_color,
        blur_images=sent.blur_images,
    )
    await resources().database.write(operations.edit, known, sent.flair_id, changes)
    return await _answer(sent.flair_id)


@blueprint.post("/community/flair/delete")
async def delete() -> Response:
    """Take a flair away."""
    known = signed_in(viewer())
    sent = await body_as(WhichFlair)
    community_id = await resources().database.write(operations.remove, known, sent.flair_id)
    origin = resources().config.site.base_url
    async with resources().database.read() as db:
        head = await head_by_id(db, known, community_id)
    community = head.detail.community
    return answer(
        {
            "community_view": community_view(origin, head.detail),
            "discussion_languages": list(head.language_ids),
            "moderators": [moderator_view(origin, community, row) for row in head.moderators],
        }
    )


@blueprint.post("/post/assign_flair")
async def assign() -> Response:
    """Say which flairs a post carries."""
    known = signed_in(viewer())
    sent = await body_as(Assign)
    await resources().database.write(operations.assign, known, sent.post_id, sent.flair_id_list or [])
    async with resources().database.read() as db:
        post = await post_by_id(db, known, sent.post_id)
    return answer(post_view(resources().config.site.base_url, post))


async def _answer(flair_id: int) -> Response:
    async with resources().database.read() as db:
        return answer(flair_shape(await queries.flair_by_id(db, flair_id)))
