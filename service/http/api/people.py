"""/api/alpha: what one person is to another: noted, watched, followed, banned."""

from functools import partial
from typing import TypedDict

import msgspec
from quart import Blueprint

from service.forum.accounts import operations, queries
from service.forum.accounts.viewer import Viewer
from service.forum.moderation.content import ban_and_remove_content
from service.http.answer import Id
from service.http.api.contract import API
from service.http.api.shapes.people import PersonView, person_view
from service.http.context import resources
from service.http.passing.idempotency_key import effect

blueprint = Blueprint("api_people", __name__, url_prefix="/api/alpha/user")


class UserSubscribeRequest(msgspec.Struct):
    """Whether one is told of a person's posts."""

    person_id: Id
    subscribe: bool


class UserSetNoteRequest(msgspec.Struct):
    """What only the writer sees of a person."""

    person_id: Id
    note: str | None


class UserSetFlairRequest(msgspec.Struct):
    """The words beside one's name in a community."""

    community_id: Id
    flair_text: str | None = None


class UserFollowRequest(msgspec.Struct):
    """A person to follow, or no longer."""

    user_id: Id


class UserBanRequest(msgspec.Struct):
    """A person who is to be banned from the site, and why."""

    person_id: Id
    reason: str | None = None
    ban_ip_address: bool | None = None
    purge_content: bool | None = None


class UserUnbanRequest(msgspec.Struct):
    """A person who may come in again."""

    person_id: Id


class UserSubscribeResponse(TypedDict):
    """A person, and whether one is told of their posts."""

    person_view: PersonView
    subscribed: bool


class PersonResponse(TypedDict):
    """A person."""

    person_view: PersonView


class UserFollowResponse(TypedDict):
    """What came of it: following, pending or unfollowed."""

    ok: str


@blueprint.put("/subscribe")
@API.endpoint()
async def subscribe(viewer: Viewer, body: UserSubscribeRequest) -> UserSubscribeResponse:
    """Be told of a person's posts, or no longer."""
    await effect(operations.set_watched, viewer, body.person_id, watched=body.subscribe)
    return {"person_view": await _view(viewer, body.person_id), "subscribed": body.subscribe}


@blueprint.post("/note")
@API.endpoint()
async def set_note(viewer: Viewer, body: UserSetNoteRequest) -> PersonResponse:
    """Write down something about a person."""
    await effect(operations.set_note, viewer, body.person_id, body.note)
    return {"person_view": await _view(viewer, body.person_id)}


@blueprint.post("/set_flair")
@API.endpoint()
async def set_flair(viewer: Viewer, body: UserSetFlairRequest) -> PersonResponse:
    """Show some words beside one's name in a community."""
    flair = await effect(operations.set_flair, viewer, body.community_id, body.flair_text)
    view = await _view(viewer, viewer.id)
    if flair:
        view["person"]["flair"] = flair
    return {"person_view": view}


@blueprint.post("/follow")
@API.endpoint(limited="vote")
async def follow(viewer: Viewer, body: UserFollowRequest) -> UserFollowResponse:
    """Follow a person, or ask to."""
    accepted = await effect(operations.follow, viewer, body.user_id)
    return {"ok": "following" if accepted else "pending"}


@blueprint.post("/unfollow")
@API.endpoint()
async def unfollow(viewer: Viewer, body: UserFollowRequest) -> UserFollowResponse:
    """Follow a person no longer."""
    await effect(operations.unfollow, viewer, body.user_id)
    return {"ok": "unfollowed"}


@blueprint.post("/ban")
@API.endpoint()
async def ban_person(viewer: Viewer, body: UserBanRequest) -> PersonResponse:
    """Ban a person from the site."""
    banning = operations.ban_with_address if body.ban_ip_address else operations.ban
    reason = body.reason or ""
    ban = partial(
        banning,
        by=viewer,
        account_id=body.person_id,
        reason=reason,
        removes_content=bool(body.purge_content),
    )
    if body.purge_content:
        await effect(ban_and_remove_content, viewer, body.person_id, ban, reason=reason)
    else:
        await effect(ban)
    return {"person_view": await _view(viewer, body.person_id)}


@blueprint.post("/unban")
@API.endpoint()
async def unban_person(viewer: Viewer, body: UserUnbanRequest) -> PersonResponse:
    """Let a person in again."""
    await effect(operations.unban, viewer, body.person_id)
    return {"person_view": await _view(viewer, body.person_id)}


async def _view(viewer: Viewer, person_id: int) -> PersonView:
    async with resources().database.read() as db:
        profile = await queries.profile_by_id(db, viewer, person_id)
    return person_view(resources().config.site.base_url, profile)
