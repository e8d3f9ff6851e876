"""Topics and feeds as the API shows them: trees of groups of communities."""

from collections.abc import Sequence

from service.forum.feeds.catalogue import FeedRow, TopicRow
from service.http.api.shapes.communities import community_beside
from service.http.api.shapes.values import Shape, address, moment


def topic_views(origin: str, rows: Sequence[TopicRow]) -> list[Shape]:
    """Return TopicViews, those below others inside them.

    Parameters:
        origin: the site's own, put before relative addresses.
        rows: all topics.
    """
    return _tree([(row.id, row.parent_id, _topic(origin, row)) for row in rows])


def feed_views(origin: str, rows: Sequence[FeedRow]) -> list[Shape]:
    """Return FeedViews, those below others inside them; see topic_views."""
    return _tree([(row.id, row.parent_id, feed_view(origin, row)) for row in rows])


def _tree(nodes: Sequence[tuple[int, int | None, Shape]]) -> list[Shape]:
    by_id = {node_id: shape for node_id, _, shape in nodes}
    tops: list[Shape] = []
    for _, parent_id, shape in nodes:
        parent = by_id.get(parent_id) if parent_id is not None else None
        (tops if parent is None else parent["children"]).append(shape)
    return tops


def _topic(origin: str, row: TopicRow) -> Shape:
    return {
        "id": row.id,
        "name": row.name,
        "title": row.title,
        "communities_count": row.communities_count,
        "show_posts_from_children": row.shows_children,
        "parent_topic_id": row.parent_id,
        "communities": [community_beside(origin, community) for community in row.communities],
        "children": [],
    }


def feed_view(origin: str, row: FeedRow) -> Shape:
    """Return a FeedView without those below it."""
    return {
        "id": row.id,
        "user_id": row.user_id,
        "name": row.name,
        "title": row.title,
        "description": row.description or None,
        "description_html": row.description_html or None,
        "nsfw": row.nsfw,
        "nsfl": row.nsfl,
        "public": row.public,
        "local": row.local,
        "ap_domain": row.domain,
        "actor_id": row.actor_id,
        "icon": address(origin, row.icon_url),
        "banner": address(origin, row.banner_url),
        "published": moment(row.created_at),
        "updated": moment(row.edited_at),
        "parent_feed_id": row.parent_id,
        "is_instance_feed": row.site_wide,
        "show_posts_from_children": row.shows_children,
        "subscriptions_count": row.followers,
        "communities_count": row.communities_count,
        "owner": row.mine,
        "subscribed": row.followed or row.mine,
        "communities": [community_beside(origin, community) for community in row.communities],
        "children": [],
    }
