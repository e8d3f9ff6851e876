"""The page that leads to all there is: topics, feeds, lively communities, tags."""

from service.forum.communities import queries as communities
from service.forum.communities.choices import CommunitySort
from service.forum.feeds.queries import catalogue
from service.forum.tags import queries as tags
from service.http.context import current_viewer, resources
from service.http.web.frame.rendering import render
from service.http.web.groups.blueprint import blueprint
from service.http.web.groups.feeds import feed_path

COMMUNITIES_SHOWN, TAGS_SHOWN, FEEDS_SHOWN = 12, 30, 12


@blueprint.get("/explore")
async def explore() -> str:
    """Show the ways into the site."""
    viewer = current_viewer()
    async with resources().database.read() as db:
        topics = await catalogue.topics(db, viewer, with_communities=False)
        feeds = await catalogue.feeds(db, viewer, with_communities=False)
        lively = await communities.listing(db, viewer, sort=CommunitySort.ACTIVE, size=COMMUNITIES_SHOWN)
        used = await tags.listing(db, size=TAGS_SHOWN)
    return render(
        "groups/explore.html",
        here="explore",
        topics=[one for one in topics if one.parent_id is None],
        feeds=feeds[:FEEDS_SHOWN],
        path_of=feed_path,
        communities=lively.communities,
        tags=used.items,
    )
