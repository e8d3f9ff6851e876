"""What can be chosen of what somebody was told."""

from service.forum.choices import TextChoice
from service.language import _


class NotificationStatus(TextChoice):
    """Which notifications are wanted."""

    ALL = "All", _("All"), "All"
    UNREAD = "Unread", _("Unread"), "Unread", "New"
    READ = "Read", "Read", "Read"


# What pages list.
STATUS_MENU = (NotificationStatus.ALL, NotificationStatus.UNREAD)
