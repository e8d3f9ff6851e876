"""Changes to reports, each a function of a session."""

from service.forum.reports.operations.filing import (
    Complaint,
    report_comment,
    report_community,
    report_conversation,
    report_message,
    report_person,
    report_post,
)
from service.forum.reports.operations.handling import Verdict, decide, hand_up, set_resolved

__all__ = [
    "Complaint",
    "Verdict",
    "decide",
    "hand_up",
    "report_comment",
    "report_community",
    "report_conversation",
    "report_message",
    "report_person",
    "report_post",
    "set_resolved",
]
