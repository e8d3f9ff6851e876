"""Reads of communities: a page's head, lists, members and bans. All within what the viewer may see."""

from service.forum.communities.queries.administration import standing_by_id, standings
from service.forum.communities.queries.bans import bans, own_ban
from service.forum.communities.queries.invitations import invitation_by_id, invitation_by_token, invitations
from service.forum.communities.queries.lists import (
    blocked,
    listing,
    moderated,
    moderated_by,
    most_used,
    subscriptions,
)
from service.forum.communities.queries.members import is_moderator, moderators
from service.forum.communities.queries.one import (
    communities_by_ids,
    community_by_id,
    community_by_name,
    head_by_id,
    head_by_name,
    head_of_left,
    successor_of,
)
from service.forum.communities.queries.roll import members

__all__ = [
    "bans",
    "blocked",
    "communities_by_ids",
    "community_by_id",
    "community_by_name",
    "head_by_id",
    "head_by_name",
    "head_of_left",
    "invitation_by_id",
    "invitation_by_token",
    "invitations",
    "is_moderator",
    "listing",
    "members",
    "moderated",
    "moderated_by",
    "moderators",
    "most_used",
    "own_ban",
    "standing_by_id",
    "standings",
    "subscriptions",
    "successor_of",
]
