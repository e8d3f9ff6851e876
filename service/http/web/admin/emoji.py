"""Administration: the site's own emoji."""

from typing import Any

from quart import Blueprint, Response, request

from service.forum.accounts.viewer import administrator
from service.forum.emoji import operations, queries
from service.forum.emoji.operations import EmojiChange
from service.forum.emoji.rules import ALIASES_LENGTH, CATEGORY_LENGTH, TOKEN_LENGTH, URL_LENGTH
from service.forum.errors import ForumError
from service.http.context import current_viewer, resources
from service.http.web.admin.authority import authority
from service.http.web.frame.fields import Form, Line
from service.http.web.frame.forms import SHOWN_IN_FORM, go, number_of, posted, show_form
from service.http.web.frame.listing import page_after
from service.http.web.frame.rendering import render
from service.language import _

blueprint = Blueprint("admin_emoji", __name__, url_prefix="/admin/emoji")

LIST = "/admin/emoji"
PAGE = 100

EMOJI = Form(
    Line("name", _("Emoji or name"), required=True, most=TOKEN_LENGTH, placeholder=":blob:"),
    Line("url", _("Image URL"), most=URL_LENGTH, placeholder="https://…"),
    Line("category", _("Group"), required=True, most=CATEGORY_LENGTH),
    Line("aliases", _("Search keywords"), most=ALIASES_LENGTH),
)
# The columns of the fields.
COLUMNS = {"name": "token", "url": "url", "category": "category", "aliases": "aliases"}


@blueprint.get("")
async def emoji() -> str:
    """Show the site's own emoji."""
    administrator(current_viewer())
    number = number_of(request.args.get("page"))
    async with resources().database.read() as db:
        page = await queries.emoji(db, page=number, size=PAGE)
    following = page_after(LIST, number, page.has_more)
    return render("admin/emoji.html", page=page, next_url=following)


@blueprint.get("/add")
async def new_emoji() -> Response:
    """Show the form of a new emoji."""
    administrator(current_viewer())
    return _show(None, {})


@blueprint.post("/add")
async def add() -> Response:
    """Make an emoji."""
    authority()
    form = await posted()
    try:
        return await _save(None, EMOJI.read(form))
    except SHOWN_IN_FORM as refusal:
        return _show(None, form, refusal)


@blueprint.get("/<int:emoji_id>/edit")
async def one_emoji(emoji_id: int) -> Response:
    """Show the form of an emoji."""
    administrator(current_viewer())
    return _show(emoji_id, await _written(emoji_id))


@blueprint.post("/<int:emoji_id>/edit")
async def save(emoji_id: int) -> Response:
    """Change an emoji."""
    administrator(current_viewer())
    form = await posted()
    shown = await _written(emoji_id)
    try:
        changes = EMOJI.changes(form, shown)
        return await _save(emoji_id, shown | changes) if changes else go(LIST, "saved")
    except SHOWN_IN_FORM as refusal:
        return _show(emoji_id, form, refusal)


@blueprint.post("/<int:emoji_id>/delete")
async def delete(emoji_id: int) -> Response:
    """Delete an emoji; what people chose stays."""
    await resources().database.write(operations.delete, authority(), emoji_id)
    return go(LIST, "emoji-deleted")


async def _save(emoji_id: int | None, fields: dict[str, Any]) -> Response:
    change = EmojiChange(**{column: fields[name] for name, column in COLUMNS.items()})
    await resources().database.write(operations.save, authority(), emoji_id, change)
    return go(LIST, "saved")


async def _written(emoji_id: int) -> dict[str, Any]:
    """What stands on the form of an emoji."""
    async with resources().database.read() as db:
        found = await queries.emoji_by_id(db, emoji_id)
    return {name: getattr(found, column) for name, column in COLUMNS.items()}


def _show(emoji_id: int | None, form: dict[str, Any], refusal: ForumError | None = None) -> Response:
    return show_form("admin/one_emoji.html", form, refusal, fields=EMOJI, emoji_id=emoji_id)
