"""Where the views of groups are registered, and the page that each of them has: what it is, and its posts."""

from typing import Any

from quart import Blueprint, request

from service.forum.feeds import queries
from service.forum.feeds.rules import PostSelection
from service.http.context import current_viewer, resources
from service.http.web.frame.listing import PAGE, next_page, sort_links, wanted_sort
from service.http.web.frame.rendering import render

blueprint = Blueprint("groups", __name__)


async def show_group(template: str, path: str, selection: PostSelection, **context: Any) -> str:
    """Return the page of a group with its posts.

    Parameters:
        template: the page.
        path: where it is.
        selection: its posts.
        context: what the template needs besides.
    """
    viewer = current_viewer()
    order = wanted_sort(viewer)
    async with resources().database.read() as db:
        page = await queries.page_of_posts(
            db, viewer, selection, order, limit=PAGE, cursor=request.args.get("after")
        )
    return render(
        template,
        page=page,
        path=path,
        sort_links=sort_links(path, order),
        next_url=next_page(path, page.next_cursor, sort=order.value),
        **{"here": "explore"} | context,
    )
