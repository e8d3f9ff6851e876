"""What a reminder is about."""

from datetime import datetime

import msgspec

from service.forum.reminders.rules import Kind


class ReminderRow(msgspec.Struct, frozen=True):
    """A reminder that waits.

    Attributes:
        at: Naive UTC.
        entity_id: The post's or the comment's.
        title: The post's, also for a comment.
        post_id: The post, or that of the comment.
    """

    id: int
    at: datetime
    kind: Kind
    entity_id: int
    post_id: int
    title: str
