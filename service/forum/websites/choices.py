"""What can be chosen of websites."""

from service.forum.choices import TextChoice
from service.language import _


class WebsiteKind(TextChoice):
    """Which websites an administrator's list shows; the values are the words of addresses."""

    BANNED = "", _("Banned")
    WATCHED = "watched", _("Watched or with a warning")
    ALL = "all", _("All linked websites")
