"""/api/alpha: topics and feeds, which group communities."""

from typing import TypedDict

import msgspec
from msgspec import UNSET, UnsetType
from quart import Blueprint

from service.forum.accounts.keys import make_keys
from service.forum.accounts.viewer import Viewer
from service.forum.errors import Invalid
from service.forum.feeds import operations
from service.forum.feeds.operations import FeedChanges, NewFeed
from service.forum.feeds.queries import catalogue
from service.http.answer import Id
from service.http.api.contract import API
from service.http.api.own import own_only
from service.http.api.shapes.groups import FeedView, TopicView, feed_view, feed_views, topic_views
from service.http.context import current_viewer, resources
from service.http.passing.idempotency_key import effect

blueprint = Blueprint("api_groups", __name__, url_prefix="/api/alpha")


# The API's words for what the forum calls otherwise.
NAMES = {
    "site_wide": "is_instance_feed",
    "shows_children": "show_child_posts",
    "parent_id": "parent_feed_id",
}


class Topics(msgspec.Struct):
    """All topics."""

    include_communities: bool = True


class Feeds(msgspec.Struct):
    """All feeds, or the viewer's own."""

    include_communities: bool = True
    mine_only: bool = False


class WhichFeed(msgspec.Struct):
    """One feed, by id or by name."""

    id: Id | None = None
    name: str | None = None


class CreateFeedRequest(msgspec.Struct, rename=NAMES):
    """A new feed."""

    name: str
    title: str
    description: str = ""
    communities: str = ""
    icon_url: str | None = None
    banner_url: str | None = None
    nsfw: bool = False
    nsfl: bool = False
    public: bool = True
    site_wide: bool = False
    shows_children: bool = False
    parent_id: Id | None = None


class EditFeedRequest(msgspec.Struct, rename=NAMES):
    """What is to change in a feed."""

    feed_id: Id
    title: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    communities: str | UnsetType = UNSET
    icon_url: str | UnsetType | None = UNSET
    banner_url: str | UnsetType | None = UNSET
    nsfw: bool | UnsetType = UNSET
    nsfl: bool | UnsetType = UNSET
    public: bool | UnsetType = UNSET
    site_wide: bool | UnsetType = UNSET
    shows_children: bool | UnsetType = UNSET
    parent_id: Id | UnsetType | None = UNSET


class FollowFeedRequest(msgspec.Struct):
    """Follow a feed, or no longer."""

    feed_id: Id
    follow: bool


class DeleteFeedRequest(msgspec.Struct):
    """Whether a feed is deleted."""

    feed_id: Id
    deleted: bool


class TopicListResponse(TypedDict):
    """All topics as a tree."""

    topics: list[TopicView]


class FeedListResponse(TypedDict):
    """Feeds as a tree."""

    feeds: list[FeedView]


@blueprint.get("/topic/list")
@API.endpoint()
async def get_topics(query: Topics) -> TopicListResponse:
    """Return all topics as a tree."""
    async with resources().database.read() as db:
        rows = await catalogue.topics(db, current_viewer(), with_communities=query.include_communities)
    return {"topics": topic_views(resources().config.site.base_url, rows)}


@blueprint.get("/feed/list")
@API.endpoint()
async def get_feeds(query: Feeds) -> FeedListResponse:
    """Return the feeds that may be read as a tree."""
    async with resources().database.read() as db:
        rows = await catalogue.feeds(
            db,
            current_viewer(),
            mine_only=own_only(query.mine_only),
            with_communities=query.include_communities,
        )
    return {"feeds": feed_views(resources().config.site.base_url, rows)}


@blueprint.get("/feed")
@API.endpoint()
async def get_feed(query: WhichFeed) -> FeedView:
    """Return a feed with its communities."""
    async with resources().database.read() as db:
        if query.id is not None:
            row = await catalogue.feed_by_id(db, current_viewer(), query.id)
        elif query.name:
            domain = resources().config.site.domain
            row = await catalogue.feed_by_name(db, current_viewer(), query.name, domain=domain)
        else:
            raise Invalid({"id": "Give an id or a name."})
    return feed_view(resources().config.site.base_url, row)


@blueprint.post("/feed")
@API.endpoint(limited="create_feed")
async def create_feed(viewer: Viewer, body: CreateFeedRequest) -> FeedView:
    """Make a feed."""
    new = NewFeed(keys=await make_keys(), **msgspec.structs.asdict(body))
    domain = resources().config.site.domain
    return await _answer(await effect(operations.create, viewer, new, domain=domain))


@blueprint.put("/feed")
@API.endpoint()
async def edit_feed(viewer: Viewer, body: EditFeedRequest) -> FeedView:
    """Change a feed."""
    changes = msgspec.structs.asdict(body)
    feed_id = changes.pop("feed_id")
    domain = resources().config.site.domain
    await effect(operations.edit, viewer, feed_id, FeedChanges(**changes), domain=domain)
    return await _answer(feed_id)


@blueprint.post("/feed/follow")
@API.endpoint()
async def follow_feed(viewer: Viewer, body: FollowFeedRequest) -> FeedView:
    """Follow a feed, or no longer."""
    await effect(operations.follow if body.follow else operations.unfollow, viewer, body.feed_id)
    return await _answer(body.feed_id)


@blueprint.post("/feed/delete")
@API.endpoint()
async def delete_feed(viewer: Viewer, body: DeleteFeedRequest) -> FeedView:
    """Delete a feed, or restore it."""
    await effect(operations.set_deleted, viewer, body.feed_id, deleted=body.deleted)
    return await _answer(body.feed_id)


async def _answer(feed_id: int) -> FeedView:
    async with resources().database.read() as db:
        row = await catalogue.feed_by_id(db, current_viewer(), feed_id, deleted_too=True)
    return feed_view(resources().config.site.base_url, row)
