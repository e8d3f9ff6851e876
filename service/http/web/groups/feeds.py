"""Feeds, which members make of communities: all of them, and one with its posts; following and leaving."""

from urllib.parse import quote

from quart import Response

from service.forum.accounts.viewer import signed_in
from service.forum.errors import NotFound
from service.forum.feeds import operations
from service.forum.feeds.queries import catalogue
from service.forum.feeds.rules import PostSelection
from service.forum.feeds.shapes import FeedRow
from service.http.context import current_viewer, resources
from service.http.elsewhere import host_in
from service.http.passing.limits import limit
from service.http.passing.strangers import same_for_strangers
from service.http.web.frame.forms import go
from service.http.web.frame.helpers import with_query
from service.http.web.frame.rendering import render
from service.http.web.groups.blueprint import blueprint, show_group


@blueprint.get("/feeds")
async def feeds() -> str:
    """Show the public feeds, and the viewer's own."""
    async with resources().database.read() as db:
        found = await catalogue.feeds(db, current_viewer())
    shown = sorted(found, key=lambda feed: not feed.site_wide)
    return render("groups/feeds.html", here="explore", feeds=shown, path_of=feed_path)


@blueprint.get("/f/<name>")
@same_for_strangers
async def feed(name: str) -> str | Response:
    """Show the posts of a feed."""
    try:
        found = await find(name)
    except NotFound:
        if host_in(f"~{name}") is None:
            raise
        return go(with_query("/search", q=f"~{name}"))  # another server may have it
    path = feed_path(found)
    return await show_group("groups/feed.html", path, PostSelection(feed_id=found.id), feed=found)


@blueprint.post("/f/<name>/follow")
async def follow(name: str) -> Response:
    """Follow a feed, or ask to."""
    viewer, found = signed_in(current_viewer()), await find(name)
    await limit("vote")
    accepted = await resources().database.write(operations.follow, viewer, found.id)
    return go(feed_path(found), "feed-followed" if accepted else "feed-asked")


@blueprint.post("/f/<name>/unfollow")
async def unfollow(name: str) -> Response:
    """Follow a feed no longer."""
    viewer, found = signed_in(current_viewer()), await find(name)
    await resources().database.write(operations.unfollow, viewer, found.id)
    return go(feed_path(found), "feed-unfollowed")


async def find(name: str) -> FeedRow:
    """Return the feed of that name as the viewer may see it, or raise NotFound."""
    domain = resources().config.site.domain
    async with resources().database.read() as db:
        return await catalogue.feed_by_name(db, current_viewer(), name, domain=domain)


def feed_path(feed: FeedRow) -> str:
    """Return where a feed's page is."""
    return "/f/" + quote(feed_handle(feed), safe="@.-_")


def feed_handle(feed: FeedRow) -> str:
    """Return a feed's name as people write it."""
    return feed.name if feed.local or not feed.domain else f"{feed.name}@{feed.domain}"
