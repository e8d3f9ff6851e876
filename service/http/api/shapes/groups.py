"""Topics and feeds as the API shows them: trees of groups of communities."""

from collections.abc import Sequence
from operator import attrgetter
from typing import NotRequired, TypedDict, TypeVar

from service.forum.communities.shapes import CommunityRow
from service.forum.feeds.shapes import FeedRow, TopicRow
from service.http.api.shapes.communities import Community, community_beside
from service.http.api.shapes.values import address, moment, without_missing


class TopicView(TypedDict):
    """A topic with its communities, and the topics below it."""

    id: int
    name: str
    title: str
    communities_count: int
    show_posts_from_children: bool
    parent_topic_id: int | None
    communities: list[Community]
    children: list["TopicView"]


class FeedView(TypedDict):
    """A feed with its communities, and the feeds below it."""

    id: int
    user_id: int
    name: str
    title: str
    description: str
    description_html: str
    nsfw: bool
    nsfl: bool
    public: bool
    local: bool
    ap_domain: str
    actor_id: str
    published: str
    updated: str
    parent_feed_id: int | None
    is_instance_feed: bool
    show_posts_from_children: bool
    subscriptions_count: int
    communities_count: int
    owner: bool
    subscribed: bool
    communities: list[Community]
    children: list["FeedView"]
    icon: NotRequired[str | None]
    banner: NotRequired[str | None]


Group = TypeVar("Group", TopicView, FeedView)


def topic_views(origin: str, rows: Sequence[TopicRow]) -> list[TopicView]:
    """Return TopicViews, those below others inside them.

    Parameters:
        origin: the site's own, put before relative addresses.
        rows: all topics.
    """
    return _tree([(row.id, row.parent_id, _topic(origin, row)) for row in rows])


def feed_views(origin: str, rows: Sequence[FeedRow]) -> list[FeedView]:
    """Return FeedViews, those below others inside them; see topic_views."""
    return _tree([(row.id, row.parent_id, feed_view(origin, row)) for row in rows])


def _tree(nodes: Sequence[tuple[int, int | None, Group]]) -> list[Group]:
    by_id = {node_id: shape for node_id, _, shape in nodes}
    tops: list[Group] = []
    for _, parent_id, shape in nodes:
        parent = by_id.get(parent_id) if parent_id is not None else None
        (tops if parent is None else parent["children"]).append(shape)
    return tops


def _topic(origin: str, row: TopicRow) -> TopicView:
    return {
        "id": row.id,
        "name": row.name,
        "title": row.title,
        "communities_count": row.communities_count,
        "show_posts_from_children": row.shows_children,
        "parent_topic_id": row.parent_id,
        "communities": [
            community_beside(origin, community) for community in sorted(row.communities, key=attrgetter("id"))
        ],
        "children": [],
    }


def feed_view(origin: str, row: FeedRow) -> FeedView:
    """Return a FeedView without those below it."""
    shape: FeedView = {
        "id": row.id,
        "user_id": row.user_id,
        "name": row.name,
        "title": row.title,
        "description": row.description,
        "description_html": row.description_html,
        "nsfw": row.nsfw,
        "nsfl": row.nsfl,
        "public": row.public,
        "local": row.local,
        "ap_domain": row.domain,
        "actor_id": row.actor_id,
        "published": moment(row.created_at),
        "updated": moment(row.edited_at),
        "parent_feed_id": row.parent_id,
        "is_instance_feed": row.site_wide,
        "show_posts_from_children": row.shows_children,
        "subscriptions_count": row.followers,
        "communities_count": row.communities_count,
        "owner": row.mine,
        "subscribed": row.followed or row.mine,
        "communities": [
            community_beside(origin, community) for community in sorted(row.communities, key=attrgetter("id"))
        ],
        "children": [],
    }
    return without_missing(shape, icon=address(origin, row.icon_url), banner=address(origin, row.banner_url))


def _communities(origin: str, rows: Sequence[CommunityRow]) -> list[Community]:
    return [community_beside(origin, row) for row in sorted(rows, key=attrgetter("id"))]
