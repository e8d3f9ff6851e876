"""Changing one's own post, taking it back, and bringing it back."""

from typing import Any

from quart import Response

from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.attachments.operations import discard
from service.forum.errors import ForumError
from service.forum.posts import operations
from service.forum.posts.gallery import Hung, pictures_of
from service.forum.posts.operations import PostChanges, Shown
from service.forum.posts.rules import checked_body
from service.forum.posts.shapes import PostRow
from service.http.context import current_viewer, resources
from service.http.passing.bodies.policy import a_form_with_files, takes
from service.http.passing.long_texts import render_ahead
from service.http.web.frame.fields import Sent
from service.http.web.frame.forms import SHOWN_IN_FORM, go, posted
from service.http.web.frame.helpers import community_path, post_path
from service.http.web.posts.blueprint import blueprint
from service.http.web.posts.finding import find_own_post, find_post
from service.http.web.posts.kinds import (
    CHANGED_EVENT,
    CHANGED_POST,
    event_of,
    kind_of_post,
    written_event,
)
from service.http.web.posts.pictures import pictures_sent
from service.http.web.posts.writing import show_writing
from service.language import _


@blueprint.get("/post/<int:post_id>/edit")
async def edit_page(post_id: int) -> Response:
    """Show the form with what a post says now."""
    post = await find_own_post(post_id)
    return await _show_edit(post, _shown(post, signed_in(current_viewer())))


@blueprint.post("/post/<int:post_id>/edit")
@takes(a_form_with_files())
async def edit(post_id: int) -> Response:
    """Change a post; a picture is replaced by the one that was sent."""
    viewer, post = signed_in(current_viewer()), await find_own_post(post_id)
    form = await posted()
    form["kind"] = kind_of_post(post)
    changes: dict[str, Any] = {}
    try:
        changes = CHANGED_POST[form["kind"]].changes(form, _written(post))
        changes |= await _attached(viewer, post, form)
        if changes:
            await render_ahead(checked_body(changes.get("body", "")))
            await resources().database.write(
                operations.edit,
                viewer,
                post_id,
                PostChanges(**changes),
                domain=resources().config.site.domain,
            )
    except SHOWN_IN_FORM as refusal:
        sent = [picture.file_id for picture in changes.get("pictures", ())]
        await resources().database.write(discard, sent)  # of those, what the post does not show
        return await _show_edit(post, form, refusal)
    return go(post_path(post), "saved")


async def _attached(viewer: Viewer, post: PostRow, form: Sent) -> dict[str, Any]:
    """Other pictures, or another time and place."""
    if form["kind"] == "photo":
        hung = await _pictures(post)
        shown = await pictures_sent(viewer, form, hung)
        as_before = [Shown(one.file_id, one.alt_text or "") for one in hung]
        return {} if shown == as_before else {"pictures": tuple(shown)}
    if post.event is not None:
        zone = viewer.timezone or ""
        if CHANGED_EVENT.changes(form, written_event(post.event, zone)):
            return {"event": event_of(CHANGED_EVENT.read(form), zone)}
    return {}


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


def _written(post: PostRow) -> dict[str, Any]:
    return {
        "kind": kind_of_post(post),
        "title": post.title,
        "url": post.url,
        "body": post.body,
        "nsfw": post.nsfw,
        "nsfl": post.nsfl,
        "ai_generated": post.ai_generated,
        "language_id": post.language_id,
    }


def _shown(post: PostRow, viewer: Viewer) -> dict[str, Any]:
    """The form with what a post says now."""
    event = written_event(post.event, viewer.timezone or "") if post.event else {}
    return _written(post) | event


async def _pictures(post: PostRow) -> list[Hung]:
    async with resources().database.read() as db:
        return await pictures_of(db, post.id)


async def _show_edit(post: PostRow, form: dict[str, Any], refusal: ForumError | None = None) -> Response:
    return await show_writing(
        form,
        refusal,
        post.community,
        await _pictures(post) if kind_of_post(post) == "photo" else (),
        new=False,
        heading=_("Edit your post"),
        action=f"/post/{post.id}/edit",
        back=post_path(post),
    )
