"""Changes to communities, each a function of a session."""

from service.forum.communities.operations.administering import administer
from service.forum.communities.operations.invitations import (
    accept_invitation,
    decline_invitation,
    invite,
    invite_address,
    withdraw_invitation,
)
from service.forum.communities.operations.making import (
    Created,
    NewCommunity,
    create,
    edit,
    refuse_taken,
    set_deleted,
)
from service.forum.communities.operations.members import admit
from service.forum.communities.operations.membership import (
    join,
    join_through_feed,
    leave,
    leave_all,
    leave_those_of_feeds,
    leave_unmoderated,
    set_blocked,
    set_watched,
)
from service.forum.communities.operations.moderators import (
    ban_member,
    end_expired_bans,
    hand_over,
    set_moderator,
    unban_member,
)
from service.forum.communities.operations.requests import receive_follow, settle_request

__all__ = [
    "Created",
    "NewCommunity",
    "accept_invitation",
    "administer",
    "admit",
    "ban_member",
    "create",
    "decline_invitation",
    "edit",
    "end_expired_bans",
    "hand_over",
    "invite",
    "invite_address",
    "join",
    "join_through_feed",
    "leave",
    "leave_all",
    "leave_those_of_feeds",
    "leave_unmoderated",
    "receive_follow",
    "refuse_taken",
    "set_blocked",
    "set_deleted",
    "set_moderator",
    "set_watched",
    "settle_request",
    "unban_member",
    "withdraw_invitation",
]
