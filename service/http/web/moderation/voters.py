"""Who voted on something, for those who moderate there."""

from quart import request

from service.forum.accounts.viewer import signed_in
from service.forum.votes import voters
from service.http.context import current_viewer, resources
from service.http.web.frame.forms import number_of
from service.http.web.frame.listing import page_after
from service.http.web.frame.rendering import render
from service.http.web.moderation.blueprint import blueprint

VOTES = 50


@blueprint.get("/post/<int:post_id>/voting_activity")
async def voters_of_post(post_id: int) -> str:
    """Show who voted on a post, the latest first."""
    return await _show("post", post_id)


@blueprint.get("/comment/<int:comment_id>/voting_activity")
async def voters_of_comment(comment_id: int) -> str:
    """Show who voted on a comment, the latest first."""
    return await _show("comment", comment_id)


async def _show(kind: str, thing_id: int) -> str:
    viewer = signed_in(current_viewer())
    number = number_of(request.args.get("page"))
    ask = voters.voters_of_post if kind == "post" else voters.voters_of_comment
    async with resources().database.read() as db:
        found = await ask(db, viewer, thing_id, page=number, size=VOTES)
    path = f"/{kind}/{thing_id}/voting_activity"
    return render(
        "moderation/voters.html",
        kind=kind,
        back=f"/{kind}/{thing_id}",
        voters=found.voters,
        next_url=page_after(path, number, found.has_more),
    )
