"""Voting and bookmarking."""

from quart import Response

from service.forum import votes
from service.forum.accounts.viewer import signed_in
from service.forum.comments import operations
from service.http.context import current_viewer, resources
from service.http.passing.limits import limit
from service.http.web.comments.blueprint import blueprint
from service.http.web.comments.finding import find
from service.http.web.frame.forms import (
    came_from,
    go,
    is_htmx,
)
from service.http.web.frame.helpers import display_name
from service.http.web.frame.rendering import render_part
from service.http.web.posts.marking import effect_of, vote_control


@blueprint.post("/comment/<int:comment_id>/vote/<direction>")
async def vote(comment_id: int, direction: str) -> Response | str:
    """Vote, or take the vote back; htmx gets the new control, anybody else the page with it."""
    viewer = signed_in(current_viewer())
    effect = effect_of(direction)
    await limit("vote")
    await resources().database.write(votes.vote_on_comment, viewer, comment_id, effect)
    if not is_htmx():
        return go(await came_from(f"comment_{comment_id}"))
    comment = await find(comment_id)
    return vote_control("comment", comment, comment.post, display_name(comment.author))


@blueprint.post("/comment/<int:comment_id>/bookmark", defaults={"saved": True})
@blueprint.post("/comment/<int:comment_id>/remove_bookmark", defaults={"saved": False})
async def bookmark(comment_id: int, *, saved: bool) -> Response | str:
    """Save a comment for later, or forget it."""
    viewer = signed_in(current_viewer())
    await resources().database.write(operations.set_saved, viewer, comment_id, saved=saved)
    if not is_htmx():
        return go(await came_from(f"comment_{comment_id}"))
    comment = await find(comment_id)
    return render_part(
        "parts/posts.html", "bookmark", "comment", comment_id, saved, display_name(comment.author)
    )
