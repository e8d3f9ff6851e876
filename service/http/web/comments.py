"""Comments: a branch on its own page, answering, editing, taking back, voting, bookmarking, removing."""

from quart import Blueprint, Response

from service.forum import votes
from service.forum.accounts.viewer import signed_in
from service.forum.comments import operations, queries
from service.forum.comments.operations import NewComment
from service.forum.comments.rules import checked_body
from service.forum.comments.shapes import CommentRow
from service.forum.errors import Forbidden, ForumError, Invalid
from service.http.context import current_viewer, resources
from service.http.passing.limits import limit
from service.http.passing.long_texts import render_ahead
from service.http.passing.security import csrf_token
from service.http.web.forms import (
    SHOWN_IN_FORM,
    came_from,
    changed,
    go,
    is_htmx,
    on_this_site,
    page_shown,
    posted,
    show_form,
    text_in,
)
from service.http.web.posts.discussion import THREADS_SHOWN, show_discussion
from service.http.web.posts.marking import effect_of
from service.http.web.posts.moderating import reason_of
from service.http.web.rendering import render_part, with_query
from service.text.excerpts import excerpt

blueprint = Blueprint("comments", __name__)

EXCERPT_LENGTH = 300


# Reading


@blueprint.get("/comment/<int:comment_id>")
async def lead_to_page(comment_id: int) -> Response:
    """Lead from a comment's own address to where it can be read."""
    return go(_path_of(await _find(comment_id)))


@blueprint.get("/post/<int:post_id>/comment/<int:comment_id>")
async def branch(post_id: int, comment_id: int) -> Response:
    """Show a post with one branch of its discussion."""
    return await show_discussion(post_id, branch_of=comment_id)


# Writing


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
        return render_part("parts/reply.html", "inline_form", action, csrf_token(), page_shown())
    return _show_answer(await _find(comment_id), {})


@blueprint.post("/post/<int:post_id>/comment/<int:comment_id>/reply")
async def answer_comment(post_id: int, comment_id: int) -> Response:
    """Answer a comment."""
    form = await posted()
    try:
        new_id = await _publish(post_id, comment_id, form)
    except SHOWN_IN_FORM as refusal:
        return _show_answer(await _find(comment_id), form, refusal)
    page = on_this_site(form.get("next"), f"/post/{post_id}/comment/{comment_id}")
    return go(f"{page}#comment_{new_id}")


@blueprint.get("/comment/<int:comment_id>/edit")
async def edit_page(comment_id: int) -> Response:
    """Show the form with what a comment says now."""
    comment = await _find_own(comment_id)
    return _show_edit(comment, {"body": comment.body})


@blueprint.post("/comment/<int:comment_id>/edit")
async def edit(comment_id: int) -> Response:
    """Change a comment."""
    comment = await _find_own(comment_id)
    form = await posted()
    try:
        if changed({"body": _body(form)}, {"body": comment.body}):
            await render_ahead(checked_body(_body(form)))
            await resources().database.write(
                operations.edit,
                signed_in(current_viewer()),
                comment_id,
                _body(form),
                domain=resources().config.site.domain,
            )
    except Invalid as refusal:
        return _show_edit(comment, form, refusal)
    return go(_path_of(comment))


async def _publish(post_id: int, parent_id: int | None, form: dict[str, str]) -> int:
    viewer = signed_in(current_viewer())
    await limit("publish")
    new = NewComment(post_id=post_id, parent_id=parent_id, body=_body(form))
    await render_ahead(checked_body(new.body))
    published = await resources().database.write(
        operations.publish, viewer, new, domain=resources().config.site.domain
    )
    return published.comment_id


async def _page_with(comment_id: int) -> str:
    """Where a new comment is seen among the others: of a large discussion's first page only if the newest lead it."""
    comment = await _find(comment_id)
    newest = "new" if comment.post.reply_count > THREADS_SHOWN else None
    return with_query(f"/post/{comment.post_id}", sort=newest) + f"#comment_{comment_id}"


def _body(form: dict[str, str]) -> str:
    return text_in(form, "body")


def _show_answer(parent: CommentRow, form: dict[str, str], refusal: ForumError | None = None) -> Response:
    return show_form(
        "reply.html",
        form,
        refusal,
        heading="Reply",
        post=parent.post,
        parent=parent,
        action=f"/post/{parent.post_id}/comment/{parent.id}/reply",
        label="Your reply",
        send="Reply",
        back=_path_of(parent),
    )


def _show_edit(comment: CommentRow, form: dict[str, str], refusal: ForumError | None = None) -> Response:
    return show_form(
        "reply.html",
        form,
        refusal,
        heading="Edit your comment",
        post=comment.post,
        parent=None,
        action=f"/comment/{comment.id}/edit",
        label="Your comment",
        send="Save",
        back=_path_of(comment),
    )


# Taking back, voting, bookmarking


@blueprint.post("/comment/<int:comment_id>/delete")
async def delete(comment_id: int) -> Response:
    """Take one's own comment back; the next page offers to undo it."""
    comment = await _find(comment_id)
    await resources().database.write(
        operations.set_deleted, signed_in(current_viewer()), comment_id, deleted=True
    )
    return go(f"/post/{comment.post_id}#comment_{comment_id}", "comment-deleted", comment_id)


@blueprint.post("/comment/<int:comment_id>/restore")
async def restore(comment_id: int) -> Response:
    """Bring a comment back: its author what they deleted, a moderator what was removed."""
    viewer = signed_in(current_viewer())
    comment = await _find(comment_id)
    await resources().database.write(operations.restore, viewer, comment_id)
    return go(_path_of(comment), "comment-restored")


@blueprint.post("/comment/<int:comment_id>/vote/<direction>")
async def vote(comment_id: int, direction: str) -> Response | str:
    """Vote, or take the vote back; htmx gets the new control, anybody else the page with it."""
    viewer = signed_in(current_viewer())
    effect = effect_of(direction)
    await limit("vote")
    await resources().database.write(votes.vote_on_comment, viewer, comment_id, effect)
    if not is_htmx():
        return go(await came_from(f"comment_{comment_id}"))
    comment = await _find(comment_id)
    takes_down_votes = comment.post.community.takes_downvotes
    return render_part("parts/posts.html", "votes", "comment", comment, viewer, takes_down_votes)


@blueprint.post("/comment/<int:comment_id>/bookmark", defaults={"saved": True})
@blueprint.post("/comment/<int:comment_id>/remove_bookmark", defaults={"saved": False})
async def bookmark(comment_id: int, *, saved: bool) -> Response | str:
    """Save a comment for later, or forget it."""
    viewer = signed_in(current_viewer())
    await resources().database.write(operations.set_saved, viewer, comment_id, saved=saved)
    if not is_htmx():
        return go(await came_from(f"comment_{comment_id}"))
    return render_part("parts/posts.html", "bookmark", "comment", await _find(comment_id))


# Moderating


@blueprint.get("/comment/<int:comment_id>/remove")
async def remove_page(comment_id: int) -> Response:
    """Ask a moderator for the reason."""
    return _show_removal(await _find_moderated(comment_id), {})


@blueprint.post("/comment/<int:comment_id>/remove")
async def remove(comment_id: int) -> Response:
    """Take a comment down as a moderator."""
    comment = await _find_moderated(comment_id)
    form = await posted()
    try:
        reason = reason_of(form)
        await resources().database.write(
            operations.set_removed, signed_in(current_viewer()), comment_id, removed=True, reason=reason
        )
    except Invalid as refusal:
        return _show_removal(comment, form, refusal)
    return go(_path_of(comment), "comment-removed", comment_id)


async def _find(comment_id: int) -> CommentRow:
    async with resources().database.read() as db:
        return await queries.comment_by_id(db, current_viewer(), comment_id)


async def _find_own(comment_id: int) -> CommentRow:
    viewer = signed_in(current_viewer())
    comment = await _find(comment_id)
    if comment.author.id != viewer.id:
        raise Forbidden("This is somebody else's comment.")
    return comment


async def _find_moderated(comment_id: int) -> CommentRow:
    viewer = signed_in(current_viewer())
    comment = await _find(comment_id)
    if not (comment.post.mine.moderates or viewer.runs_the_site):
        raise Forbidden
    return comment


def _path_of(comment: CommentRow) -> str:
    return f"/post/{comment.post_id}/comment/{comment.id}#comment_{comment.id}"


def _show_removal(comment: CommentRow, form: dict[str, str], refusal: ForumError | None = None) -> Response:
    return show_form(
        "remove.html",
        form,
        refusal,
        heading="Remove this comment",
        excerpt=excerpt(comment.body_html, comment.body, EXCERPT_LENGTH),
        action=f"/comment/{comment.id}/remove",
        back=_path_of(comment),
    )
