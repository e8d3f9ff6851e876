"""What the viewer does not want to see, at PieFed's addresses: kinds of posts, and words."""

from datetime import date
from typing import Any

import msgspec
from quart import Blueprint, Response

from service.forum.accounts import operations, queries
from service.forum.accounts.choices import FilterAction
from service.forum.accounts.operations import FilterChange
from service.forum.accounts.shapes import Settings
from service.forum.accounts.viewer import signed_in
from service.forum.errors import ForumError, Invalid
from service.http.context import current_viewer, resources
from service.http.web.frame.forms import SHOWN_IN_FORM, changed, go, posted, show_form, text_in
from service.language import _

blueprint = Blueprint("filters", __name__, url_prefix="/user/settings/filters")

PAGE = "/user/settings/filters"
NUMBERS = (
    "hide_nsfw",
    "hide_nsfl",
    "hide_gen_ai",
    "ignore_bots",
    "reply_collapse_threshold",
    "reply_hide_threshold",
)
SWITCHES = ("hide_low_quality",)
TEXTS = ("community_keyword_filter",)
PLACES = ("filter_home", "filter_posts", "filter_replies")


@blueprint.get("")
async def index() -> Response:
    """Show what is kept out of the viewer's lists."""
    return await _show()


@blueprint.post("")
async def save() -> Response:
    """Change which kinds of posts and comments are kept out."""
    viewer = signed_in(current_viewer())
    form = await posted()
    sent: dict[str, Any] = {name: text_in(form, name) for name in TEXTS}
    sent |= {name: name in form for name in SWITCHES}
    async with resources().database.read() as db:
        stored = await queries.settings_of(db, viewer)
    try:
        sent |= {name: _number(form, name) for name in NUMBERS if name in form}
        if changes := changed(sent, _shown(stored)):
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
        await resources().database.write(operations.add_filter, viewer, _change(form))
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
        stored = await queries.filter_by_id(db, viewer, filter_id)
    try:
        change = _change(form)
        if changed(msgspec.structs.asdict(change), msgspec.structs.asdict(stored)):
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
    return show_form("settings/filters.html", form, refusal, here="me", filters=filters)


def _shown(stored: Settings) -> dict[str, Any]:
    return {name: getattr(stored, name) for name in (*NUMBERS, *SWITCHES, *TEXTS)}


def _show_filter(
    form: dict[str, Any], refusal: ForumError | None = None, *, filter_id: int | None = None
) -> Response:
    action = f"{PAGE}/add" if filter_id is None else f"{PAGE}/{filter_id}/edit"
    return show_form(
        "settings/filter_form.html", form, refusal, here="me", action=action, new=filter_id is None
    )


def _change(form: dict[str, str]) -> FilterChange:
    return FilterChange(
        title=form.get("title", ""),
        keywords=text_in(form, "keywords"),
        hide_type=_number(form, "hide_type"),
        expire_after=_day(form.get("expire_after", "")),
        **{name: name in form for name in PLACES},
    )


def _number(form: dict[str, str], name: str) -> int:
    text = form.get(name, "").strip()
    if not text.removeprefix("-").isdecimal() or not text.isascii() or len(text) > 9:
        raise Invalid({name: _("This is not a number.")})
    return int(text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise Invalid({"expire_after": _("Enter a valid date.")}) from None
