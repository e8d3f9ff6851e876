"""Reads of communities: a page's head, lists, members and bans. All within what the viewer may see."""

from service.forum.communities.queries.bans import bans
from service.forum.communities.queries.lists import blocked, listing, moderated, moderated_by, subscriptions
from service.forum.communities.queries.members import is_moderator, moderators
from service.forum.communities.queries.one import by_id, by_name, head, head_by_id, head_of_left

__all__ = [
    "bans",
    "blocked",
    "by_id",
    "by_name",
    "head",
    "head_by_id",
    "head_of_left",
    "is_moderator",
    "listing",
    "moderated",
    "moderated_by",
    "moderators",
    "subscriptions",
]
