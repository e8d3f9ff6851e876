"""/api/alpha: topics and feeds, which group communities."""

import msgspec
from quart import Blueprint, Response

from service.forum.feeds import catalogue
from service.http.api.answer import answer, query_as
from service.http.api.shapes.groups import feed_views, topic_views
from service.http.context import resources, viewer

blueprint = Blueprint("api_groups", __name__, url_prefix="/api/alpha")


class Topics(msgspec.Struct):
    """All topics."""

    include_communities: bool = True


class Feeds(msgspec.Struct):
    """All feeds, or the viewer's own."""

    include_communities: bool = True
    mine_only: bool = False


@blueprint.get("/topic/list")
async def get_topics() -> Response:
    """Return all topics as a tree."""
    wanted = query_as(Topics)
    async with resources().database.read() as db:
        rows = await catalogue.topics(db, viewer(), with_communities=wanted.include_communities)
    return answer({"topics": topic_views(resources().config.site.base_url, rows)})


@blueprint.get("/feed/list")
async def get_feeds() -> Response:
    """Return the feeds that may be read as a tree."""
    wanted = query_as(Feeds)
    async with resources().database.read() as db:
        rows = await catalogue.feeds(
            db, viewer(), mine_only=wanted.mine_only, with_communities=wanted.include_communities
        )
    return answer({"feeds": feed_views(resources().config.site.base_url, rows)})
