"""A community's wiki: its pages, what they said before, writing and deleting them."""

from typing import Any
from urllib.parse import quote

from quart import Response, request

from service.forum.accounts.viewer import signed_in
from service.forum.communities.shapes import CommunityDetail
from service.forum.errors import Forbidden, ForumError
from service.forum.wiki import operations, queries
from service.forum.wiki.choices import Editors
from service.forum.wiki.operations import PageText
from service.forum.wiki.rules import BODY_LENGTH, SLUG_LENGTH, TITLE_LENGTH, slug_of
from service.forum.wiki.shapes import WikiPage
from service.http.context import current_viewer, resources
from service.http.web.communities import find, moderates
from service.http.web.frame.bodies import prepare_html
from service.http.web.frame.fields import Area, Form, Line, Select
from service.http.web.frame.forms import SHOWN_IN_FORM, go, number_of, posted, show_form
from service.http.web.frame.helpers import community_actions, community_path
from service.http.web.frame.listing import PAGE, page_after
from service.http.web.frame.rendering import render
from service.http.web.moderation.blueprint import blueprint
from service.http.web.moderation.place import head_of, place_here
from service.language import _

SECTION = "/wiki"

TITLE = Line("title", _("Title"), required=True, missing=_("Enter a title."), most=TITLE_LENGTH)
BODY = Area(
    "body",
    _("Text"),
    required=True,
    missing=_("Enter some text."),
    most=BODY_LENGTH,
    large=True,
    written=True,
)
# What only who moderates decides.
SLUG = Line(
    "slug",
    _("URL"),
    _("The last part of the page's URL. Leave it empty to use the title."),
    most=SLUG_LENGTH,
    placeholder="house-rules",
)
EDITORS = Select("who_can_edit", _("Who can edit it"), offered=Editors, usual=Editors.MODERATORS)
PAGE_FORM = Form(TITLE, SLUG, BODY, EDITORS)


@blueprint.get("/community/<name>/wiki")
async def wiki_index(name: str) -> str:
    """Show the pages of a wiki to everybody who may read the community."""
    detail = await find(name)
    async with resources().database.read() as db:
        titles = await queries.titles(db, detail.community.id)
    return render("wiki/index.html", titles=titles, **_around(detail))


@blueprint.get("/community/<name>/moderate/wiki")
async def manage_wiki(name: str) -> str:
    """Show the pages of a wiki to those who moderate."""
    place = await place_here(name)
    async with resources().database.read() as db:
        titles = await queries.titles(db, place.id)
    return render("wiki/manage.html", titles=titles, wiki=_wiki(place.detail), **head_of(place, SECTION))


@blueprint.get("/community/<name>/moderate/wiki/add")
async def new_wiki_page(name: str) -> Response:
    """Show the form of a new page."""
    detail = (await place_here(name)).detail
    return _show_form(detail, None, {}, moderates=True)


@blueprint.post("/community/<name>/moderate/wiki/add")
async def add_wiki_page(name: str) -> Response:
    """Make a page."""
    place = await place_here(name)
    form = await posted()
    try:
        domain = resources().config.site.domain
        slug = await resources().database.write(
            operations.add, place.viewer, place.id, _text(PAGE_FORM.read(form)), domain=domain
        )
    except SHOWN_IN_FORM as refusal:
        return _show_form(place.detail, None, form, refusal, moderates=True)
    return go(f"{_wiki(place.detail)}/{slug}", "saved")


@blueprint.get("/community/<name>/moderate/wiki/<int:page_id>/<word>")
async def lead_to_wiki_page(name: str, page_id: int, word: str) -> Response:
    """Lead on from PieFed's addresses of a page's form and of what it said."""
    detail = await find(name)
    async with resources().database.read() as db:
        page = await queries.page_by_id(db, detail.community.id, page_id)
    return go(f"{_wiki(detail)}/{page.slug}/{'edit' if word == 'edit' else 'history'}")


@blueprint.post("/community/<name>/moderate/wiki/<int:page_id>/delete")
async def delete_wiki_page(name: str, page_id: int) -> Response:
    """Delete a page for good."""
    place = await place_here(name)
    await resources().database.write(operations.remove, place.viewer, place.id, page_id)
    return go(place.to(SECTION), "page-deleted")


@blueprint.get("/community/<name>/wiki/<slug>")
async def wiki_page(name: str, slug: str) -> str:
    """Show a page."""
    detail, page = await _page(name, slug)
    async with resources().database.read() as db:
        editable = await queries.may_edit(db, current_viewer(), detail, page.editors)
    await prepare_html(page.body_html)
    return render("wiki/page.html", page=page, editable=editable, **_around(detail))


@blueprint.get("/community/<name>/wiki/<slug>/edit")
async def wiki_form(name: str, slug: str) -> Response:
    """Show the form of a page, to those who may edit it."""
    signed_in(current_viewer())
    detail, page = await _editable(name, slug)
    return _show_form(detail, page, _written(page), moderates=moderates(current_viewer(), detail))


@blueprint.post("/community/<name>/wiki/<slug>/edit")
async def edit_wiki_page(name: str, slug: str) -> Response:
    """Change a page."""
    viewer = signed_in(current_viewer())
    detail, page = await _editable(name, slug)
    form = await posted()
    shown = _written(page)
    try:
        changes = PAGE_FORM.changes(form, shown)
        new_slug = await resources().database.write(
            operations.edit,
            viewer,
            detail.community.id,
            page.id,
            _text(shown | {"who_can_edit": None} | changes),
            domain=resources().config.site.domain,
        )
    except SHOWN_IN_FORM as refusal:
        return _show_form(detail, page, form, refusal, moderates=moderates(viewer, detail))
    return go(f"{_wiki(detail)}/{new_slug}", "saved")


@blueprint.get("/community/<name>/wiki/<slug>/history")
async def history(name: str, slug: str) -> str:
    """Show what a page said, the latest first."""
    detail, page = await _page(name, slug)
    number = number_of(request.args.get("page"))
    async with resources().database.read() as db:
        found = await queries.revisions(db, page.id, page=number, size=PAGE)
    path = f"{_wiki(detail)}/{page.slug}/history"
    return render(
        "wiki/history.html",
        page=page,
        revisions=found.items,
        next_url=page_after(path, number, found.has_more),
        **_around(detail),
    )


@blueprint.get("/community/<name>/wiki/<slug>/<int:revision_id>")
async def revision(name: str, slug: str, revision_id: int) -> str:
    """Show what a page said at some time."""
    detail, page = await _page(name, slug)
    async with resources().database.read() as db:
        found = await queries.revision_by_id(db, page.id, revision_id)
        editable = await queries.may_edit(db, current_viewer(), detail, page.editors)
    await prepare_html(found.body_html)
    return render("wiki/revision.html", page=page, revision=found, editable=editable, **_around(detail))


@blueprint.post("/community/<name>/wiki/<slug>/<int:revision_id>/revert")
async def revert(name: str, slug: str, revision_id: int) -> Response:
    """Let a page say again what it said."""
    viewer = signed_in(current_viewer())
    detail, page = await _page(name, slug)
    await resources().database.write(
        operations.revert,
        viewer,
        detail.community.id,
        page.id,
        revision_id,
        domain=resources().config.site.domain,
    )
    return go(f"{_wiki(detail)}/{page.slug}", "page-reverted")


@blueprint.get("/community/<name>/wiki/<slug>/<int:revision_id>/revert")
async def revert_page(name: str, slug: str, revision_id: int) -> Response:
    """Lead to the state that is to come back: a link alone changes nothing."""
    return go(f"/community/{quote(name, safe='@')}/wiki/{quote(slug)}/{revision_id}")


async def _page(name: str, slug: str) -> tuple[CommunityDetail, WikiPage]:
    detail = await find(name)
    async with resources().database.read() as db:
        return detail, await queries.page_by_slug(db, detail.community.id, slug)


async def _editable(name: str, slug: str) -> tuple[CommunityDetail, WikiPage]:
    """A page that the viewer may edit, or Forbidden."""
    detail, page = await _page(name, slug)
    async with resources().database.read() as db:
        if not await queries.may_edit(db, current_viewer(), detail, page.editors):
            raise Forbidden(_("You don't have permission to edit this page."))
    return detail, page


def _written(page: WikiPage) -> dict[str, Any]:
    """What stands on the form of a page."""
    return {"title": page.title, "slug": page.slug, "body": page.body, "who_can_edit": page.editors}


def _text(fields: dict[str, Any]) -> PageText:
    slug = fields["slug"].lower() or slug_of(fields["title"])
    return PageText(title=fields["title"], slug=slug, body=fields["body"], editors=fields["who_can_edit"])


def _around(detail: CommunityDetail) -> dict[str, Any]:
    """What every page of a wiki shows besides its text."""
    return {
        "here": "communities",
        "community": detail.community,
        "path": community_path(detail.community),
        "wiki": _wiki(detail),
        "moderates": moderates(current_viewer(), detail),
    }


def _wiki(detail: CommunityDetail) -> str:
    return community_actions(detail.community) + "/wiki"


def _show_form(
    detail: CommunityDetail,
    page: WikiPage | None,
    form: dict[str, Any],
    refusal: ForumError | None = None,
    *,
    moderates: bool,
) -> Response:
    around = _around(detail) | {"moderates": moderates}
    wiki = around["wiki"]
    action = f"{wiki}/{page.slug}/edit" if page else f"{wiki.removesuffix('/wiki')}/moderate/wiki/add"
    return show_form("wiki/form.html", form, refusal, fields=PAGE_FORM, page=page, action=action, **around)
