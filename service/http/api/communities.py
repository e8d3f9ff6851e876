"""/api/alpha: communities."""

from typing import Any, TypedDict

import msgspec
from msgspec import UNSET, UnsetType
from quart import Blueprint

from service.forum.accounts.keys import make_keys
from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.attachments.queries import own_picture
from service.forum.communities import operations, queries
from service.forum.communities.choices import CommunitySort
from service.forum.communities.operations import NewCommunity
from service.forum.errors import Invalid
from service.forum.feeds.choices import Listing
from service.forum.feeds.operations import leave_everything
from service.http.answer import Id, PageNumber, PageSize, next_page
from service.http.api import words
from service.http.api.contract import API
from service.http.api.own import wanted_listing
from service.http.api.shapes.communities import (
    CommunityResponse,
    CommunityView,
    GetCommunityResponse,
    community_view,
    moderator_view,
)
from service.http.api.shapes.me import MyUserInfo
from service.http.api.site import my_user
from service.http.context import current_viewer, resources
from service.http.passing.idempotency_key import effect
from service.http.passing.strangers import same_for_strangers

blueprint = Blueprint("api_communities", __name__, url_prefix="/api/alpha/community")

# The contract's address of a picture -> the forum's name for its file.
PICTURES = {"icon_url": "icon_id", "banner_url": "banner_id"}


class WhichCommunity(msgspec.Struct):
    """One community, by id or by name."""

    id: Id | None = None
    name: str | None = None


class CommunityListQuery(msgspec.Struct):
    """A page of communities."""

    type_: words.Listing = "All"
    sort: words.AnyCommunitySort = "Hot"
    page: PageNumber = 1
    limit: PageSize = 10
    show_nsfw: bool = False


class CommunityFields(msgspec.Struct, kw_only=True):
    """What may be said of a community; what is not sent stays, or is as usual."""

    description: str | UnsetType = UNSET
    rules: str | UnsetType = UNSET
    nsfw: bool | UnsetType = UNSET
    local_only: bool | UnsetType = UNSET
    restricted_to_mods: bool | UnsetType = UNSET
    question_answer: bool | UnsetType = UNSET
    discussion_languages: list[Id] | UnsetType = UNSET
    icon_url: str | UnsetType | None = UNSET
    banner_url: str | UnsetType | None = UNSET


class CreateCommunityRequest(CommunityFields, kw_only=True):
    """A new community."""

    name: str
    title: str


class EditCommunityRequest(CommunityFields, kw_only=True):
    """What is to change in a community."""

    community_id: Id
    title: str | UnsetType = UNSET


class FollowCommunityRequest(msgspec.Struct):
    """Join or leave."""

    community_id: Id
    follow: bool


class SubscribeCommunityRequest(msgspec.Struct):
    """Whether one is told of new posts in a community."""

    community_id: Id
    subscribe: bool


class DeleteCommunityRequest(msgspec.Struct):
    """Whether a community is deleted."""

    community_id: Id
    deleted: bool


class BlockCommunityRequest(msgspec.Struct):
    """See nothing of it, or see it again."""

    community_id: Id
    block: bool


class ListCommunitiesResponse(TypedDict):
    """A page of communities."""

    communities: list[CommunityView]
    next_page: str | None


class BlockCommunityResponse(TypedDict):
    """A community, and whether it is blocked now."""

    community_view: CommunityView
    blocked: bool


@blueprint.get("")
@same_for_strangers
@API.endpoint()
async def get_one(query: WhichCommunity) -> GetCommunityResponse:
    """Return a community with its moderators."""
    origin, domain = resources().config.site.base_url, resources().config.site.domain
    async with resources().database.read() as db:
        if query.id is not None:
            head = await queries.head_by_id(db, current_viewer(), query.id)
        elif query.name:
            head = await queries.head_by_name(db, current_viewer(), query.name, domain=domain)
        else:
            raise Invalid({"id": "Give an id or a name."})
    moderators = [moderator_view(origin, head.detail.community, row) for row in head.moderators]
    return {
        "community_view": community_view(origin, head.detail),
        "moderators": moderators,
        "discussion_languages": list(head.language_ids),
    }


@blueprint.get("/list")
@API.endpoint()
async def get_list(query: CommunityListQuery) -> ListCommunitiesResponse:
    """Return a page of communities."""
    async with resources().database.read() as db:
        page = await queries.listing(
            db,
            current_viewer(),
            which=_wanted(query.type_),
            sort=CommunitySort.named(query.sort, CommunitySort.ACTIVE),
            show_nsfw=query.show_nsfw,
            page=query.page,
            size=query.limit,
        )
    origin = resources().config.site.base_url
    return {
        "communities": [community_view(origin, row) for row in page.communities],
        "next_page": next_page(query.page, page.has_more),
    }


@blueprint.post("")
@API.endpoint(limited="create_community")
async def create(viewer: Viewer, body: CreateCommunityRequest) -> CommunityResponse:
    """Make a community."""
    new = NewCommunity(keys=await make_keys(), **await _settings(viewer, body))
    made = await effect(operations.create, viewer, new, domain=resources().config.site.domain)
    return await _view(made.community_id)


@blueprint.put("")
@API.endpoint()
async def edit(viewer: Viewer, body: EditCommunityRequest) -> CommunityResponse:
    """Change a community."""
    changes = await _settings(viewer, body)
    community_id = changes.pop("community_id")
    domain = resources().config.site.domain
    await effect(operations.edit, viewer, community_id, changes, domain=domain)
    return await _view(community_id)


@blueprint.post("/follow")
@API.endpoint()
async def follow(viewer: Viewer, body: FollowCommunityRequest) -> CommunityResponse:
    """Join a community, or leave it."""
    if body.follow:
        await effect(operations.join, viewer, body.community_id)
        return await _view(body.community_id)
    left = await effect(operations.leave, viewer, body.community_id)
    return await _view(body.community_id, left=left)


@blueprint.post("/leave_all")
@API.endpoint()
async def leave_all(viewer: Viewer) -> MyUserInfo:
    """Leave all communities that one does not moderate, and all feeds that are not one's own."""
    await effect(leave_everything, viewer)
    return await my_user(viewer)


@blueprint.put("/subscribe")
@API.endpoint()
async def subscribe(viewer: Viewer, body: SubscribeCommunityRequest) -> CommunityResponse:
    """Be told of new posts in a community, or no longer."""
    await effect(operations.set_watched, viewer, body.community_id, watched=body.subscribe)
    return await _view(body.community_id)


@blueprint.post("/delete")
@API.endpoint()
async def delete(viewer: Viewer, body: DeleteCommunityRequest) -> CommunityResponse:
    """Delete a community, or restore it."""
    await effect(operations.set_deleted, viewer, body.community_id, deleted=body.deleted)
    return await _view(body.community_id)


@blueprint.post("/block")
@API.endpoint()
async def block(viewer: Viewer, body: BlockCommunityRequest) -> BlockCommunityResponse:
    """See nothing of a community, or see it again."""
    await effect(operations.set_blocked, viewer, body.community_id, blocked=body.block)
    view = (await _view(body.community_id))["community_view"]
    return {"community_view": view, "blocked": body.block}


async def _settings(viewer: Viewer, sent: CommunityFields) -> dict[str, Any]:
    """Return what was sent by the forum's names."""
    given = {name: value for name, value in msgspec.structs.asdict(sent).items() if value is not UNSET}
    if "discussion_languages" in given:
        given["language_ids"] = tuple(given.pop("discussion_languages"))
    domain = resources().config.site.domain
    async with resources().database.read() as db:
        for field, name in PICTURES.items():
            if field in given:
                given[name] = await own_picture(db, viewer, field, given.pop(field), domain=domain)
    return given


async def _view(community_id: int, *, left: bool = False) -> CommunityResponse:
    read = queries.head_of_left if left else queries.head_by_id
    async with resources().database.read() as db:
        head = await read(db, signed_in(current_viewer()), community_id)
    return {
        "community_view": community_view(resources().config.site.base_url, head.detail),
        "discussion_languages": list(head.language_ids),
    }


def _wanted(word: str) -> Listing:
    """Return which communities are meant; none are what nobody moderates."""
    listing = Listing.named(word, Listing.ALL)
    return listing if listing is Listing.MODERATING else wanted_listing(word)
