"""What administrators do about other servers; each leaves its entry in the audit log, in its own transaction."""

from service.forum.instances.operations.following import follow, take_over, tell_problem, unfollow
from service.forum.instances.operations.listing import LISTED, change, set_mode
from service.forum.instances.operations.standing import (
    annotate,
    forget,
    retry,
    silence,
    trust,
)
from service.forum.instances.operations.withdrawing import bring_back, withdraw

__all__ = [
    "LISTED",
    "annotate",
    "bring_back",
    "change",
    "follow",
    "forget",
    "retry",
    "set_mode",
    "silence",
    "take_over",
    "tell_problem",
    "trust",
    "unfollow",
    "withdraw",
]
