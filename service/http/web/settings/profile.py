"""What others see of somebody: their name, words, pictures and labelled lines, and who may find and reach them."""

from typing import Literal

from quart import Response

from service.forum.accounts import operations, queries
from service.forum.accounts.choices import MessageAcceptance
from service.forum.accounts.operations import ExtraFieldChange, SettingsChange
from service.forum.accounts.rules import ABOUT_LENGTH, EXTRA_FIELD_LENGTH, EXTRA_FIELDS_MAX, TITLE_LENGTH
from service.forum.accounts.shapes import ExtraField
from service.forum.accounts.viewer import signed_in
from service.forum.errors import ForumError, Invalid
from service.http.context import current_viewer, resources
from service.http.passing.bodies.policy import a_form_with_files, takes
from service.http.web.frame.fields import Area, Form, Line, Picture, Select, Switch
from service.http.web.frame.forms import SHOWN_IN_FORM, go, posted, show_form, take_image
from service.http.web.settings.blueprint import SETTINGS, blueprint, save, shown, stored_settings
from service.language import _

PROFILE = Form(
    Line("title", _("Display name"), most=TITLE_LENGTH, fills="nickname"),
    Area("about", _("About you"), most=ABOUT_LENGTH, written=True),
)
REACH = Form(
    Select("accept_private_messages", _("Who can send you messages"), offered=MessageAcceptance),
    Switch("manually_approves_followers", _("Approve new followers manually")),
    Switch("searchable", _("Show me in search results on this site")),
    Switch("indexable", _("Let search engines index my posts and comments")),
    Switch(
        "bot", _("This account is a bot"), _("Posts and comments are made by a program and labelled as such.")
    ),
)
PICTURES = {
    "avatar": Picture("image", _("Profile picture"), required=None),
    "cover": Picture("cover", _("Banner"), _("A wide image shown above your profile."), required=None),
}


def _line(at: int) -> tuple[Line, Line]:
    return (
        Line(f"label{at}", _("Label"), required=None, most=EXTRA_FIELD_LENGTH),
        Line(f"text{at}", _("Text"), required=None, most=EXTRA_FIELD_LENGTH),
    )


LINES = Form(*(field for at in range(EXTRA_FIELDS_MAX) for field in _line(at)))
DRAWN = Form(*PROFILE, *REACH, *PICTURES.values(), *LINES)


@blueprint.get(SETTINGS)
async def profile_page() -> Response:
    """Show what others see."""
    return await _show()


@blueprint.post(f"{SETTINGS}/profile")
async def save_profile() -> Response:
    """Change the display name and the text about oneself."""
    return await _save(PROFILE)


@blueprint.post(f"{SETTINGS}/reach")
async def save_reach() -> Response:
    """Change who may find and reach the viewer."""
    return await _save(REACH)


@blueprint.post(f"{SETTINGS}/lines")
async def save_lines() -> Response:
    """Change the labelled lines of the profile."""
    viewer, form = signed_in(current_viewer()), await posted()
    site = resources().config.site
    try:
        changes = _changed_lines(await _lines(), LINES.read(form))
        if changes:
            change = SettingsChange(columns={}, extra_fields=changes)
            await resources().database.write(
                operations.save_settings, viewer, change, domain=site.domain, origin=site.base_url
            )
    except Invalid as refusal:
        return await _show(refusal, LINES.typed(form))
    return go(SETTINGS, "saved")


def _changed_lines(stored: tuple[ExtraField, ...], said: dict[str, str]) -> list[ExtraFieldChange]:
    """What differs from the lines that are stored; one without words goes away."""
    changes = []
    for at in range(EXTRA_FIELDS_MAX):
        label, text = said[f"label{at}"], said[f"text{at}"]
        if at < len(stored):
            if (label, text) != (stored[at].label.strip(), stored[at].text.strip()):
                changes.append(ExtraFieldChange(stored[at].id, label, text))
        elif label and text:
            changes.append(ExtraFieldChange(None, label, text))
    return changes


@blueprint.post(f"{SETTINGS}/picture", defaults={"which": "avatar"})
@blueprint.post(f"{SETTINGS}/cover", defaults={"which": "cover"})
@takes(a_form_with_files())
async def save_picture(which: Literal["avatar", "cover"]) -> Response:
    """Show another picture; a form without a file changes nothing."""
    viewer = signed_in(current_viewer())
    field = PICTURES[which].name
    try:
        file_id = await take_image(viewer, field)
        if file_id is None:
            raise Invalid({field: _("Choose an image.")})
        await resources().database.write(operations.set_picture, viewer, which, file_id)
    except SHOWN_IN_FORM as refusal:
        return await _show(refusal)
    return go(SETTINGS, "saved")


@blueprint.post(f"{SETTINGS}/picture/remove", defaults={"which": "avatar"})
@blueprint.post(f"{SETTINGS}/cover/remove", defaults={"which": "cover"})
async def remove_picture(which: Literal["avatar", "cover"]) -> Response:
    """Show no picture any more."""
    await resources().database.write(operations.set_picture, signed_in(current_viewer()), which, None)
    return go(SETTINGS, "saved")


async def _save(settings: Form) -> Response:
    form = await posted()
    try:
        await save(settings, form)
    except Invalid as refusal:
        return await _show(refusal, settings.typed(form))
    return go(SETTINGS, "saved")


async def _lines() -> tuple[ExtraField, ...]:
    viewer = signed_in(current_viewer())
    async with resources().database.read() as db:
        return (await queries.profile_by_id(db, viewer, viewer.id)).extra_fields


async def _show(refusal: ForumError | None = None, typed: dict[str, str] | None = None) -> Response:
    viewer, stored = signed_in(current_viewer()), await stored_settings()
    async with resources().database.read() as db:
        profile = await queries.profile_by_id(db, viewer, viewer.id)
    lines = {f"label{at}": line.label for at, line in enumerate(profile.extra_fields)}
    lines |= {f"text{at}": line.text for at, line in enumerate(profile.extra_fields)}
    form = shown(stored, PROFILE) | shown(stored, REACH) | lines | (typed or {})
    return show_form(
        "settings/profile.html",
        form,
        refusal,
        fields=DRAWN,
        here="me",
        cover_url=profile.cover_url,
        lines=range(EXTRA_FIELDS_MAX),
    )
