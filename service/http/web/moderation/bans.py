"""Who is banned from a community: the list, banning with reason, end and content, and lifting a ban."""

from datetime import date, datetime

from quart import Response, request

from service.forum.communities import operations, queries
from service.forum.communities.rules import REASON_LENGTH
from service.forum.errors import Forbidden, ForumError, Invalid
from service.http.context import resources
from service.http.web.dates import end_of
from service.http.web.frame.fields import Day, Form, Line, Switch
from service.http.web.frame.forms import SHOWN_IN_FORM, go, number_of, on_this_site, posted, show_form
from service.http.web.frame.listing import PAGE, page_after, search_words
from service.http.web.frame.rendering import render
from service.http.web.moderation.blueprint import blueprint
from service.http.web.moderation.place import (
    HANDLE_LENGTH,
    PERSON,
    Place,
    head_of,
    moderated_place,
    person_named,
)
from service.language import _
from service.storage.clock import utcnow

SECTION = "/bans"

BAN = Form(
    PERSON,
    Line(
        "reason",
        _("Reason"),
        _("The person can see it, and it's shown in the moderation log."),
        required=True,
        most=REASON_LENGTH,
    ),
    Day("until", _("Last day of the ban"), _("Leave empty to ban permanently.")),
    Switch("content", _("Remove all their posts and comments here")),
)
LIFTING = Form(Switch("restore"))


@blueprint.get("/community/<name>/moderate/bans")
async def bans(name: str) -> str:
    """Show who is banned from a community, the latest first."""
    place = await moderated_place(name)
    number = number_of(request.args.get("page"))
    async with resources().database.read() as db:
        found = await queries.bans(db, place.viewer, place.id, page=number, size=PAGE)
    path = place.to(SECTION)
    return render(
        "moderation/bans.html",
        **head_of(place, SECTION),
        bans=found.bans,
        now=utcnow(),
        next_url=page_after(path, number, found.has_more),
    )


@blueprint.get("/community/<name>/moderate/bans/new")
async def ban_page(name: str) -> Response:
    """Ask why and until when somebody is to be banned."""
    place = await moderated_place(name)
    form = {"person": search_words("person", HANDLE_LENGTH), "next": request.args.get("next", "")[:2000]}
    return _show(place, form)


@blueprint.post("/community/<name>/moderate/bans/new")
async def ban(name: str) -> Response:
    """Ban somebody from a community."""
    place = await moderated_place(name)
    form = await posted()
    try:
        said = BAN.read(form)
        until = _until(said["until"])
        person = await person_named(said["person"])
        await resources().database.write(
            operations.ban_member,
            place.viewer,
            place.id,
            person.id,
            reason=said["reason"],
            until=until,
            removes_content=said["content"],
        )
    except (*SHOWN_IN_FORM, Forbidden) as refusal:
        return _show(place, form, refusal)
    return go(on_this_site(form.get("next"), place.to(SECTION)), "banned")


@blueprint.post("/community/<name>/moderate/bans/<int:account_id>/lift")
async def lift(name: str, account_id: int) -> Response:
    """Let somebody in again, and bring back what was removed with the ban if that is wanted."""
    place = await moderated_place(name)
    said = LIFTING.read(await posted())
    await resources().database.write(
        operations.unban_member, place.viewer, place.id, account_id, restores_content=said["restore"]
    )
    return go(place.to(SECTION), "unbanned")


def _until(day: date | None) -> datetime | None:
    if day is None:
        return None
    until = end_of(day)
    if until <= utcnow():
        raise Invalid({"until": _("Enter today's date or a later one, or leave this empty.")})
    return until


def _show(place: Place, form: dict[str, str], refusal: ForumError | None = None) -> Response:
    return show_form("moderation/ban.html", form, refusal, fields=BAN, **head_of(place, SECTION))
