"""/api/alpha: what moderators of a community do to its people and posts."""

from datetime import datetime

import msgspec
from quart import Blueprint, Response

from service.forum.accounts.viewer import signed_in
from service.forum.communities import operations, queries
from service.forum.errors import Invalid, NotFound
from service.forum.posts import operations as posts
from service.forum.posts.queries import post_by_id
from service.http.api.answer import (
    Id,
    PageNumber,
    PageSize,
    answer,
    body_as,
    naive_utc,
    next_page,
    page_size,
    query_as,
)
from service.http.api.shapes.communities import ban_item, moderator_view
from service.http.api.shapes.posts import post_view
from service.http.context import resources, viewer
from service.storage.clock import utcnow

blueprint = Blueprint("api_moderation", __name__, url_prefix="/api/alpha")


class Appoint(msgspec.Struct):
    """Whether a person moderates a community."""

    community_id: Id
    person_id: Id
    added: bool


class BanListing(msgspec.Struct):
    """A page of the bans from a community."""

    community_id: Id
    page: PageNumber = 1
    limit: PageSize = 10


class Ban(msgspec.Struct):
    """Who is banned from a community, why, and until when; without an end for ever."""

    community_id: Id
    user_id: Id
    reason: str
    expires_at: datetime | None = None
    permanent: bool = False


class Unban(msgspec.Struct):
    """Whose ban from a community ends."""

    community_id: Id
    user_id: Id


class Nsfw(msgspec.Struct):
    """Whether a post counts as not safe for work."""

    post_id: Id
    nsfw_status: bool


@blueprint.post("/community/mod")
async def appoint() -> Response:
    """Make a person a moderator of a community, or no longer one."""
    known = signed_in(viewer())
    sent = await body_as(Appoint)
    await resources().database.write(
        operations.set_moderator, known, sent.community_id, sent.person_id, added=sent.added
    )
    origin = resources().config.site.base_url
    async with resources().database.read() as db:
        head = await queries.head_by_id(db, known, sent.community_id)
    community = head.detail.community
    return answer({"moderators": [moderator_view(origin, community, row) for row in head.moderators]})


@blueprint.get("/community/moderate/bans")
async def get_bans() -> Response:
    """Return a page of the people banned from a community."""
    known = signed_in(viewer())
    wanted = query_as(BanListing)
    async with resources().database.read() as db:
        page = await queries.bans(
            db, known, wanted.community_id, page=wanted.page, size=page_size(wanted.limit)
        )
    origin, now = resources().config.site.base_url, utcnow()
    return answer(
        {
            "items": [ban_item(origin, page.community, ban, now) for ban in page.bans],
            "next_page": next_page(wanted.page, page.has_more),
        }
    )


@blueprint.post("/community/moderate/ban")
async def ban() -> Response:
    """Ban a person from a community."""
    known = signed_in(viewer())
    sent = await body_as(Ban)
    await resources().database.write(
        operations.ban_member,
        known,
        sent.community_id,
        sent.user_id,
        reason=sent.reason,
        until=_end_of(sent),
    )
    page = await _ban_of(sent.community_id, sent.user_id)
    return answer(ban_item(resources().config.site.base_url, page.community, page.bans[0], utcnow()))


@blueprint.put("/community/moderate/unban")
async def unban() -> Response:
    """Lift the ban of a person from a community."""
    known = signed_in(viewer())
    sent = await body_as(Unban)
    page = await _ban_of(sent.community_id, sent.user_id)
    if not page.bans:
        raise NotFound("They are not banned from this community.")
    await resources().database.write(operations.unban_member, known, sent.community_id, sent.user_id)
    now = utcnow()
    lifted = msgspec.structs.replace(page.bans[0], until=now)
    return answer(ban_item(resources().config.site.base_url, page.community, lifted, now))


@blueprint.post("/community/moderate/post/nsfw")
async def set_nsfw() -> Response:
    """Mark a post as not safe for work, or as safe."""
    known = signed_in(viewer())
    sent = await body_as(Nsfw)
    await resources().database.write(posts.set_nsfw, known, sent.post_id, nsfw=sent.nsfw_status)
    async with resources().database.read() as db:
        post = await post_by_id(db, known, sent.post_id)
    return answer(post_view(resources().config.site.base_url, post))


def _end_of(sent: Ban) -> datetime | None:
    if sent.permanent or sent.expires_at is None:
        return None
    end = naive_utc(sent.expires_at, "expires_at")
    if end <= utcnow():
        raise Invalid({"expires_at": "A ban ends in the future."})
    return end


async def _ban_of(community_id: int, account_id: int) -> queries.BanPage:
    async with resources().database.read() as db:
        return await queries.bans(
            db, signed_in(viewer()), community_id, account_id=account_id, page=1, size=1
        )
