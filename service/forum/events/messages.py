"""Private messages, and reports."""

from service.forum.events.base import Event
from service.storage.outbox import FEDERATION


class MessageSent(Event, frozen=True, kw_only=True):
    """Somebody wrote to somebody else."""

    topics = ("notify", FEDERATION)
    message_id: int


class MessageEdited(Event, frozen=True, kw_only=True):
    """The text of a private message changed."""

    topics = (FEDERATION,)
    message_id: int


class MessageDeleted(Event, frozen=True, kw_only=True):
    """A private message was taken back by its sender, or came back (`deleted` is false)."""

    topics = (FEDERATION,)
    message_id: int
    deleted: bool


class ReportFiled(Event, frozen=True, kw_only=True):
    """Somebody asks moderators to look at something."""

    topics = ("notify", FEDERATION)
    report_id: int


class ReportResolved(Event, frozen=True, kw_only=True):
    """A report was dealt with, or is to be dealt with again (`resolved` is false)."""

    topics = (FEDERATION,)
    report_id: int
    by_id: int
    resolved: bool


class ReportHandedUp(Event, frozen=True, kw_only=True):
    """A moderator wants the site's administrators to deal with a report."""

    topics = ("notify",)
    report_id: int
    by_id: int
