"""Websites that posts lead to: a list, and one with its posts."""

from quart import request

from service.forum.feeds.rules import PostSelection
from service.forum.websites import queries as websites
from service.http.context import current_viewer, resources
from service.http.passing.limits import limit
from service.http.passing.strangers import same_for_strangers
from service.http.web.frame.forms import number_of
from service.http.web.frame.listing import page_after, search_words
from service.http.web.frame.rendering import render
from service.http.web.groups.blueprint import blueprint, show_group

PAGE = 50


@blueprint.get("/domains")
async def all_websites() -> str:
    """Show the websites, those with the most posts first."""
    wanted, number = search_words(), number_of(request.args.get("page"))
    await limit("search")
    async with resources().database.read() as db:
        page = await websites.listing(db, current_viewer(), text=wanted, page=number, size=PAGE)
    return render(
        "groups/websites.html",
        here="explore",
        websites=page.items,
        wanted=wanted,
        next_url=page_after("/domains", number, page.has_more, q=wanted),
    )


@blueprint.get("/d/<name>")
@same_for_strangers
async def website(name: str) -> str:
    """Show the posts that lead to a website; PieFed's addresses have its number."""
    async with resources().database.read() as db:
        found = await websites.one(db, current_viewer(), name)
    selection = PostSelection(domain_id=found.id)
    return await show_group("groups/website.html", f"/d/{found.name}", selection, website=found)
