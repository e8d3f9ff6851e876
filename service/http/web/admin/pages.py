"""Administration: the site's own pages."""

from typing import Any

from quart import Blueprint, Response, current_app
from werkzeug.exceptions import HTTPException

from service.forum.accounts.viewer import administrator
from service.forum.errors import ForumError, Invalid
from service.forum.pages import operations, queries
from service.forum.pages.queries import SitePage
from service.forum.pages.rules import BODY_LENGTH, ROOMS, TITLE_LENGTH, URL_LENGTH, tidy_url
from service.http.context import current_viewer, resources
from service.http.site import forget_site
from service.http.web.admin.authority import authority
from service.http.web.frame.fields import Area, Form, Line
from service.http.web.frame.forms import SHOWN_IN_FORM, go, posted, show_form
from service.http.web.frame.rendering import render
from service.language import _

blueprint = Blueprint("admin_pages", __name__, url_prefix="/admin/pages")

LIST = "/admin/pages"

PAGE_FORM = Form(
    Line("title", _("Title"), required=True, missing=_("Enter a title."), most=TITLE_LENGTH),
    Line("url", _("Path on this site"), required=True, most=URL_LENGTH, placeholder="/privacy"),
    Area(
        "body",
        _("Text"),
        required=True,
        missing=_("Enter some text."),
        most=BODY_LENGTH,
        large=True,
        written=True,
    ),
)


@blueprint.get("")
async def pages() -> str:
    """Show the site's own pages."""
    administrator(current_viewer())
    async with resources().database.read() as db:
        titles = await queries.titles(db)
    return render("admin/pages.html", titles=titles)


@blueprint.get("/add")
async def new_page() -> Response:
    """Show the form of a new page."""
    administrator(current_viewer())
    return _show(None, {})


@blueprint.post("/add")
async def add() -> Response:
    """Write a page."""
    authority()
    form = await posted()
    try:
        return await _save(None, PAGE_FORM.read(form))
    except SHOWN_IN_FORM as refusal:
        return _show(None, form, refusal)


@blueprint.get("/<int:page_id>/edit")
async def page(page_id: int) -> Response:
    """Show the form of a page."""
    administrator(current_viewer())
    return _show(page_id, _written(await _page(page_id)))


@blueprint.post("/<int:page_id>/edit")
async def save(page_id: int) -> Response:
    """Change a page."""
    form = await posted()
    administrator(current_viewer())
    shown = _written(await _page(page_id))
    try:
        changes = PAGE_FORM.changes(form, shown)
        return await _save(page_id, shown | changes) if changes else go(LIST, "saved")
    except SHOWN_IN_FORM as refusal:
        return _show(page_id, form, refusal)


@blueprint.post("/<int:page_id>/delete")
async def delete(page_id: int) -> Response:
    """Delete a page for good."""
    await resources().database.write(operations.delete, authority(), page_id)
    return _changed("page-deleted")


async def _page(page_id: int) -> SitePage:
    async with resources().database.read() as db:
        return await queries.page_by_id(db, page_id)


async def _save(page_id: int | None, fields: dict[str, Any]) -> Response:
    url = tidy_url(fields["url"])
    _check_free(url)
    await resources().database.write(
        operations.save,
        authority(),
        page_id,
        title=fields["title"].strip(),
        url=url,
        body=fields["body"],
        domain=resources().config.site.domain,
    )
    return _changed("saved")


def _changed(notice: str) -> Response:
    """Go back to the list; the foot of every page may look different now."""
    forget_site()
    return go(LIST, notice)


def _check_free(url: str) -> None:
    """Raise Invalid for an address where another page of ours stands, which nobody would see past."""
    if url in ROOMS:
        return
    try:
        endpoint, _values = current_app.url_map.bind("").match(url)
    except HTTPException:
        return
    if endpoint != "pages.show":
        raise Invalid({"url": _("There's already a page at this address.")})


def _written(found: SitePage) -> dict[str, Any]:
    """What stands on the form of a page."""
    return {field.name: getattr(found, field.name) for field in PAGE_FORM}


def _show(page_id: int | None, form: dict[str, Any], refusal: ForumError | None = None) -> Response:
    return show_form("admin/page.html", form, refusal, fields=PAGE_FORM, page_id=page_id)
