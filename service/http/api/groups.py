"""/api/alpha: topics and feeds, which group communities."""

import msgspec
from msgspec import UNSET, UnsetType
from quart import Blueprint, Response

from service.forum.accounts.keys import make_keys
from service.forum.accounts.viewer import signed_in
from service.forum.errors import Invalid
from service.forum.feeds import catalogue, operations
from service.forum.feeds.operations import FeedChanges, NewFeed
from service.http.api.answer import Id, answer, body_as, query_as
from service.http.api.shapes.groups import feed_view, feed_views, topic_views
from service.http.context import resources, viewer
from service.http.limits import limit

blueprint = Blueprint("api_groups", __name__, url_prefix="/api/alpha")


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


class Create(msgspec.Struct):
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
    is_instance_feed: bool = False
    show_child_posts: bool = False
    parent_feed_id: Id | None = None


class Edit(msgspec.Struct):
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
    is_instance_feed: bool | UnsetType = UNSET
    show_child_posts: bool | UnsetType = UNSET
    parent_feed_id: Id | UnsetType | None = UNSET


class Follow(msgspec.Struct):
    """Follow a feed, or no longer."""

    feed_id: Id
    follow: bool


class Delete(msgspec.Struct):
    """Whether a feed is deleted."""

    feed_id: Id
    deleted: bool


# The API's words for what the forum calls otherwise.
NAMES = {"is_instance_feed": "site_wide", "show_child_posts": "shows_children", "parent_feed_id": "parent_id"}


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


@blueprint.get("/feed")
async def get_feed() -> Response:
    """Return a feed with its communities."""
    wanted = query_as(WhichFeed)
    async with resources().database.read() as db:
        if wanted.id is not None:
            row = await catalogue.feed_by_id(db, viewer(), wanted.id)
        elif wanted.name:
            domain = resources().config.site.domain
            row = await catalogue.feed_by_name(db, viewer(), wanted.name, domain=domain)
        else:
            raise Invalid({"id": "Give an id or a name."})
    return answer(feed_view(resources().config.site.base_url, row))


@blueprint.post("/feed")
async def create_feed() -> Response:
    """Make a feed."""
    known = signed_in(viewer())
    await limit("create_feed")
    sent = {
        NAMES.get(name, name): value for name, value in msgspec.structs.asdict(await body_as(Create)).items()
    }
    new = NewFeed(keys=await make_keys(), **sent)
    domain = resources().config.site.domain
    return await _answer(await resources().database.write(operations.create, known, new, domain=domain))


@blueprint.put("/feed")
async def edit_feed() -> Response:
    """Change a feed."""
    known = signed_in(viewer())
    sent = {
        NAMES.get(name, name): value for name, value in msgspec.structs.asdict(await body_as(Edit)).items()
    }
    feed_id = sent.pop("feed_id")
    domain = resources().config.site.domain
    await resources().database.write(operations.edit, known, feed_id, FeedChanges(**sent), domain=domain)
    return await _answer(feed_id)


@blueprint.post("/feed/follow")
async def follow_feed() -> Response:
    """Follow a feed, or no longer."""
    known = signed_in(viewer())
    sent = await body_as(Follow)
    await resources().database.write(
        operations.follow if sent.follow else operations.unfollow, known, sent.feed_id
    )
    return await _answer(sent.feed_id)


@blueprint.post("/feed/delete")
async def delete_feed() -> Response:
    """Delete a feed, or restore it."""
    known = signed_in(viewer())
    sent = await body_as(Delete)
    await resources().database.write(operations.set_deleted, known, sent.feed_id, deleted=sent.deleted)
    return await _answer(sent.feed_id)


async def _answer(feed_id: int) -> Response:
    async with resources().database.read() as db:
        row = await catalogue.feed_by_id(db, viewer(), feed_id, deleted_too=True)
    return answer(feed_view(resources().config.site.base_url, row))
