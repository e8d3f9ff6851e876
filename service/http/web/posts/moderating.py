"""What moderators do with a post: take it down, lock it, pin it."""

from quart import Response

from service.forum.accounts.viewer import signed_in
from service.forum.errors import ForumError, Invalid
from service.forum.moderation.rules import REASON_LENGTH
from service.forum.posts import operations
from service.forum.posts.shapes import PostRow
from service.http.context import current_viewer, resources
from service.http.web.frame.fields import Form, Line, Sent
from service.http.web.frame.forms import (
    go,
    posted,
    show_form,
)
from service.http.web.frame.helpers import community_path, post_path
from service.http.web.posts.blueprint import blueprint
from service.http.web.posts.finding import find_moderated_post
from service.language import _

REMOVAL = Form(
    Line(
        "reason",
        _("Reason"),
        _("Shown in the moderation log."),
        required=True,
        missing=_("Give a reason. It helps the author and the other moderators."),
        most=REASON_LENGTH,
    )
)


@blueprint.get("/post/<int:post_id>/remove")
async def remove_page(post_id: int) -> Response:
    """Ask a moderator for the reason."""
    return _show_removal(await find_moderated_post(post_id), {})


@blueprint.post("/post/<int:post_id>/remove")
async def remove(post_id: int) -> Response:
    """Take a post down as a moderator."""
    post = await find_moderated_post(post_id)
    form = await posted()
    try:
        reason = reason_of(form)
        await resources().database.write(
            operations.set_removed, signed_in(current_viewer()), post_id, removed=True, reason=reason
        )
    except Invalid as refusal:
        return _show_removal(post, form, refusal)
    return go(community_path(post.community), "post-removed", post_id)


@blueprint.post("/post/<int:post_id>/lock", defaults={"locked": True})
@blueprint.post("/post/<int:post_id>/unlock", defaults={"locked": False})
async def lock(post_id: int, *, locked: bool) -> Response:
    """Let a post take no more comments, or again."""
    await resources().database.write(
        operations.set_locked, signed_in(current_viewer()), post_id, locked=locked
    )
    return go(f"/post/{post_id}", "locked" if locked else "unlocked")


@blueprint.post("/post/<int:post_id>/sticky", defaults={"pinned": True})
@blueprint.post("/post/<int:post_id>/unsticky", defaults={"pinned": False})
async def pin(post_id: int, *, pinned: bool) -> Response:
    """Pin a post on top of its community, or let it go down again."""
    await resources().database.write(
        operations.set_pinned, signed_in(current_viewer()), post_id, pinned=pinned
    )
    return go(f"/post/{post_id}", "pinned" if pinned else "unpinned")


def reason_of(form: Sent) -> str:
    """Return why a moderator acts; Invalid without a reason or with a very long one."""
    reason: str = REMOVAL.read(form)["reason"]
    return reason


def _show_removal(post: PostRow, form: dict[str, str], refusal: ForumError | None = None) -> Response:
    return show_form(
        "moderation/remove.html",
        form,
        refusal,
        fields=REMOVAL,
        heading=_("Remove this post"),
        excerpt=post.title,
        action=f"/post/{post.id}/remove",
        back=post_path(post),
    )
