"""What a comment looks like to a reader: frozen rows that pages and the API both render.

Made by `comments.queries`; nothing here touches the database.
"""

from datetime import datetime

import msgspec

from service.forum.accounts.shapes import AuthorRow
from service.forum.attachments.shapes import ImageRow
from service.forum.posts.shapes import PostRow
from service.forum.reactions import Reaction


class CommentMine(msgspec.Struct, frozen=True, gc=False):
    """What a comment is to the viewer. For an anonymous one everything is empty.

    Attributes:
        vote: 1, 0 or -1.
        notify: The viewer asked to hear of replies to it.
        author_blocked: The viewer blocked the author.
        author_note: What the viewer wrote down about the author; None for nothing.
        folded: The name of the viewer's keyword filter that folds it away; '' for none.
    """

    vote: int = 0
    saved: bool = False
    notify: bool = False
    author_blocked: bool = False
    author_note: str | None = None
    folded: str = ""


NOT_MINE = CommentMine()


class CommentRow(msgspec.Struct, frozen=True):
    """A comment, its author and the post it stands under.

    Attributes:
        path: Ids from 0 over its ancestors to itself: `[0, root, …, parent, id]`.
        depth: 0 for an answer to the post itself.
        deleted: Taken back by its author; `removed`: taken down by someone else. At most one of them is true, and the
            text of such a comment is empty here (the row keeps it, for a restore).
        locked: Takes no more answers.
        score: up_votes - down_votes.
        child_count: Of all descendants, not only of its own answers.
        reactions: The emoji that came with its votes; None where none ever did.
        post: The whole post with its community; `post.mine` holds the viewer's standing in the community.
        mine: What it is to the viewer.
    """

    id: int
    post_id: int
    parent_id: int | None
    root_id: int
    path: tuple[int, ...]
    depth: int
    body: str
    body_html: str
    created_at: datetime
    posted_at: datetime
    edited_at: datetime | None
    deleted: bool
    removed: bool
    locked: bool
    nsfw: bool
    distinguished: bool
    sticky: bool
    answer: bool
    from_bot: bool
    ap_id: str
    local: bool
    instance_id: int
    language_id: int
    up_votes: int
    down_votes: int
    score: int
    child_count: int
    reactions: tuple[Reaction, ...] | None
    image: ImageRow | None
    author: AuthorRow
    author_is_moderator: bool
    author_banned_from_community: bool
    post: PostRow
    mine: CommentMine = NOT_MINE


class CommentNode(msgspec.Struct, frozen=True):
    """A comment in its tree.

    Attributes:
        children: Its answers, in the tree's order.
        more: How many of its descendants exist below what was loaded (a "show more" link).
    """

    comment: CommentRow
    children: list["CommentNode"]
    more: int = 0


class CommentPage(msgspec.Struct, frozen=True):
    """A flat page of comments, for the API.

    Attributes:
        has_more: Whether there is a following page.
    """

    comments: list[CommentRow]
    has_more: bool


def all_comments(nodes: list[CommentNode]) -> list[CommentRow]:
    """Return the comments of a tree in the order in which they are read."""
    found: list[CommentRow] = []
    waiting = nodes[::-1]
    while waiting:
        node = waiting.pop()
        found.append(node.comment)
        waiting += node.children[::-1]
    return found


class CommentTree(msgspec.Struct, frozen=True):
    """A page of top-level comments with what hangs below them.

    Attributes:
        next_cursor: An opaque string for the following page of top-level comments; None at the end.
        has_more: Whether there is a following page (for callers that count pages).
    """

    nodes: list[CommentNode]
    next_cursor: str | None
    has_more: bool
