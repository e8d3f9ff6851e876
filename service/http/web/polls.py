"""Choosing in a poll, on the page of its post."""

from quart import Blueprint, Response, request

from service.forum import polls
from service.forum.accounts.viewer import signed_in
from service.http.context import current_viewer, resources
from service.http.passing.limits import limit
from service.http.web.frame.forms import go, number_of

blueprint = Blueprint("polls", __name__)


@blueprint.post("/post/<int:post_id>/poll_vote")
async def vote(post_id: int) -> Response:
    """Choose what was ticked."""
    viewer = signed_in(current_viewer())
    await limit("vote")
    ticked = (await request.form).getlist("choice")
    choice_ids = [number_of(text, otherwise=0, most=2**31 - 1) for text in ticked]
    await resources().database.write(polls.vote, viewer, post_id, choice_ids)
    return go(f"/post/{post_id}#poll_{post_id}", "voted")
