"""Reads of reports: moderators see those of their communities, the site's staff sees all."""

from service.forum.reports.queries.by_kind import (
    comment_report_by_id,
    comment_reports,
    conversation_reports,
    counts,
    may_handle,
    message_report_by_id,
    message_reports,
    post_report_by_id,
    post_reports,
)
from service.forum.reports.queries.queue import queue, queue_counts, queued

__all__ = [
    "comment_report_by_id",
    "comment_reports",
    "conversation_reports",
    "counts",
    "may_handle",
    "message_report_by_id",
    "message_reports",
    "post_report_by_id",
    "post_reports",
    "queue",
    "queue_counts",
    "queued",
]
