"""Administration: feeds, those that the site shows everybody, and those that were taken down."""

from quart import Blueprint, Response, request

from service.forum.accounts import queries as accounts
from service.forum.accounts.viewer import administrator
from service.forum.choices import options
from service.forum.feeds import administration
from service.forum.feeds.choices import FeedKind
from service.forum.feeds.queries import catalogue
from service.http.context import current_viewer, resources
from service.http.web.admin.authority import authority
from service.http.web.frame.forms import go, number_of
from service.http.web.frame.listing import page_after, search_words
from service.http.web.frame.rendering import render
from service.http.web.groups.feeds import feed_path

blueprint = Blueprint("admin_feeds", __name__, url_prefix="/admin/feeds")

LIST = "/admin/feeds/"
PAGE = 50


@blueprint.get("/")
async def feeds() -> str:
    """Show feeds, by kind."""
    administrator(current_viewer())
    kind = FeedKind.stored(request.args.get("kind", ""), FeedKind.PUBLIC)
    search, number = search_words(), number_of(request.args.get("page"))
    async with resources().database.read() as db:
        page = await catalogue.directory(db, kind=kind, text=search, page=number, size=PAGE)
        owners = await accounts.authors(db, sorted({feed.user_id for feed in page.items if feed.user_id}))
    query = {"q": search, "kind": kind.value}
    return render(
        "admin/feeds.html",
        page=page,
        owners={owner.id: owner for owner in owners},
        path_of=feed_path,
        filters=query,
        kinds=options(FeedKind),
        next_url=page_after(LIST, number, page.has_more, **query),
    )


@blueprint.post("/<int:feed_id>/feature", defaults={"shown": True})
@blueprint.post("/<int:feed_id>/unfeature", defaults={"shown": False})
async def feature(feed_id: int, *, shown: bool) -> Response:
    """Let the site show a feed to everybody as its own, or no longer."""
    await resources().database.write(administration.set_site_wide, authority(), feed_id, shown=shown)
    return go(LIST, "saved")


@blueprint.post("/<int:feed_id>/remove", defaults={"removed": True})
@blueprint.post("/<int:feed_id>/restore", defaults={"removed": False})
async def remove(feed_id: int, *, removed: bool) -> Response:
    """Take a feed down, or bring it back."""
    await resources().database.write(administration.set_removed, authority(), feed_id, removed=removed)
    return go(f"{LIST}?kind=removed" if removed else LIST, "saved")
