"""A comment's own address, and the branch that begins with it."""

from quart import Response

from service.http.web.comments.blueprint import blueprint
from service.http.web.comments.finding import find, path_of
from service.http.web.frame.forms import (
    go,
)
from service.http.web.posts.discussion import show_discussion


@blueprint.get("/comment/<int:comment_id>")
async def lead_to_page(comment_id: int) -> Response:
    """Lead from a comment's own address to where it can be read."""
    return go(path_of(await find(comment_id)))


@blueprint.get("/post/<int:post_id>/comment/<int:comment_id>")
async def branch(post_id: int, comment_id: int) -> Response:
    """Show a post with one branch of its discussion."""
    return await show_discussion(post_id, branch_of=comment_id)
