"""Changing one's own post, taking it back, and bringing it back."""

from typing import Any

from quart import Response

from service.forum.accounts.viewer import signed_in
from service.forum.errors import ForumError, Invalid
from service.forum.posts import operations
from service.forum.posts.choices import PostType
from service.forum.posts.operations import PostChanges
from service.forum.posts.rules import checked_body
from service.forum.posts.shapes import PostRow
from service.http.context import current_viewer, resources
from service.http.passing.long_texts import render_ahead
from service.http.web.frame.forms import changed, go, posted, text_in
from service.http.web.frame.helpers import community_path, post_path
from service.http.web.posts.blueprint import blueprint
from service.http.web.posts.finding import find_own_post, find_post
from service.http.web.posts.writing import show_writing
from service.language import _

# What the form has besides for a post of a kind.
FIELDS_OF = {"link": ("url",), "photo": ("alt_text",), "text": ()}


@blueprint.get("/post/<int:post_id>/edit")
async def edit_page(post_id: int) -> Response:
    """Show the form with what a post says now."""
    post = await find_own_post(post_id)
    return _show_edit(post, _written(post))


@blueprint.post("/post/<int:post_id>/edit")
async def edit(post_id: int) -> Response:
    """Change a post."""
    post = await find_own_post(post_id)
    form = await posted()
    form["kind"] = _kind_of(post)
    sent: dict[str, Any] = {"nsfw": "nsfw" in form, "nsfl": "nsfl" in form}
    sent |= {name: text_in(form, name) for name in ("title", "body", *FIELDS_OF[form["kind"]])}
    changes = changed(sent, _written(post))
    try:
        if changes:
            await render_ahead(checked_body(sent["body"]))
            await resources().database.write(
                operations.edit,
                signed_in(current_viewer()),
                post_id,
                PostChanges(**changes),
                domain=resources().config.site.domain,
            )
    except Invalid as refusal:
        return _show_edit(post, form, refusal)
    return go(post_path(post), "saved")


@blueprint.post("/post/<int:post_id>/delete")
async def delete(post_id: int) -> Response:
    """Take one's own post back; the next page offers to undo it."""
    post = await find_post(post_id)
    await resources().database.write(
        operations.set_deleted, signed_in(current_viewer()), post_id, deleted=True
    )
    return go(community_path(post.community), "post-deleted", post_id)


@blueprint.post("/post/<int:post_id>/restore")
async def restore(post_id: int) -> Response:
    """Bring a post back: its author what they deleted, a moderator what was removed."""
    viewer = signed_in(current_viewer())
    post = await find_post(post_id)
    await resources().database.write(operations.restore, viewer, post_id)
    return go(post_path(post), "post-restored")


def _kind_of(post: PostRow) -> str:
    if post.type == PostType.IMAGE and not post.url:
        return "photo"
    return "link" if post.url else "text"


def _written(post: PostRow) -> dict[str, Any]:
    return {
        "kind": _kind_of(post),
        "title": post.title,
        "url": post.url,
        "body": post.body,
        "nsfw": post.nsfw,
        "nsfl": post.nsfl,
        "alt_text": post.image.alt_text if post.image else "",
    }


def _show_edit(post: PostRow, form: dict[str, Any], refusal: ForumError | None = None) -> Response:
    return show_writing(
        form,
        refusal,
        post.community,
        new=False,
        heading=_("Edit your post"),
        action=f"/post/{post.id}/edit",
        back=post_path(post),
    )
