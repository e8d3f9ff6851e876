"""Hashtags: those in use, and the posts of one."""

from quart import request

from service.forum.feeds.rules import PostSelection
from service.forum.tags import queries as tags
from service.http.context import resources
from service.http.passing.strangers import same_for_strangers
from service.http.web.frame.forms import number_of
from service.http.web.frame.listing import page_after
from service.http.web.frame.rendering import render
from service.http.web.groups.blueprint import blueprint, show_group

PAGE = 100


@blueprint.get("/tags")
async def all_tags() -> str:
    """Show the tags in use."""
    number = number_of(request.args.get("page"))
    async with resources().database.read() as db:
        page = await tags.listing(db, page=number, size=PAGE)
    return render(
        "groups/tags.html",
        here="explore",
        tags=page.items,
        next_url=page_after("/tags", number, page.has_more),
    )


@blueprint.get("/tag/<name>")
@same_for_strangers
async def tag(name: str) -> str:
    """Show the posts that have a tag."""
    async with resources().database.read() as db:
        found = await tags.one(db, name)
    selection = PostSelection(tag_id=found.id, pinned=False)
    return await show_group("groups/tag.html", f"/tag/{found.name}", selection, tag=found)
