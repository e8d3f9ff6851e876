"""/api/alpha: communities."""

from typing import Literal

import msgspec
from quart import Blueprint, Response

from service.forum.accounts.keys import make_keys
from service.forum.accounts.viewer import signed_in
from service.forum.communities import operations, queries
from service.forum.communities.operations import CommunityChanges, NewCommunity
from service.forum.errors import Invalid
from service.forum.feeds.operations import unfollow_all
from service.http.api.answer import Id, PageNumber, PageSize, answer, body_as, next_page, page_size, query_as
from service.http.api.shapes.communities import community_view, moderator_view
from service.http.api.shapes.values import Shape
from service.http.api.site import my_user
from service.http.context import resources, viewer
from service.http.limits import limit

blueprint = Blueprint("api_communities", __name__, url_prefix="/api/alpha/community")


class WhichCommunity(msgspec.Struct):
    """One community, by id or by name."""

    id: Id | None = None
    name: str | None = None


class CommunityListing(msgspec.Struct):
    """A page of communities."""

    type_: Literal["All", "Local", "Subscribed", "Popular", "Moderating", "ModeratorView"] = "All"
    sort: str = "Hot"
    page: PageNumber = 1
    limit: PageSize = 10
    show_nsfw: bool = False


class Create(msgspec.Struct):
    """A new community."""

    name: str
    title: str
    description: str = ""
    rules: str = ""
    nsfw: bool = False
    local_only: bool = False
    restricted_to_mods: bool = False
    question_answer: bool = False
    discussion_languages: list[int] = []


class Edit(msgspec.Struct):
    """What is to change in a community."""

    community_id: Id
    title: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    rules: str | msgspec.UnsetType = msgspec.UNSET
    nsfw: bool | msgspec.UnsetType = msgspec.UNSET
    local_only: bool | msgspec.UnsetType = msgspec.UNSET
    restricted_to_mods: bool | msgspec.UnsetType = msgspec.UNSET
    question_answer: bool | msgspec.UnsetType = msgspec.UNSET


class Follow(msgspec.Struct):
    """Join or leave."""

    community_id: Id
    follow: bool


class Subscribe(msgspec.Struct):
    """Whether one is told of new posts in a community."""

    community_id: Id
    subscribe: bool


class Delete(msgspec.Struct):
    """Whether a community is deleted."""

    community_id: Id
    deleted: bool


class Block(msgspec.Struct):
    """See nothing of it, or see it again."""

    community_id: Id
    block: bool


@blueprint.get("")
async def get_one() -> Response:
    """Return a community with its moderators."""
    wanted = query_as(WhichCommunity)
    origin, domain = resources().config.site.base_url, resources().config.site.domain
    async with resources().database.read() as db:
        if wanted.id is not None:
            head = await queries.head_by_id(db, viewer(), wanted.id)
        elif wanted.name:
            head = await queries.head(db, viewer(), wanted.name, domain=domain)
        else:
            raise Invalid({"id": "Give an id or a name."})
    moderators = [moderator_view(origin, head.detail.community, row) for row in head.moderators]
    return answer(
        {
            "community_view": community_view(origin, head.detail),
            "moderators": moderators,
            "discussion_languages": list(head.language_ids),
        }
    )


@blueprint.get("/list")
async def get_list() -> Response:
    """Return a page of communities."""
    wanted = query_as(CommunityListing)
    async with resources().database.read() as db:
        page = await queries.listing(
            db,
            viewer(),
            which=wanted.type_,
            sort=wanted.sort,
            show_nsfw=wanted.show_nsfw,
            page=wanted.page,
            size=page_size(wanted.limit),
        )
    origin = resources().config.site.base_url
    return answer(
        {
            "communities": [community_view(origin, row) for row in page.communities],
            "next_page": next_page(wanted.page, page.has_more),
        }
    )


@blueprint.post("")
async def create() -> Response:
    """Make a community."""
    known = signed_in(viewer())
    await limit("create_community")
    sent = await body_as(Create)
    new = NewCommunity(
        name=sent.name,
        title=sent.title,
        keys=await make_keys(),
        description=sent.description,
        rules=sent.rules,
        nsfw=sent.nsfw,
        local_only=sent.local_only,
        restricted_to_mods=sent.restricted_to_mods,
        question_answer=sent.question_answer,
        language_ids=tuple(sent.discussion_languages),
    )
    made = await resources().database.write(
        operations.create, known, new, domain=resources().config.site.domain
    )
    return await _response(made.community_id)


@blueprint.put("")
async def edit() -> Response:
    """Change a community."""
    known = signed_in(viewer())
    sent = await body_as(Edit)
    changes = msgspec.structs.asdict(sent)
    community_id = changes.pop("community_id")
    domain = resources().config.site.domain
    await resources().database.write(
        operations.edit, known, community_id, CommunityChanges(**changes), domain=domain
    )
    return await _response(community_id)


@blueprint.post("/follow")
async def follow() -> Response:
    """Join a community, or leave it."""
    known = signed_in(viewer())
    sent = await body_as(Follow)
    if sent.follow:
        await resources().database.write(operations.join, known, sent.community_id)
    else:
        await resources().database.write(operations.leave, known, sent.community_id)
    return await _response(sent.community_id)


@blueprint.post("/leave_all")
async def leave_all() -> Response:
    """Leave all communities that one does not moderate, and all feeds that are not one's own."""
    known = signed_in(viewer())
    await resources().database.write(operations.leave_unmoderated, known)
    await resources().database.write(unfollow_all, known)
    return answer(await my_user(known))


@blueprint.put("/subscribe")
async def subscribe() -> Response:
    """Be told of new posts in a community, or no longer."""
    known = signed_in(viewer())
    sent = await body_as(Subscribe)
    await resources().database.write(operations.set_watched, known, sent.community_id, watched=sent.subscribe)
    return await _response(sent.community_id)


@blueprint.post("/delete")
async def delete() -> Response:
    """Delete a community, or restore it."""
    known = signed_in(viewer())
    sent = await body_as(Delete)
    await resources().database.write(operations.set_deleted, known, sent.community_id, deleted=sent.deleted)
    return await _response(sent.community_id)


@blueprint.post("/block")
async def block() -> Response:
    """See nothing of a community, or see it again."""
    known = signed_in(viewer())
    sent = await body_as(Block)
    await resources().database.write(operations.set_blocked, known, sent.community_id, blocked=sent.block)
    view = (await _view(sent.community_id))["community_view"]
    return answer({"community_view": view, "blocked": sent.block})


async def _response(community_id: int) -> Response:
    return answer(await _view(community_id))


async def _view(community_id: int) -> Shape:
    async with resources().database.read() as db:
        head = await queries.head_by_id(db, viewer(), community_id)
    return {
        "community_view": community_view(resources().config.site.base_url, head.detail),
        "discussion_languages": list(head.language_ids),
    }
