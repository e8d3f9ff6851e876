"""The labels that a community offers for posts, and the words that a member shows beside their name in it."""

from typing import Any

from quart import Response

from service.forum.accounts import operations as accounts
from service.forum.accounts.queries import own_flair
from service.forum.accounts.rules import FLAIR_LENGTH
from service.forum.accounts.viewer import signed_in
from service.forum.errors import ForumError, NotFound
from service.forum.flairs import operations
from service.forum.flairs.operations import FlairChanges, NewFlair
from service.forum.flairs.rules import BACKGROUND_COLOR, TEXT_COLOR, TITLE_LENGTH, full_color
from service.http.context import current_viewer, resources
from service.http.web.communities import find
from service.http.web.frame.fields import Color, Form, Line, Switch
from service.http.web.frame.forms import SHOWN_IN_FORM, go, posted, show_form
from service.http.web.frame.helpers import community_path
from service.http.web.moderation.blueprint import blueprint
from service.http.web.moderation.place import Place, head_of, place_here
from service.language import _

SECTION = "/flair"

FLAIR = Form(
    Line("flair_title", _("Text"), required=True, most=TITLE_LENGTH),
    Color("background_color", _("Background colour")),
    Color("text_color", _("Text colour")),
    Switch("blur_images", _("Blur images on posts with this flair")),
)
OWN_FLAIR = Form(
    Line("flair_text", _("Text next to your name"), _("Leave empty to show none."), most=FLAIR_LENGTH)
)
NEW = {"text_color": TEXT_COLOR, "background_color": full_color(BACKGROUND_COLOR)}


@blueprint.get("/community/<name>/moderate/flair")
async def flairs(name: str) -> Response:
    """Show the labels of a community."""
    return _show(await place_here(name), NEW)


@blueprint.post("/community/<name>/moderate/flair")
async def add_flair(name: str) -> Response:
    """Make a label."""
    place = await place_here(name)
    form = await posted()
    try:
        said = _columns(FLAIR.read(NEW | form))
        domain = resources().config.site.domain
        await resources().database.write(
            operations.create, place.viewer, NewFlair(community_id=place.id, **said), domain=domain
        )
    except SHOWN_IN_FORM as refusal:
        return _show(place, form, refusal)
    return go(place.to(SECTION), "flair-added")


@blueprint.post("/community/<name>/moderate/flair/<int:flair_id>")
async def edit_flair(name: str, flair_id: int) -> Response:
    """Change a label."""
    place = await place_here(name)
    form = await posted()
    shown = _written(place, flair_id)
    try:
        if changes := _columns(FLAIR.changes(form, shown)):
            await resources().database.write(operations.edit, place.viewer, flair_id, FlairChanges(**changes))
    except SHOWN_IN_FORM as refusal:
        return _show(place, form, refusal, flair_id)
    return go(place.to(SECTION), "saved")


@blueprint.post("/community/<name>/moderate/flair/<int:flair_id>/delete")
async def delete_flair(name: str, flair_id: int) -> Response:
    """Take a label away, from all posts that carry it too."""
    place = await place_here(name)
    await resources().database.write(operations.remove, place.viewer, flair_id)
    return go(place.to(SECTION), "flair-deleted")


@blueprint.get("/community/<name>/my_flair")
async def own_page(name: str) -> Response:
    """Show what the viewer shows beside their name in a community."""
    return await _show_own(name, None)


@blueprint.post("/community/<name>/my_flair")
async def set_own(name: str) -> Response:
    """Show some words beside one's name in a community, or none."""
    viewer = signed_in(current_viewer())
    community = (await find(name)).community
    form = await posted()
    async with resources().database.read() as db:
        shown = {"flair_text": await own_flair(db, viewer, community.id)}
    try:
        if changes := OWN_FLAIR.changes(form, shown):
            await resources().database.write(accounts.set_flair, viewer, community.id, changes["flair_text"])
    except SHOWN_IN_FORM as refusal:
        return await _show_own(name, form, refusal)
    return go(community_path(community), "saved")


def _columns(said: dict[str, Any]) -> dict[str, Any]:
    """What was filled in, by the names that operations know it by."""
    return {name.removeprefix("flair_"): value for name, value in said.items()}


def _written(place: Place, flair_id: int) -> dict[str, Any]:
    """What stands on the form of a label; NotFound if the community has no such one."""
    for flair in place.detail.flairs:
        if flair.id == flair_id:
            return {
                "flair_title": flair.title,
                "text_color": full_color(flair.text_color),
                "background_color": full_color(flair.background_color),
                "blur_images": flair.blur_images,
            }
    raise NotFound(_("This flair doesn't exist."))


async def _show_own(name: str, form: dict[str, str] | None, refusal: ForumError | None = None) -> Response:
    viewer = signed_in(current_viewer())
    community = (await find(name)).community
    if form is None:
        async with resources().database.read() as db:
            form = {"flair_text": await own_flair(db, viewer, community.id)}
    return show_form("moderation/own_flair.html", form, refusal, fields=OWN_FLAIR, community=community)


def _show(
    place: Place, form: dict[str, str], refusal: ForumError | None = None, edited: int | None = None
) -> Response:
    return show_form(
        "moderation/flairs.html",
        form,
        refusal,
        fields=FLAIR,
        **head_of(place, SECTION),
        flairs=place.detail.flairs,
        edited=edited,
        new=form if edited is None else NEW,
    )
