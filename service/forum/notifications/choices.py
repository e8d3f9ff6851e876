"""What can be chosen of what somebody was told."""

from service.forum.choices import TextChoice


class NotificationStatus(TextChoice):
    """Which notifications are wanted."""

    ALL = "All", "All", "All"
    UNREAD = "Unread", "Unread", "Unread", "New"
    READ = "Read", "Read", "Read"


# What pages list.
STATUS_MENU = (NotificationStatus.ALL, NotificationStatus.UNREAD)
