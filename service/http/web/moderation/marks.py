"""Marks on what others wrote: not safe for work, labels, locked, speaking for the moderators, the answer."""

from collections.abc import Mapping
from typing import Any

from quart import Response

from service.forum.accounts.viewer import signed_in
from service.forum.comments import operations as comments
from service.forum.comments.queries import comment_by_id
from service.forum.communities.queries import community_by_id
from service.forum.errors import Forbidden, ForumError, Invalid
from service.forum.flairs import operations as flairs
from service.forum.moderation.history import pasts_of
from service.forum.posts import operations as posts
from service.forum.posts.shapes import PostRow
from service.http.context import current_viewer, resources
from service.http.web.frame.bodies import prepare_bodies
from service.http.web.frame.fields import Form, Ids
from service.http.web.frame.forms import came_from, go, posted, show_form
from service.http.web.frame.helpers import post_path
from service.http.web.frame.rendering import render
from service.http.web.moderation.blueprint import blueprint
from service.http.web.posts.finding import find_post, may_moderate
from service.language import _

LABELS = Form(Ids("flair", _("Flair")))


@blueprint.post("/post/<int:post_id>/mark_nsfw", defaults={"nsfw": True})
@blueprint.post("/post/<int:post_id>/unmark_nsfw", defaults={"nsfw": False})
async def mark_nsfw(post_id: int, *, nsfw: bool) -> Response:
    """Say of somebody's post that it is not safe for work, or that it is."""
    await resources().database.write(posts.set_nsfw, signed_in(current_viewer()), post_id, nsfw=nsfw)
    return go(f"/post/{post_id}", "marked-nsfw" if nsfw else "unmarked-nsfw")


@blueprint.post("/post/<int:post_id>/pin_everywhere", defaults={"pinned": True})
@blueprint.post("/post/<int:post_id>/unpin_everywhere", defaults={"pinned": False})
async def pin_everywhere(post_id: int, *, pinned: bool) -> Response:
    """Pin a post on top of the whole site, or let it go down again."""
    viewer = signed_in(current_viewer())
    await resources().database.write(posts.set_pinned, viewer, post_id, pinned=pinned, site_wide=True)
    return go(f"/post/{post_id}", "pinned" if pinned else "unpinned")


@blueprint.get("/post/<int:post_id>/set_flair")
async def flair_page(post_id: int) -> Response:
    """Show the labels that a post may carry."""
    post = await _labelled(post_id)
    return await _show_flairs(post, {"flair": [flair.id for flair in post.flairs]})


@blueprint.post("/post/<int:post_id>/set_flair")
async def set_flair(post_id: int) -> Response:
    """Let a post carry the chosen labels."""
    post = await _labelled(post_id)
    form = await posted()
    try:
        chosen = list(LABELS.read(form)["flair"])
        await resources().database.write(flairs.assign, signed_in(current_viewer()), post_id, chosen)
    except Invalid as refusal:
        return await _show_flairs(post, form, refusal)
    return go(post_path(post), "saved")


@blueprint.post("/comment/<int:comment_id>/lock", defaults={"locked": True})
@blueprint.post("/comment/<int:comment_id>/unlock", defaults={"locked": False})
async def lock_comment(comment_id: int, *, locked: bool) -> Response:
    """Let a comment and all below it take no more answers, or again."""
    await resources().database.write(
        comments.set_locked, signed_in(current_viewer()), comment_id, locked=locked
    )
    return go(await came_from(f"comment_{comment_id}"), "comment-locked" if locked else "comment-unlocked")


@blueprint.post("/comment/<int:comment_id>/distinguish", defaults={"distinguished": True})
@blueprint.post("/comment/<int:comment_id>/undistinguish", defaults={"distinguished": False})
async def distinguish(comment_id: int, *, distinguished: bool) -> Response:
    """Let one's own comment speak for the moderators, or no longer."""
    viewer = signed_in(current_viewer())
    await resources().database.write(
        comments.set_distinguished, viewer, comment_id, distinguished=distinguished
    )
    notice = "distinguished" if distinguished else "undistinguished"
    return go(await came_from(f"comment_{comment_id}"), notice)


@blueprint.post("/comment/<int:comment_id>/choose_answer", defaults={"answer": True})
@blueprint.post("/comment/<int:comment_id>/unchoose_answer", defaults={"answer": False})
async def mark_answer(comment_id: int, *, answer: bool) -> Response:
    """Mark a comment as the answer to a question, or no longer."""
    await resources().database.write(
        comments.set_answer, signed_in(current_viewer()), comment_id, answer=answer
    )
    notice = "answer-marked" if answer else "answer-unmarked"
    return go(await came_from(f"comment_{comment_id}"), notice)


@blueprint.get("/comment/<int:comment_id>/moderate")
async def comment_page(comment_id: int) -> str:
    """Show what those who moderate, and who asked the question, can do with a comment."""
    viewer = signed_in(current_viewer())
    async with resources().database.read() as db:
        comment = await comment_by_id(db, viewer, comment_id)
        pasts = await pasts_of(db, [comment.author.id])
    moderates = may_moderate(viewer, comment.post)
    if not (moderates or comment.post.author.id == viewer.id):
        raise Forbidden
    await prepare_bodies([comment])
    return render(
        "moderation/comment.html",
        comment=comment,
        moderates=moderates,
        past=pasts.get(comment.author.id) if moderates else None,
        asks=comment.post.community.question_answer,
    )


async def _labelled(post_id: int) -> PostRow:
    """A post that is the viewer's, or one where they moderate; else Forbidden."""
    viewer = signed_in(current_viewer())
    post = await find_post(post_id)
    if post.author.id != viewer.id and not may_moderate(viewer, post):
        raise Forbidden
    return post


async def _show_flairs(post: PostRow, form: Mapping[str, Any], refusal: ForumError | None = None) -> Response:
    async with resources().database.read() as db:
        detail = await community_by_id(db, current_viewer(), post.community.id)
    return show_form(
        "moderation/post_flair.html", form, refusal, fields=LABELS, post=post, flairs=detail.flairs
    )
