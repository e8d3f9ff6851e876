"""Votes on posts, and bookmarks."""

from quart import Response

from service.forum import votes
from service.forum.accounts.viewer import signed_in
from service.forum.comments.shapes import CommentRow
from service.forum.errors import NotFound
from service.forum.posts import operations
from service.forum.posts.shapes import PostRow
from service.http.context import current_viewer, resources
from service.http.passing.limits import limit
from service.http.web.frame.forms import (
    came_from,
    go,
    is_htmx,
)
from service.http.web.frame.rendering import render_part
from service.http.web.posts.blueprint import blueprint
from service.http.web.posts.finding import find_post
from service.language.formats import compact


@blueprint.post("/post/<int:post_id>/vote/<direction>")
async def vote(post_id: int, direction: str) -> Response | str:
    """Vote, or take the vote back; htmx gets the new control, anybody else the page with it."""
    viewer = signed_in(current_viewer())
    await limit("vote")
    await resources().database.write(votes.vote_on_post, viewer, post_id, effect_of(direction))
    if not is_htmx():
        return go(await came_from(f"post_{post_id}"))
    post = await find_post(post_id)
    return vote_control("post", post, post, post.title)


@blueprint.post("/post/<int:post_id>/bookmark", defaults={"saved": True})
@blueprint.post("/post/<int:post_id>/remove_bookmark", defaults={"saved": False})
async def bookmark(post_id: int, *, saved: bool) -> Response | str:
    """Save a post for later, or forget it."""
    viewer = signed_in(current_viewer())
    await resources().database.write(operations.set_saved, viewer, post_id, saved=saved)
    if not is_htmx():
        return go(await came_from(f"post_{post_id}"))
    post = await find_post(post_id)
    return render_part("parts/posts.html", "bookmark", "post", post_id, saved, post.title)


EFFECTS = {"up": 1, "down": -1, "none": 0}


def effect_of(direction: str) -> int:
    """Return 1, -1 or 0 for a word of a vote's address, or raise NotFound."""
    if direction not in EFFECTS:
        raise NotFound
    return EFFECTS[direction]


def vote_control(kind: str, row: PostRow | CommentRow, post: PostRow, of: str) -> str:
    """Return the control of a vote as it is after the vote.

    Parameters:
        kind: `post` or `comment`.
        row: what was voted on.
        post: where it stands.
        of: whose or which it is, in the names of the buttons.
    """
    score, may_vote_down = compact(row.score), post.community.takes_downvotes
    return render_part(
        "parts/posts.html", "votes", kind, row.id, row.mine.vote, score, of, True, may_vote_down
    )
