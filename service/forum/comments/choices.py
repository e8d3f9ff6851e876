"""How comments can be ordered: the words of addresses, of settings, and of the API."""

from service.forum.choices import TextChoice
from service.language import _, p_


class CommentSort(TextChoice):
    """How comments are ordered: also `"user".default_comment_sort`."""

    HOT = "hot", _("Hot"), "Hot"
    TOP = "top", _("Top"), "Top", "TopAll"
    NEW = "new", p_("sort", "New"), "New"
    OLD = "old", _("Old"), "Old"
    CONTROVERSIAL = "controversial", _("Controversial"), "Controversial"


# What pages list, and what a member can have by default.
COMMENT_SORT_MENU = (CommentSort.HOT, CommentSort.TOP, CommentSort.NEW, CommentSort.OLD)
