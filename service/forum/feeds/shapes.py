"""What groups communities, as readers see it: frozen, without a database."""

from datetime import datetime

import msgspec

from service.forum.communities.shapes import CommunityRow


class TopicRow(msgspec.Struct, frozen=True):
    """A topic, perhaps below another, with the communities in it.

    Attributes:
        watched: The viewer is told of new posts in it.
    """

    id: int
    title: str
    name: str
    parent_id: int | None
    communities_count: int
    shows_children: bool
    watched: bool
    communities: list[CommunityRow]


class FeedRow(msgspec.Struct, frozen=True):
    """A collection of communities, perhaps below another.

    Attributes:
        mine: The viewer made it.
        followed: The viewer follows it.
        watched: The viewer is told of new posts in it.
        site_wide: The site shows it in its menu.
    """

    id: int
    user_id: int
    title: str
    name: str
    description: str
    description_html: str
    nsfw: bool
    nsfl: bool
    public: bool
    local: bool
    domain: str
    actor_id: str
    icon_url: str | None
    banner_url: str | None
    created_at: datetime
    edited_at: datetime
    parent_id: int | None
    site_wide: bool
    shows_children: bool
    followers: int
    communities_count: int
    mine: bool
    followed: bool
    watched: bool
    communities: list[CommunityRow]
