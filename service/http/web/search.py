"""Search: communities by name, posts by their words."""

from quart import Blueprint, request

from service.forum.communities import queries as communities
from service.forum.communities.choices import CommunitySort
from service.forum.communities.shapes import CommunityPage
from service.forum.feeds import queries as feeds
from service.forum.feeds.rules import PostSelection
from service.forum.posts.shapes import PostPage
from service.http.context import current_viewer, resources
from service.http.passing.limits import limit
from service.http.web.listing import PAGE, next_page, sort_links, wanted_sort
from service.http.web.rendering import render

blueprint = Blueprint("search", __name__)

QUERY_LENGTH = 200
COMMUNITIES_SHOWN = 5


@blueprint.get("/search")
async def search() -> str:
    """Show what fits the words, or only the form."""
    viewer = current_viewer()
    query = request.args.get("q", "").replace("\x00", "").strip()[:QUERY_LENGTH]
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
        "search.html",
        query=query,
        communities=found.communities if "after" not in request.args else [],
        page=page,
        sort_links=sort_links("/search", order, q=query),
        next_url=next_page("/search", page.next_cursor, q=query, sort=order.value),
    )
