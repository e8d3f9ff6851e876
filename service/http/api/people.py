"""/api/alpha: what one person is to another: noted, watched, followed, banned."""

import msgspec
from quart import Blueprint, Response

from service.forum.accounts import operations, queries
from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.errors import Invalid
from service.http.api.answer import Id, answer, body_as
from service.http.api.shapes.people import person_view
from service.http.api.shapes.values import Shape
from service.http.context import resources, viewer
from service.http.limits import limit

blueprint = Blueprint("api_people", __name__, url_prefix="/api/alpha/user")


class Subscribe(msgspec.Struct):
    """Whether one is told of a person's posts."""

    person_id: Id
    subscribe: bool


class Note(msgspec.Struct):
    """What only the writer sees of a person."""

    person_id: Id
    note: str | None


class Flair(msgspec.Struct):
    """The words beside one's name in a community."""

    community_id: Id
    flair_text: str | None = None


class Whom(msgspec.Struct):
    """A person to follow, or no longer."""

    user_id: Id


class Ban(msgspec.Struct):
    """A person who is to be banned from the site, and why."""

    person_id: Id
    reason: str | None = None
    ban_ip_address: bool | None = None
    purge_content: bool | None = None


class Unban(msgspec.Struct):
    """A person who may come in again."""

    person_id: Id


@blueprint.put("/subscribe")
async def subscribe() -> Response:
    """Be told of a person's posts, or no longer."""
    known = signed_in(viewer())
    sent = await body_as(Subscribe)
    await resources().database.write(operations.set_watched, known, sent.person_id, watched=sent.subscribe)
    return answer({"person_view": await _view(known, sent.person_id), "subscribed": sent.subscribe})


@blueprint.post("/note")
async def set_note() -> Response:
    """Write down something about a person."""
    known = signed_in(viewer())
    sent = await body_as(Note)
    await resources().database.write(operations.set_note, known, sent.person_id, sent.note)
    return answer({"person_view": await _view(known, sent.person_id)})


@blueprint.post("/set_flair")
async def set_flair() -> Response:
    """Show some words beside one's name in a community."""
    known = signed_in(viewer())
    sent = await body_as(Flair)
    flair = await resources().database.write(operations.set_flair, known, sent.community_id, sent.flair_text)
    view = await _view(known, known.id)
    if flair:
        view["person"]["flair"] = flair
    return answer({"person_view": view})


@blueprint.post("/follow")
async def follow() -> Response:
    """Follow a person, or ask to."""
    known = signed_in(viewer())
    await limit("vote")
    sent = await body_as(Whom)
    accepted = await resources().database.write(operations.follow, known, sent.user_id)
    return answer({"ok": "following" if accepted else "pending"})


@blueprint.post("/unfollow")
async def unfollow() -> Response:
    """Follow a person no longer."""
    known = signed_in(viewer())
    sent = await body_as(Whom)
    await resources().database.write(operations.unfollow, known, sent.user_id)
    return answer({"ok": "unfollowed"})


@blueprint.post("/ban")
async def ban_person() -> Response:
    """Ban a person from the site."""
    known = signed_in(viewer())
    sent = await body_as(Ban)
    if sent.purge_content:
        raise Invalid(
            {"purge_content": "Remove what they wrote one by one: it cannot be taken down all at once."}
        )
    ban = operations.ban_with_address if sent.ban_ip_address else operations.ban
    await resources().database.write(ban, known, sent.person_id, reason=sent.reason or "")
    return answer({"person_view": await _view(known, sent.person_id)})


@blueprint.post("/unban")
async def unban_person() -> Response:
    """Let a person in again."""
    known = signed_in(viewer())
    sent = await body_as(Unban)
    await resources().database.write(operations.unban, known, sent.person_id)
    return answer({"person_view": await _view(known, sent.person_id)})


async def _view(known: Viewer, person_id: int) -> Shape:
    async with resources().database.read() as db:
        profile = await queries.profile_by_id(db, known, person_id)
    return person_view(resources().config.site.base_url, profile)
