"""The comment that an address names, and whether the viewer may do with it what they want."""

from service.forum.accounts.viewer import signed_in
from service.forum.comments import queries
from service.forum.comments.shapes import CommentRow
from service.forum.errors import Forbidden
from service.http.context import current_viewer, resources
from service.language import _


async def find(comment_id: int) -> CommentRow:
    """Return a comment as the viewer may see it, or raise NotFound."""
    async with resources().database.read() as db:
        return await queries.comment_by_id(db, current_viewer(), comment_id)


async def find_own(comment_id: int) -> CommentRow:
    """Return a comment of the viewer's, or raise Forbidden."""
    viewer = signed_in(current_viewer())
    comment = await find(comment_id)
    if comment.author.id != viewer.id:
        raise Forbidden(_("You can only do that with your own comments."))
    return comment


async def find_moderated(comment_id: int) -> CommentRow:
    """Return a comment that the viewer may take down, or raise Forbidden."""
    viewer = signed_in(current_viewer())
    comment = await find(comment_id)
    if not (comment.post.mine.moderates or viewer.runs_the_site):
        raise Forbidden
    return comment


def path_of(comment: CommentRow) -> str:
    """Return where a comment is read with what is said to it."""
    return f"/post/{comment.post_id}/comment/{comment.id}#comment_{comment.id}"
