"""Administration: websites that posts may not link to, that are watched, or of which people are warned."""

from typing import Any

from quart import Blueprint, Response, request

from service.forum.accounts.viewer import administrator
from service.forum.choices import options
from service.forum.errors import ForumError
from service.forum.websites import operations, queries
from service.forum.websites.choices import WebsiteKind
from service.forum.websites.operations import NAME_LENGTH, WARNING_LENGTH
from service.forum.websites.queries import Website
from service.http.context import current_viewer, resources
from service.http.web.admin.authority import authority
from service.http.web.frame.fields import Area, Form, Line, Switch
from service.http.web.frame.forms import (
    SHOWN_IN_FORM,
    go,
    number_of,
    posted,
    show_form,
)
from service.http.web.frame.listing import page_after, search_words
from service.language import _

blueprint = Blueprint("admin_websites", __name__, url_prefix="/admin/websites")

LIST = "/admin/websites/"
PAGE = 50

BAN = Form(Line("name", _("Ban a website"), required=True, most=NAME_LENGTH, placeholder="spam.example"))
WEBSITE = Form(
    Switch("banned", _("Reject posts")),
    Switch("notify_mods", _("Notify the community's moderators")),
    Switch("notify_admins", _("Notify administrators")),
    Area("post_warning", _("Warning"), _("Shown on posts that link to this website."), most=WARNING_LENGTH),
)


@blueprint.get("/")
async def websites() -> Response:
    """Show websites, by kind."""
    administrator(current_viewer())
    return await _show_list({})


@blueprint.post("/")
async def ban() -> Response:
    """Ban a website, which posts need not have linked to yet."""
    by = authority()
    form = await posted()
    try:
        name = BAN.read(form)["name"]
        await resources().database.write(operations.change, by, name, {"banned": True})
    except SHOWN_IN_FORM as refusal:
        return await _show_list(form, refusal)
    return go(LIST, "website-banned")


@blueprint.get("/<name>")
async def website(name: str) -> Response:
    """Show what is decided about a website."""
    administrator(current_viewer())
    found = await _website(name)
    return show_form("admin/website.html", _written(found), fields=WEBSITE, found=found)


@blueprint.post("/<name>")
async def save(name: str) -> Response:
    """Decide about a website."""
    by = authority()
    form = await posted()
    found = await _website(name)
    try:
        changes = WEBSITE.changes(form, _written(found))
        if changes:
            await resources().database.write(operations.change, by, found.name, changes)
    except SHOWN_IN_FORM as refusal:
        return show_form("admin/website.html", form, refusal, fields=WEBSITE, found=found)
    return go(LIST, "saved")


async def _website(name: str) -> Website:
    async with resources().database.read() as db:
        return await queries.website_named(db, name)


def _written(found: Website) -> dict[str, Any]:
    """What stands on the form."""
    return {field.name: getattr(found, field.name) for field in WEBSITE}


async def _show_list(form: dict[str, str], refusal: ForumError | None = None) -> Response:
    kind = WebsiteKind.stored(request.args.get("kind", ""), WebsiteKind.BANNED)
    search, number = search_words(), number_of(request.args.get("page"))
    async with resources().database.read() as db:
        page = await queries.websites(db, kind=kind, text=search, page=number, size=PAGE)
    query = {"q": search, "kind": kind.value}
    return show_form(
        "admin/websites.html",
        form,
        refusal,
        fields=BAN,
        page=page,
        filters=query,
        kinds=options(WebsiteKind),
        next_url=page_after(LIST, number, page.has_more, **query),
    )
