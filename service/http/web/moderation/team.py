"""Who moderates a community, and who belongs to it."""

from quart import Response, request

from service.forum.communities import operations, queries
from service.forum.errors import Banned, Forbidden, ForumError
from service.http.context import resources
from service.http.web.frame.fields import Form
from service.http.web.frame.forms import SHOWN_IN_FORM, go, number_of, posted, show_form
from service.http.web.frame.helpers import community_path
from service.http.web.frame.listing import PAGE, page_after
from service.http.web.frame.rendering import render
from service.http.web.moderation.blueprint import blueprint
from service.http.web.moderation.place import (
    PERSON,
    Place,
    head_of,
    moderated_place,
    person_named,
    place_here,
)

MODERATORS, MEMBERS = "/moderators", "/subscribers"

APPOINTMENT = Form(PERSON)


@blueprint.get("/community/<name>/moderate/moderators")
async def moderators(name: str) -> Response:
    """Show who moderates a community."""
    return await _show(await moderated_place(name), {})


@blueprint.post("/community/<name>/moderate/moderators")
async def appoint(name: str) -> Response:
    """Make somebody a moderator."""
    place = await moderated_place(name)
    form = await posted()
    try:
        person = await person_named(APPOINTMENT.read(form)["person"])
        await resources().database.write(
            operations.set_moderator, place.viewer, place.id, person.id, added=True
        )
    except (*SHOWN_IN_FORM, Banned) as refusal:
        return await _show(place, form, refusal)
    return go(place.to(MODERATORS), "moderator-added")


@blueprint.post("/community/<name>/moderate/moderators/<int:account_id>/dismiss")
async def dismiss(name: str, account_id: int) -> Response:
    """Take the office from a moderator, or step down."""
    place = await moderated_place(name)
    try:
        await resources().database.write(
            operations.set_moderator, place.viewer, place.id, account_id, added=False
        )
    except Forbidden as refusal:
        return await _show(place, {}, refusal)
    if account_id == place.viewer.id and not place.viewer.runs_the_site:
        return go(community_path(place.detail.community), "stepped-down")
    return go(place.to(MODERATORS), "moderator-dismissed")


@blueprint.post("/community/<name>/moderate/moderators/<int:account_id>/make_owner")
async def make_owner(name: str, account_id: int) -> Response:
    """Hand a community over to one of its moderators."""
    place = await place_here(name)
    await resources().database.write(operations.hand_over, place.viewer, place.id, account_id)
    return go(place.to(MODERATORS), "owner-changed")


@blueprint.get("/community/<name>/moderate/subscribers")
async def members(name: str) -> str:
    """Show who belongs to a community, the newest first."""
    place = await moderated_place(name)
    number = number_of(request.args.get("page"))
    async with resources().database.read() as db:
        found = await queries.members(db, place.viewer, place.id, page=number, size=PAGE)
    path = place.to(MEMBERS)
    return render(
        "moderation/members.html",
        **head_of(place, MEMBERS),
        members=found.items,
        next_url=page_after(path, number, found.has_more),
    )


async def _show(place: Place, form: dict[str, str], refusal: ForumError | None = None) -> Response:
    async with resources().database.read() as db:
        found = await queries.moderators(db, place.id)
    return show_form(
        "moderation/moderators.html",
        form,
        refusal,
        fields=APPOINTMENT,
        **head_of(place, MODERATORS),
        moderators=found,
        may_appoint=place.owns or not place.detail.community.local,
    )
