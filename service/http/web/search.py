"""Search: communities by name, posts by their words."""

from quart import Blueprint, Response, request

from service.forum.accounts.queries import profile_by_id
from service.forum.accounts.viewer import signed_in
from service.forum.communities import queries as communities
from service.forum.communities.choices import CommunitySort
from service.forum.communities.shapes import CommunityPage
from service.forum.errors import Gone, NotFound
from service.forum.feeds import queries as feeds
from service.forum.feeds.rules import PostSelection
from service.forum.posts.shapes import PostPage
from service.forum.search import Found
from service.http.context import current_viewer, resources
from service.http.elsewhere import find, host_in
from service.http.passing.limits import limit
from service.http.web.frame.forms import go, posted
from service.http.web.frame.helpers import community_path, person_path
from service.http.web.frame.listing import PAGE, next_page, sort_links, wanted_sort
from service.http.web.frame.rendering import render

blueprint = Blueprint("search", __name__)

QUERY_LENGTH = 200
COMMUNITIES_SHOWN = 5


@blueprint.get("/search")
async def search() -> str:
    """Show what fits the words, or only the form."""
    return await _results(_tidy(request.args.get("q", "")))


@blueprint.post("/search/elsewhere")
async def search_elsewhere() -> Response | tuple[str, int]:
    """Ask the server that knows a handle or an address, and go to what it means."""
    signed_in(current_viewer())
    query = _tidy((await posted()).get("q", ""))
    await limit("search")
    try:
        return go(await _page_of(await find(query)))
    except (NotFound, Gone) as error:
        return await _results(query, str(error)), 404


async def _page_of(found: Found) -> str:
    """Return where the page of something is."""
    viewer = current_viewer()
    async with resources().database.read() as db:
        match found.kind:
            case "community":
                return community_path((await communities.community_by_id(db, viewer, found.id)).community)
            case "person":
                return person_path((await profile_by_id(db, viewer, found.id)).person)
            case "feed":
                raise NotFound("This is a feed. Only apps show feeds so far.")
            case "post" | "comment":
                return f"/{found.kind}/{found.id}"


def _tidy(query: str) -> str:
    return query.replace("\x00", "").strip()[:QUERY_LENGTH]


async def _results(query: str, problem: str = "") -> str:
    viewer = current_viewer()
    order = wanted_sort(None)
    found, page = CommunityPage([], False), PostPage([], None, False)
    if query:
        await limit("search")
        async with resources().database.read() as db:
            found = await communities.listing(
                db, viewer, sort=CommunitySort.POSTS, text=query, size=COMMUNITIES_SHOWN
            )
            page = await feeds.page_of_posts(
                db, viewer, PostSelection(search=query), order, limit=PAGE, cursor=request.args.get("after")
            )
    return render(
        "search/search.html",
        query=query,
        elsewhere=host_in(query),
        problem=problem,
        communities=found.communities if "after" not in request.args else [],
        page=page,
        sort_links=sort_links("/search", order, q=query),
        next_url=next_page("/search", page.next_cursor, q=query, sort=order.value),
    )
