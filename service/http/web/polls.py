"""Choosing in a poll, on the page of its post."""

from quart import Blueprint, Response

from service.forum import polls
from service.forum.accounts.viewer import signed_in
from service.http.context import current_viewer, resources
from service.http.passing.limits import limit
from service.http.web.frame.fields import Form, Ids
from service.http.web.frame.forms import go, posted

blueprint = Blueprint("polls", __name__)

VOTE = Form(Ids("choice"))


@blueprint.post("/post/<int:post_id>/poll_vote")
async def vote(post_id: int) -> Response:
    """Choose what was ticked."""
    viewer = signed_in(current_viewer())
    await limit("vote")
    ticked = VOTE.read(await posted())["choice"]
    await resources().database.write(polls.vote, viewer, post_id, list(ticked))
    return go(f"/post/{post_id}#poll_{post_id}", "voted")
