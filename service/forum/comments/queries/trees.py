"""A post's comments as a tree, by pages: the discussion is outlined, and what a page shows of it is read."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.viewer import Viewer
from service.forum.comments.choices import CommentSort
from service.forum.comments.outline import POST, Outline, branches_of, page_of
from service.forum.comments.queries.outlines import read_outline
from service.forum.comments.queries.rows import comments_of
from service.forum.comments.queries.wanted import CommentSelection
from service.forum.comments.shapes import CommentNode, CommentRow, CommentTree
from service.forum.posts.shapes import PostRow

# So many comments make a page, and twice as many are the most that one page has.
LARGEST_TREE = 200
# What is deeper is left to the pages of its branch: our own trees end there, and recursion should.
DEEPEST = 100

NOTHING = CommentTree([], None, False)


async def tree_of_comments(
    db: AsyncConnection,
    viewer: Viewer | None,
    post: PostRow,
    sort: CommentSort,
    *,
    limit: int = 100,
    page: int = 1,
    parent_id: int | None = None,
    max_depth: int | None = None,
    budget: int = LARGEST_TREE,
    with_gone: bool = False,
) -> CommentTree:
    """Return a page of a post's comments as a tree.

    Parameters:
        post: as `posts.queries.post_by_id` returned it for this viewer.
        limit: topmost comments on the page (below a parent, its answers), from 1.
        page: its number, from 1.
        parent_id: only this comment and what hangs below it, by pages of its answers.
        max_depth: how many levels below the topmost ones, or below the parent; 100 at most.
        budget: how many comments make a page, 1 to 200; with its last branch it may have twice as many.
        with_gone: with the tombstones that nothing living stands on.
    """
    outline = await read_outline(
        db,
        viewer,
        CommentSelection(post_id=post.id, parent_id=parent_id),
        sort,
        of_readable=False,
        with_gone=with_gone,
    )
    if parent_id is not None and not outline.sizes.get(parent_id):
        return NOTHING
    # The answers to a parent are its first level.
    levels = min(DEEPEST if max_depth is None else max_depth, DEEPEST) - (parent_id is not None)
    budget = min(max(budget, 1), LARGEST_TREE)
    tops, has_more = (
        page_of(outline, parent_id or POST, page=page, size=min(max(limit, 1), budget), budget=budget)
        if levels >= 0
        else ([], False)
    )
    if page > 1 and not tops:
        return NOTHING
    shown = branches_of(outline, tops, levels=levels, most=budget)
    above = [] if parent_id is None else [parent_id]
    comments = await comments_of(db, viewer, outline, [*above, *shown], post)
    nodes = _nodes(outline, comments, tops)
    for comment_id in above:
        nodes = [CommentNode(comments[comment_id], nodes, 0 if tops else outline.sizes[comment_id] - 1)]
    return CommentTree(nodes, str(page + 1) if has_more else None, has_more)


def _nodes(outline: Outline, comments: Mapping[int, CommentRow], ids: Sequence[int]) -> list[CommentNode]:
    """These comments, as far as they were read, with what was read of what stands below them."""
    return [
        CommentNode(
            comments[comment_id],
            _nodes(outline, comments, outline.answers.get(comment_id, ())),
            outline.left_out(comment_id, comments),
        )
        for comment_id in ids
        if comment_id in comments
    ]
