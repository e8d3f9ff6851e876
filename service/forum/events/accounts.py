"""Accounts: registered, changed, banned, deleted; and who follows whom."""

from datetime import datetime
from typing import Literal

from service.forum.events.base import Event
from service.storage.outbox import FEDERATION


class AccountRegistered(Event, frozen=True, kw_only=True):
    """A local account was made and may sign in."""

    account_id: int


class AccountApplied(Event, frozen=True, kw_only=True):
    """Somebody applied for an account and waits for a decision."""

    topics = ("notify",)
    account_id: int
    application_id: int


class ProfileChanged(Event, frozen=True, kw_only=True):
    """What others see of a local account changed."""

    topics = (FEDERATION,)
    account_id: int


class AccountDeleted(Event, frozen=True, kw_only=True):
    """An account was deleted, by its owner or by an administrator, who may have no account here.

    Its row stays, with the key that signs the news of it.
    """

    topics = (FEDERATION,)
    account_id: int
    deleted_by: int | None
    removes_content: bool = False


class AccountBanned(Event, frozen=True, kw_only=True):
    """An account was banned from the site, or the ban was lifted (`banned` is false).

    Attributes:
        by_id: None for somebody without an account here.
        until: Naive UTC; None for ever.
        removes_content: All that it wrote is taken down, or comes back.
    """

    topics = (FEDERATION,)
    account_id: int
    by_id: int | None
    banned: bool
    reason: str = ""
    until: datetime | None = None
    removes_content: bool = False


class BannedElsewhere(Event, frozen=True, kw_only=True):
    """An account of ours was banned from another server, or the ban was lifted (`banned` is false)."""

    topics = ("notify",)
    account_id: int
    by_id: int
    banned: bool


class PersonFollowed(Event, frozen=True, kw_only=True):
    """An account follows somebody, or asks to, or no longer does (`followed` is false).

    Attributes:
        request_id: Of the row that waits for the answer, where one does.
    """

    topics = (FEDERATION,)
    account_id: int
    followed_id: int
    followed: bool
    request_id: int | None = None


class FollowAsked(Event, frozen=True, kw_only=True):
    """Somebody, of here or elsewhere, wants to follow an account that decides about that itself."""

    topics = ("notify",)
    account_id: int
    followed_id: int


class QuoteRevoked(Event, frozen=True, kw_only=True):
    """Somebody of another server may no longer quote something of a member's.

    Attributes:
        by_id: Whose it is.
        account_id: Who quotes it.
        stamp: The address by which the consent was known.
    """

    topics = (FEDERATION,)
    by_id: int
    account_id: int
    post_id: int
    stamp: str


class FollowAnswered(Event, frozen=True, kw_only=True):
    """A community, feed or person of this site let in somebody of another, refused them, or put them out again.

    Attributes:
        followed: What they asked.
        follow: The identifier of the activity by which they asked, where it is still known.
    """

    topics = (FEDERATION,)
    followed: Literal["community", "feed", "person"]
    followed_id: int
    account_id: int
    follow: str | None
    accepted: bool
