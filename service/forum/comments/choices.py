"""How comments can be ordered: the words of addresses, of settings, and of the API."""

from service.forum.choices import TextChoice


class CommentSort(TextChoice):
    """How comments are ordered: also `"user".default_comment_sort`."""

    HOT = "hot", "Hot", "Hot"
    TOP = "top", "Top", "Top", "TopAll"
    NEW = "new", "New", "New"
    OLD = "old", "Old", "Old"
    CONTROVERSIAL = "controversial", "Controversial", "Controversial"


# What pages list, and what a member can have by default.
COMMENT_SORT_MENU = (CommentSort.HOT, CommentSort.TOP, CommentSort.NEW, CommentSort.OLD)
