"""Administration: the site's own emoji."""

from typing import Any

from quart import Blueprint, Response, request

from service.forum.accounts.viewer import administrator
from service.forum.emoji import operations, queries
from service.forum.emoji.operations import EmojiChange
from service.forum.errors import ForumError
from service.http.context import current_viewer, resources
from service.http.web.admin.authority import authority
from service.http.web.frame.forms import SHOWN_IN_FORM, changed, go, number_of, posted, show_form, stripped
from service.http.web.frame.listing import page_after
from service.http.web.frame.rendering import render

blueprint = Blueprint("admin_emoji", __name__, url_prefix="/admin/emoji")

LIST = "/admin/emoji"
PAGE = 100
# What the form has, and the columns of it.
FIELDS = {"name": "token", "url": "url", "category": "category", "aliases": "aliases"}


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
    form = await posted()
    return await _save(None, stripped(_sent(form)), form)


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
    changes = stripped(changed(_sent(form), shown))
    return await _save(emoji_id, shown | changes, form) if changes else go(LIST, "saved")


@blueprint.post("/<int:emoji_id>/delete")
async def delete(emoji_id: int) -> Response:
    """Delete an emoji; what people chose stays."""
    await resources().database.write(operations.delete, authority(), emoji_id)
    return go(LIST, "emoji-deleted")


async def _save(emoji_id: int | None, fields: dict[str, Any], form: dict[str, str]) -> Response:
    by = authority()
    change = EmojiChange(**{column: fields[name] for name, column in FIELDS.items()})
    try:
        await resources().database.write(operations.save, by, emoji_id, change)
    except SHOWN_IN_FORM as refusal:
        return _show(emoji_id, form, refusal)
    return go(LIST, "saved")


async def _written(emoji_id: int) -> dict[str, Any]:
    """What stands on the form of an emoji."""
    async with resources().database.read() as db:
        found = await queries.emoji_by_id(db, emoji_id)
    return {name: getattr(found, column) for name, column in FIELDS.items()}


def _sent(form: dict[str, str]) -> dict[str, Any]:
    return {name: form.get(name, "").replace("\0", "") for name in FIELDS}


def _show(emoji_id: int | None, form: dict[str, Any], refusal: ForumError | None = None) -> Response:
    return show_form("admin/one_emoji.html", form, refusal, emoji_id=emoji_id)
