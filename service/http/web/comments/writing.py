"""Answering, editing, taking back and bringing back."""

from quart import Response

from service.forum.accounts.viewer import signed_in
from service.forum.comments import operations
from service.forum.comments.operations import NewComment
from service.forum.comments.rules import checked_body
from service.forum.comments.shapes import CommentRow
from service.forum.errors import ForumError, Invalid
from service.http.context import current_viewer, resources
from service.http.passing.limits import limit
from service.http.passing.long_texts import render_ahead
from service.http.passing.security import csrf_token
from service.http.web.comments.blueprint import blueprint
from service.http.web.comments.finding import find, find_own, path_of
from service.http.web.frame.comments import BODY, COMMENT
from service.http.web.frame.forms import (
    SHOWN_IN_FORM,
    go,
    is_htmx,
    on_this_site,
    page_shown,
    posted,
    show_form,
)
from service.http.web.frame.helpers import with_query
from service.http.web.frame.rendering import render_part
from service.http.web.posts.discussion import THREADS_SHOWN, show_discussion
from service.language import _


@blueprint.post("/post/<int:post_id>/reply")
async def answer_post(post_id: int) -> Response:
    """Comment on a post."""
    form = await posted()
    try:
        comment_id = await _publish(post_id, None, form)
    except SHOWN_IN_FORM as refusal:
        return await show_discussion(post_id, form=form, refusal=refusal)
    return go(await _page_with(comment_id))


@blueprint.get("/post/<int:post_id>/comment/<int:comment_id>/reply")
async def answer_page(post_id: int, comment_id: int) -> Response | str:
    """Show the form of an answer: below the comment for htmx, on a page of its own without."""
    signed_in(current_viewer())
    if is_htmx():
        action = f"/post/{post_id}/comment/{comment_id}/reply"
        return render_part("parts/reply.html", "inline_form", BODY, action, csrf_token(), page_shown())
    return _show_answer(await find(comment_id), {"next": page_shown(f"/post/{post_id}/comment/{comment_id}")})


@blueprint.post("/post/<int:post_id>/comment/<int:comment_id>/reply")
async def answer_comment(post_id: int, comment_id: int) -> Response:
    """Answer a comment."""
    form = await posted()
    try:
        new_id = await _publish(post_id, comment_id, form)
    except SHOWN_IN_FORM as refusal:
        return _show_answer(await find(comment_id), form, refusal)
    page = on_this_site(form.get("next"), f"/post/{post_id}/comment/{comment_id}")
    return go(f"{page}#comment_{new_id}")


@blueprint.get("/comment/<int:comment_id>/edit")
async def edit_page(comment_id: int) -> Response | str:
    """Show the form with what a comment says now: in its place for htmx, on a page of its own without."""
    comment = await find_own(comment_id)
    if is_htmx():
        action = f"/comment/{comment_id}/edit"
        return render_part(
            "parts/reply.html", "edit_form", BODY, action, csrf_token(), comment.body, page_shown()
        )
    return _show_edit(
        comment, {"body": comment.body, "next": page_shown(f"/post/{comment.post_id}/comment/{comment_id}")}
    )


@blueprint.post("/comment/<int:comment_id>/edit")
async def edit(comment_id: int) -> Response:
    """Change a comment."""
    comment = await find_own(comment_id)
    form = await posted()
    try:
        if changes := COMMENT.changes(form, {"body": comment.body}):
            await render_ahead(checked_body(changes["body"]))
            await resources().database.write(
                operations.edit,
                signed_in(current_viewer()),
                comment_id,
                changes["body"],
                domain=resources().config.site.domain,
            )
    except Invalid as refusal:
        return _show_edit(comment, form, refusal)
    page = on_this_site(form.get("next"), f"/post/{comment.post_id}/comment/{comment_id}")
    return go(f"{page}#comment_{comment_id}")


@blueprint.post("/comment/<int:comment_id>/delete")
async def delete(comment_id: int) -> Response:
    """Take one's own comment back; the next page offers to undo it."""
    comment = await find(comment_id)
    await resources().database.write(
        operations.set_deleted, signed_in(current_viewer()), comment_id, deleted=True
    )
    return go(f"/post/{comment.post_id}#comment_{comment_id}", "comment-deleted", comment_id)


@blueprint.post("/comment/<int:comment_id>/restore")
async def restore(comment_id: int) -> Response:
    """Bring a comment back: its author what they deleted, a moderator what was removed."""
    viewer = signed_in(current_viewer())
    comment = await find(comment_id)
    await resources().database.write(operations.restore, viewer, comment_id)
    return go(path_of(comment), "comment-restored")


async def _publish(post_id: int, parent_id: int | None, form: dict[str, str]) -> int:
    viewer = signed_in(current_viewer())
    await limit("publish")
    new = NewComment(post_id=post_id, parent_id=parent_id, body=COMMENT.read(form)["body"])
    await render_ahead(checked_body(new.body))
    published = await resources().database.write(
        operations.publish, viewer, new, domain=resources().config.site.domain
    )
    return published.comment_id


async def _page_with(comment_id: int) -> str:
    """Where a new comment is seen among the others: of a large discussion's first page only if the newest lead it."""
    comment = await find(comment_id)
    newest = "new" if comment.post.reply_count > THREADS_SHOWN else None
    return with_query(f"/post/{comment.post_id}", sort=newest) + f"#comment_{comment_id}"


def _show_answer(parent: CommentRow, form: dict[str, str], refusal: ForumError | None = None) -> Response:
    return show_form(
        "comments/reply.html",
        form,
        refusal,
        fields=COMMENT,
        heading=_("Reply"),
        post=parent.post,
        parent=parent,
        action=f"/post/{parent.post_id}/comment/{parent.id}/reply",
        label=_("Your reply"),
        send=_("Reply"),
        back=path_of(parent),
    )


def _show_edit(comment: CommentRow, form: dict[str, str], refusal: ForumError | None = None) -> Response:
    return show_form(
        "comments/reply.html",
        form,
        refusal,
        fields=COMMENT,
        heading=_("Edit your comment"),
        post=comment.post,
        parent=None,
        action=f"/comment/{comment.id}/edit",
        label=_("Your comment"),
        send=_("Save"),
        back=path_of(comment),
    )
