"""Administration: tags, and those that are hidden."""

from quart import Blueprint, Response, request

from service.forum.accounts.viewer import administrator
from service.forum.tags import operations, queries
from service.http.context import current_viewer, resources
from service.http.web.admin.authority import authority
from service.http.web.frame.forms import came_from, go, number_of
from service.http.web.frame.listing import page_after, search_words, tabs
from service.http.web.frame.rendering import render
from service.language import _

blueprint = Blueprint("admin_tags", __name__, url_prefix="/admin/tags")

LIST = "/admin/tags/"
PAGE = 50
SHOWS: dict[str, str] = {"used": _("In use"), "banned": _("Banned")}


@blueprint.get("/")
async def tags() -> str:
    """Show tags, those with the most posts first."""
    administrator(current_viewer())
    show = "banned" if request.args.get("show") == "banned" else "used"
    search, number = search_words(), number_of(request.args.get("page"))
    async with resources().database.read() as db:
        page = await queries.directory(db, banned=show == "banned", search=search, page=number, size=PAGE)
    following = page_after(LIST, number, page.has_more, show=show, q=search)
    return render(
        "admin/tags.html",
        page=page,
        show=show,
        search=search,
        show_links=tabs(LIST, "show", show, SHOWS, q=search),
        next_url=following,
    )


@blueprint.post("/<int:tag_id>/ban", defaults={"banned": True})
@blueprint.post("/<int:tag_id>/unban", defaults={"banned": False})
async def set_banned(tag_id: int, *, banned: bool) -> Response:
    """Hide a tag, or show it again."""
    await resources().database.write(operations.set_banned, authority(), tag_id, banned=banned)
    return go(await came_from(), "tag-banned" if banned else "tag-unbanned")
