"""Feeds that group communities, and who follows them."""

from typing import Literal
from uuid import UUID

from service.forum.events.base import Event
from service.storage.outbox import FEDERATION


class FeedCreated(Event, frozen=True, kw_only=True):
    """A feed that groups communities was made here."""

    feed_id: int


class FeedEdited(Event, frozen=True, kw_only=True):
    """The texts or settings of a feed changed."""

    topics = (FEDERATION,)
    feed_id: int
    by_id: int


class FeedItemChanged(Event, frozen=True, kw_only=True):
    """A community came into a feed, or went out of it (`added` is false)."""

    topics = (FEDERATION,)
    feed_id: int
    community_id: int
    by_id: int
    added: bool


class FeedDeleted(Event, frozen=True, kw_only=True):
    """A feed was deleted, or restored (`deleted` is false)."""

    topics = (FEDERATION,)
    feed_id: int
    by_id: int
    deleted: bool


class FeedFollowed(Event, frozen=True, kw_only=True):
    """An account asked to follow a feed, follows it, or does so no longer; as `MembershipChanged`."""

    topics = (FEDERATION,)
    feed_id: int
    account_id: int
    step: Literal["asked", "joined", "left"]
    request: UUID | None = None
