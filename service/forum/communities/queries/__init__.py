"""Reads of communities: a page's head, lists, members and bans. All within what the viewer may see."""

from service.forum.communities.queries.bans import bans
from service.forum.communities.queries.lists import blocked, listing, moderated, moderated_by, subscriptions
from service.forum.communities.queries.members import is_moderator, moderators
from service.forum.communities.queries.one import (
    community_by_id,
    community_by_name,
    head_by_id,
    head_by_name,
    head_of_left,
    successor_of,
)

__all__ = [
    "bans",
    "blocked",
    "community_by_id",
    "community_by_name",
    "head_by_id",
    "head_by_name",
    "head_of_left",
    "is_moderator",
    "listing",
    "moderated",
    "moderated_by",
    "moderators",
    "subscriptions",
    "successor_of",
]
