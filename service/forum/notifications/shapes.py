"""What there is to tell, and what was told."""

from datetime import datetime
from typing import Any

import msgspec

from service.forum.accounts.shapes import AuthorRow


class News(msgspec.Struct, frozen=True, kw_only=True):
    """Something to tell people.

    Attributes:
        url: Where it leads, as a path.
        author_id: Who caused it; None for another server.
        targets: The ids and names that a client makes its own words from.
    """

    kind: int
    subtype: str
    title: str
    url: str
    author_id: int | None
    targets: dict[str, Any]


class NotificationRow(msgspec.Struct, frozen=True):
    """One thing that somebody was told.

    Attributes:
        kind: One of the constants USER to REGISTRATION.
        url: Where it leads: a path, or an address on this site.
        author: Who caused it; None where their account is gone.
        post_id, comment_id, community_id: What it is about, as far as that is known.
    """

    id: int
    kind: int
    subtype: str
    title: str
    url: str
    read: bool
    created_at: datetime
    author: AuthorRow | None
    post_id: int | None
    comment_id: int | None
    community_id: int | None


class NotificationPage(msgspec.Struct, frozen=True):
    """A page of notifications, the newest first.

    Attributes:
        has_more: Whether there is a following page.
    """

    notifications: list[NotificationRow]
    has_more: bool


class UnreadCount(msgspec.Struct, frozen=True):
    """How much is unread; `other` is neither reply, mention nor private message."""

    replies: int
    mentions: int
    private_messages: int
    other: int


class Totals(msgspec.Struct, frozen=True):
    """How many notifications there are."""

    total: int
    unread: int

    @property
    def read(self) -> int:
        """Those that were read."""
        return self.total - self.unread
