"""Comments as readers see them: flat pages, trees, and single ones.

`wanted` says which comments, `order` in which order, `rows` what is read of each, and `outlines` how those of a post
hang together; `lists` and `trees` put it together.
"""

from service.forum.comments.queries.lists import (
    LARGEST_PAGE,
    LARGEST_THREAD,
    comment_by_id,
    comments_by_ids,
    page_of_comments,
)
from service.forum.comments.queries.order import order_of
from service.forum.comments.queries.trees import LARGEST_TREE, tree_of_comments
from service.forum.comments.queries.wanted import CommentSelection

__all__ = [
    "LARGEST_PAGE",
    "LARGEST_THREAD",
    "LARGEST_TREE",
    "CommentSelection",
    "comment_by_id",
    "comments_by_ids",
    "order_of",
    "page_of_comments",
    "tree_of_comments",
]
