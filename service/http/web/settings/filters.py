"""What the viewer does not want to see, at PieFed's addresses: kinds of posts, and words."""

from typing import Any

import msgspec
from quart import Blueprint, Response

from service.forum.accounts import operations, queries
from service.forum.accounts.choices import AIVisibility, FilterAction, Visibility
from service.forum.accounts.filters import KEYWORDS_LENGTH, TITLE_LENGTH
from service.forum.accounts.operations import FilterChange
from service.forum.accounts.rules import KEYWORD_FILTER_LENGTH
from service.forum.accounts.shapes import Settings
from service.forum.accounts.viewer import signed_in
from service.forum.errors import ForumError, Invalid
from service.http.context import current_viewer, resources
from service.http.web.frame.fields import LARGEST, Area, Day, Form, Line, Number, Select, Switch
from service.http.web.frame.forms import SHOWN_IN_FORM, go, posted, show_form
from service.language import _

blueprint = Blueprint("filters", __name__, url_prefix="/user/settings/filters")

PAGE = "/user/settings/filters"


def _threshold(name: str, label: str) -> Number:
    return Number(name, label, required=True, least=-LARGEST)


KINDS = Form(
    Select("hide_nsfw", _("NSFW posts"), offered=Visibility),
    Select("hide_nsfl", _("Graphic content"), offered=Visibility),
    Select("ignore_bots", _("Posts by bots"), offered=Visibility),
    Select("hide_gen_ai", _("AI-generated posts"), offered=AIVisibility),
    Switch("hide_low_quality", _("Hide posts in low-quality communities")),
    Line(
        "community_keyword_filter",
        _("Hide communities with these words in their names"),
        _("Separated by commas."),
        most=KEYWORD_FILTER_LENGTH,
    ),
    _threshold("reply_collapse_threshold", _("Collapse comments with a score at or below")),
    _threshold("reply_hide_threshold", _("Hide comments with a score at or below")),
)
FILTER = Form(
    Line("title", _("Name"), required=True, most=TITLE_LENGTH[1]),
    Area(
        "keywords",
        _("Words and phrases"),
        _("One per line. Matches whole words and isn't case-sensitive."),
        required=True,
        most=KEYWORDS_LENGTH,
    ),
    Select("hide_type", _("Matching posts and comments"), offered=FilterAction),
    Switch("filter_home", _("Apply to site-wide lists")),
    Switch("filter_posts", _("Apply to communities, topics and feeds")),
    Switch("filter_replies", _("Apply to comments")),
    Day("expire_after", _("Expires on")),
)


@blueprint.get("")
async def index() -> Response:
    """Show what is kept out of the viewer's lists."""
    return await _show()


@blueprint.post("")
async def save() -> Response:
    """Change which kinds of posts and comments are kept out."""
    viewer = signed_in(current_viewer())
    form = await posted()
    async with resources().database.read() as db:
        stored = await queries.settings_of(db, viewer)
    try:
        if changes := KINDS.changes(form, _shown(stored)):
            domain = resources().config.site.domain
            await resources().database.write(operations.edit, viewer, changes, domain=domain)
    except Invalid as refusal:
        return await _show(form, refusal)
    return go(PAGE, "saved")


@blueprint.get("/add")
async def new_page() -> Response:
    """Show the form of a new keyword filter."""
    signed_in(current_viewer())
    return _show_filter({"hide_type": FilterAction.HIDE, "filter_home": True, "filter_posts": True})


@blueprint.post("/add")
async def add() -> Response:
    """Make a keyword filter."""
    viewer = signed_in(current_viewer())
    form = await posted()
    try:
        await resources().database.write(operations.add_filter, viewer, FilterChange(**FILTER.read(form)))
    except SHOWN_IN_FORM as refusal:
        return _show_filter(form, refusal)
    return go(PAGE, "saved")


@blueprint.get("/<int:filter_id>/edit")
async def edit_page(filter_id: int) -> Response:
    """Show the form of a keyword filter."""
    viewer = signed_in(current_viewer())
    async with resources().database.read() as db:
        row = await queries.filter_by_id(db, viewer, filter_id)
    return _show_filter(msgspec.structs.asdict(row), filter_id=filter_id)


@blueprint.post("/<int:filter_id>/edit")
async def edit(filter_id: int) -> Response:
    """Change a keyword filter."""
    viewer = signed_in(current_viewer())
    form = await posted()
    async with resources().database.read() as db:
        stored = msgspec.structs.asdict(await queries.filter_by_id(db, viewer, filter_id))
    try:
        if FILTER.changes(form, stored):
            change = FilterChange(**FILTER.read(form))
            await resources().database.write(operations.edit_filter, viewer, filter_id, change)
    except SHOWN_IN_FORM as refusal:
        return _show_filter(form, refusal, filter_id=filter_id)
    return go(PAGE, "saved")


@blueprint.post("/<int:filter_id>/delete")
async def delete(filter_id: int) -> Response:
    """Delete a keyword filter."""
    await resources().database.write(operations.delete_filter, signed_in(current_viewer()), filter_id)
    return go(PAGE, "filter-deleted")


async def _show(typed: dict[str, str] | None = None, refusal: ForumError | None = None) -> Response:
    viewer = signed_in(current_viewer())
    async with resources().database.read() as db:
        stored = await queries.settings_of(db, viewer)
        filters = await queries.filters_of(db, viewer)
    form = typed if typed is not None else _shown(stored)
    return show_form(
        "settings/filters.html",
        form,
        refusal,
        fields=KINDS,
        here="me",
        filters=filters,
        HIDE=FilterAction.HIDE,
    )


def _shown(stored: Settings) -> dict[str, Any]:
    return {field.name: getattr(stored, field.name) for field in KINDS}


def _show_filter(
    form: dict[str, Any], refusal: ForumError | None = None, *, filter_id: int | None = None
) -> Response:
    action = f"{PAGE}/add" if filter_id is None else f"{PAGE}/{filter_id}/edit"
    return show_form(
        "settings/filter_form.html",
        form,
        refusal,
        fields=FILTER,
        here="me",
        action=action,
        new=filter_id is None,
    )
