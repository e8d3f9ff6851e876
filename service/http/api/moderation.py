"""/api/alpha: what moderators of a community do to its people and posts."""

from datetime import datetime
from typing import TypedDict

import msgspec
from quart import Blueprint

from service.forum.accounts.viewer import Viewer
from service.forum.communities import operations, queries
from service.forum.communities.shapes import BanPage
from service.forum.errors import Invalid, NotFound
from service.forum.posts import operations as posts
from service.http.answer import (
    Id,
    PageNumber,
    PageSize,
    naive_utc,
    next_page,
)
from service.http.api.contract import API
from service.http.api.posts.answers import ChangedPostView, changed_post_view
from service.http.api.shapes.communities import (
    CommunityModerationBanItem,
    CommunityModeratorView,
    ban_item,
    moderator_view,
)
from service.http.context import resources
from service.http.passing.idempotency_key import effect
from service.storage.clock import utcnow

blueprint = Blueprint("api_moderation", __name__, url_prefix="/api/alpha")


class ModCommunityRequest(msgspec.Struct):
    """Whether a person moderates a community."""

    community_id: Id
    person_id: Id
    added: bool


class BanListQuery(msgspec.Struct):
    """A page of the bans from a community."""

    community_id: Id
    page: PageNumber = 1
    limit: PageSize = 10


class CommunityModerationBanRequest(msgspec.Struct):
    """Who is banned from a community, why, and until when; without an end for ever."""

    community_id: Id
    user_id: Id
    reason: str
    expires_at: datetime | None = None
    permanent: bool = False


class CommunityModerationUnbanRequest(msgspec.Struct):
    """Whose ban from a community ends."""

    community_id: Id
    user_id: Id


class CommunityModerationNsfwRequest(msgspec.Struct):
    """Whether a post counts as not safe for work."""

    post_id: Id
    nsfw_status: bool


class ModCommunityResponse(TypedDict):
    """Who moderates a community now."""

    moderators: list[CommunityModeratorView]


class CommunityModerationBansListResponse(TypedDict):
    """A page of bans."""

    items: list[CommunityModerationBanItem]
    next_page: str | None


@blueprint.post("/community/mod")
@API.endpoint()
async def appoint(viewer: Viewer, body: ModCommunityRequest) -> ModCommunityResponse:
    """Make a person a moderator of a community, or no longer one."""
    await effect(operations.set_moderator, viewer, body.community_id, body.person_id, added=body.added)
    origin = resources().config.site.base_url
    async with resources().database.read() as db:
        head = await queries.head_by_id(db, viewer, body.community_id)
    community = head.detail.community
    return {"moderators": [moderator_view(origin, community, row) for row in head.moderators]}


@blueprint.get("/community/moderate/bans")
@API.endpoint()
async def get_bans(viewer: Viewer, query: BanListQuery) -> CommunityModerationBansListResponse:
    """Return a page of the people banned from a community."""
    async with resources().database.read() as db:
        page = await queries.bans(db, viewer, query.community_id, page=query.page, size=query.limit)
    origin, now = resources().config.site.base_url, utcnow()
    return {
        "items": [ban_item(origin, page.community, ban, now) for ban in page.bans],
        "next_page": next_page(query.page, page.has_more),
    }


@blueprint.post("/community/moderate/ban")
@API.endpoint()
async def ban(viewer: Viewer, body: CommunityModerationBanRequest) -> CommunityModerationBanItem:
    """Ban a person from a community."""
    await effect(
        operations.ban_member,
        viewer,
        body.community_id,
        body.user_id,
        reason=body.reason,
        until=_end_of(body),
    )
    page = await _ban_of(viewer, body.community_id, body.user_id)
    return ban_item(resources().config.site.base_url, page.community, page.bans[0], utcnow())


@blueprint.put("/community/moderate/unban")
@API.endpoint()
async def unban(viewer: Viewer, body: CommunityModerationUnbanRequest) -> CommunityModerationBanItem:
    """Lift the ban of a person from a community."""
    page = await _ban_of(viewer, body.community_id, body.user_id)
    if not page.bans:
        raise NotFound("This person isn't banned from this community.")
    await effect(operations.unban_member, viewer, body.community_id, body.user_id)
    now = utcnow()
    lifted = msgspec.structs.replace(page.bans[0], until=now)
    return ban_item(resources().config.site.base_url, page.community, lifted, now)


@blueprint.post("/community/moderate/post/nsfw")
@API.endpoint()
async def set_nsfw(viewer: Viewer, body: CommunityModerationNsfwRequest) -> ChangedPostView:
    """Mark a post as not safe for work, or as safe."""
    await effect(posts.set_nsfw, viewer, body.post_id, nsfw=body.nsfw_status)
    return await changed_post_view(body.post_id)


def _end_of(sent: CommunityModerationBanRequest) -> datetime | None:
    if sent.permanent or sent.expires_at is None:
        return None
    end = naive_utc(sent.expires_at, "expires_at")
    if end <= utcnow():
        raise Invalid({"expires_at": "Enter a date in the future."})
    return end


async def _ban_of(viewer: Viewer, community_id: int, account_id: int) -> BanPage:
    async with resources().database.read() as db:
        return await queries.bans(db, viewer, community_id, account_id=account_id, page=1, size=1)
