"""Taking comments down as a moderator."""

from quart import Response

from service.forum.accounts.viewer import signed_in
from service.forum.comments import operations
from service.forum.comments.shapes import CommentRow
from service.forum.errors import ForumError, Invalid
from service.http.context import current_viewer, resources
from service.http.web.comments.blueprint import blueprint
from service.http.web.comments.finding import find_moderated, path_of
from service.http.web.frame.forms import (
    go,
    posted,
    show_form,
)
from service.http.web.posts.moderating import REMOVAL, reason_of
from service.language import _
from service.text.excerpts import excerpt

EXCERPT_LENGTH = 300


@blueprint.get("/comment/<int:comment_id>/remove")
async def remove_page(comment_id: int) -> Response:
    """Ask a moderator for the reason."""
    return _show_removal(await find_moderated(comment_id), {})


@blueprint.post("/comment/<int:comment_id>/remove")
async def remove(comment_id: int) -> Response:
    """Take a comment down as a moderator."""
    comment = await find_moderated(comment_id)
    form = await posted()
    try:
        reason = reason_of(form)
        await resources().database.write(
            operations.set_removed, signed_in(current_viewer()), comment_id, removed=True, reason=reason
        )
    except Invalid as refusal:
        return _show_removal(comment, form, refusal)
    return go(path_of(comment), "comment-removed", comment_id)


def _show_removal(comment: CommentRow, form: dict[str, str], refusal: ForumError | None = None) -> Response:
    return show_form(
        "moderation/remove.html",
        form,
        refusal,
        fields=REMOVAL,
        heading=_("Remove this comment"),
        excerpt=excerpt(comment.body_html, comment.body, EXCERPT_LENGTH),
        action=f"/comment/{comment.id}/remove",
        back=path_of(comment),
    )
