"""Changes to feeds that group communities, each a function of a session."""

from service.forum.feeds.operations.following import (
    follow,
    leave_everything,
    receive_follow,
    settle_request,
    unfollow,
)
from service.forum.feeds.operations.gathering import add_items, remove_items
from service.forum.feeds.operations.making import FeedChanges, NewFeed, create, edit, set_deleted
from service.forum.feeds.operations.watching import set_watched

__all__ = [
    "FeedChanges",
    "NewFeed",
    "add_items",
    "create",
    "edit",
    "follow",
    "leave_everything",
    "receive_follow",
    "remove_items",
    "set_deleted",
    "set_watched",
    "settle_request",
    "unfollow",
]
