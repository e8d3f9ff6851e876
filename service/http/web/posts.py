"""Posts: the page of one with its discussion, writing, editing, taking back, bookmarking, moderating."""

from typing import Any

import msgspec
from quart import Blueprint, Response, request

from service.forum import votes
from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.attachments.operations import discard
from service.forum.attachments.queries import progress_of
from service.forum.attachments.shapes import Progress
from service.forum.comments import queries as comments
from service.forum.comments.shapes import CommentTree, all_comments
from service.forum.communities import queries as communities
from service.forum.errors import Forbidden, ForumError, Invalid, NotFound
from service.forum.moderation.rules import REASON_LENGTH
from service.forum.polls import is_open
from service.forum.posts import operations, queries
from service.forum.posts.operations import NewPost, PostChanges
from service.forum.posts.rules import tidy_body
from service.forum.posts.shapes import TYPE_IMAGE, CommunityRow, PostRow
from service.http.context import current_viewer, resources
from service.http.passing.bodies.policy import a_form_with_files, takes
from service.http.passing.limits import limit
from service.http.passing.long_texts import render_ahead
from service.http.web.bodies import prepare_bodies
from service.http.web.communities import find, may_post_in
from service.http.web.forms import (
    SHOWN_IN_FORM,
    came_from,
    go,
    is_htmx,
    number_of,
    posted,
    show_form,
    take_image,
)
from service.http.web.head import head_of
from service.http.web.listing import Link
from service.http.web.rendering import community_path, handle, post_path, render, render_part, with_query

blueprint = Blueprint("posts", __name__)

KINDS = ("link", "text", "photo")
COMMENT_SORTS = {"hot": "Hot", "top": "Top", "new": "New", "old": "Old"}
# About a hundred comments make a page.
THREADS_SHOWN, COMMENTS_SHOWN = 50, 100
DEPTH_SHOWN = 8
MEGABYTE = 1024 * 1024


# One post


@blueprint.get("/post/<int:post_id>")
@blueprint.get("/c/<name>/p/<int:post_id>")
@blueprint.get("/c/<name>/p/<int:post_id>/<slug>")
async def show(post_id: int, name: str = "", slug: str = "") -> Response:
    """Show a post and what people say to it."""
    return await show_discussion(post_id)


async def show_discussion(
    post_id: int,
    *,
    form: dict[str, str] | None = None,
    refusal: ForumError | None = None,
    branch_of: int | None = None,
) -> Response:
    """Return the page of a post.

    Parameters:
        post_id: which.
        form: what stands in the form of a comment.
        refusal: why that comment was not taken.
        branch_of: show only the branch of this comment.
    """
    viewer = current_viewer()
    sort = _comment_sort(viewer)
    async with resources().database.read() as db:
        post = await queries.post_by_id(db, viewer, post_id)
        tree = await _tree(db, viewer, post, sort, branch_of)
        if branch_of is not None and not tree.nodes:
            raise NotFound
        others = await queries.cross_posts_of(db, viewer, post) if post.cross_post_ids else []
        progress = await _progress(db, post)
        link_warning = await queries.link_warning(db, post.domain_name) if post.domain_name else None
        head = await communities.head_by_id(db, viewer, post.community.id)
    await _note_reading(viewer, post)
    await prepare_bodies([post, *all_comments(tree.nodes)])
    path = post_path(post)
    here = path if branch_of is None else f"/post/{post_id}/comment/{branch_of}"
    return show_form(
        "post.html",
        form or {},
        refusal,
        post=post,
        progress=progress,
        link_warning=link_warning,
        poll_open=post.poll is not None and is_open(post.poll),
        head=head_of(post),
        detail=head.detail,
        moderators=[moderator.person for moderator in head.moderators],
        moderates=may_moderate(viewer, post),
        cross_posts=others,
        tree=tree,
        thread=branch_of is not None,
        here_comment=branch_of,
        sort_links=_sort_links(here, sort),
        sort=sort,
        next_url=with_query(here, sort=sort, page=tree.next_cursor) if tree.next_cursor else None,
    )


@blueprint.get("/post/<int:post_id>/picture")
async def picture(post_id: int) -> str:
    """Show the picture of a post, or how far it is: what a page asks for that was shown before the picture was made."""
    async with resources().database.read() as db:
        post = await queries.post_by_id(db, current_viewer(), post_id)
        progress = await _progress(db, post)
    return render_part("parts/pictures.html", "photo_of", post, progress)


async def _progress(db: Any, post: PostRow) -> Progress | None:
    """How far the picture of a picture post is that has none yet."""
    return await progress_of(db, post.id) if post.type == TYPE_IMAGE and post.image is None else None


def may_moderate(viewer: Viewer | None, post: PostRow) -> bool:
    """Whether the viewer moderates where this post stands."""
    return viewer is not None and (post.mine.moderates or viewer.runs_the_site)


def _sort_links(path: str, current: str) -> list[Link]:
    return [
        Link(with_query(path, sort=word) + "#comments", words, word == current)
        for word, words in COMMENT_SORTS.items()
    ]


def _comment_sort(viewer: Viewer | None) -> str:
    for word in (request.args.get("sort"), viewer.default_comment_sort if viewer else None):
        if word in COMMENT_SORTS:
            return word
    return "hot"


async def _tree(
    db: Any, viewer: Viewer | None, post: PostRow, sort: str, branch_of: int | None
) -> CommentTree:
    return await comments.tree_of_comments(
        db,
        viewer,
        post,
        comments.sort_from(sort),
        limit=THREADS_SHOWN,
        budget=COMMENTS_SHOWN,
        page=number_of(request.args.get("page")),
        parent_id=branch_of,
        max_depth=DEPTH_SHOWN,
    )


async def _note_reading(viewer: Viewer | None, post: PostRow) -> None:
    if viewer is not None and (not post.mine.read or post.mine.unread_comments):
        await resources().database.write(operations.mark_read, viewer, [post.id])


# Writing


@blueprint.get("/submit")
async def choose_community() -> str:
    """Ask where somebody wants to post."""
    viewer = signed_in(current_viewer())
    async with resources().database.read() as db:
        joined = await communities.subscriptions(db, viewer)
    return render("choose_community.html", here="submit", joined=joined)


@blueprint.get("/community/<name>/submit")
@blueprint.get("/community/<name>/submit/<kind>")
async def new_page(name: str, kind: str = "link") -> Response:
    """Show the form of a new post; an address and a title may come with the link to it."""
    form = {word: request.args[word] for word in ("title", "url", "body") if word in request.args}
    return await _show_new(name, form | {"kind": _kind(kind)})


@blueprint.post("/community/<name>/submit")
@takes(a_form_with_files())
async def publish(name: str) -> Response:
    """Publish a post; the same form sent twice leads to the one post."""
    viewer = signed_in(current_viewer())
    form = await posted()
    form["kind"] = _kind(form.get("kind", ""))
    detail = await find(name)
    try:
        await limit("publish")
        new = await _new_post(viewer, detail.community.id, form)
        published = await _publish(viewer, new)
    except SHOWN_IN_FORM as refusal:
        return await _show_new(name, form, refusal)
    return go(published.slug)


async def _publish(viewer: Viewer, new: NewPost) -> operations.Published:
    """Publish a post; the picture of one that is refused is sent again with the mended form, so it goes."""
    database = resources().database
    try:
        await render_ahead(tidy_body(new.body))
        return await database.write(operations.publish, viewer, new, domain=resources().config.site.domain)
    except ForumError:
        await database.write(discard, [new.image_id])
        raise


async def _show_new(name: str, form: dict[str, str], refusal: ForumError | None = None) -> Response:
    viewer = signed_in(current_viewer())
    detail = await find(name)
    if not may_post_in(viewer, detail):
        raise Forbidden("You cannot post in this community.")
    return _show_writing(
        form,
        refusal,
        detail.community,
        new=True,
        heading="New post",
        warning=detail.posting_warning,
        action=f"/community/{handle(detail.community)}/submit",
        back=community_path(detail.community),
    )


async def _new_post(viewer: Viewer, community_id: int, form: dict[str, str]) -> NewPost:
    """What the form says; of the fields that its kind hides nothing is taken."""
    kind = form["kind"]
    new = NewPost(
        community_id=community_id,
        title=form.get("title", ""),
        body=form.get("body", "").replace("\r\n", "\n"),
        nsfw="nsfw" in form,
        nsfl="nsfl" in form,
    )
    if kind == "link":
        if not form.get("url", "").strip():
            raise Invalid({"url": "Enter the address of the page, or choose “Text”."})
        return msgspec.structs.replace(new, url=form["url"])
    if kind == "photo":
        alt_text = form.get("alt_text", "")
        image_id = await take_image(viewer, "image", alt_text=alt_text, may_wait=True)
        if image_id is None:
            raise Invalid({"image": "Choose a picture."})
        return msgspec.structs.replace(new, image_id=image_id, alt_text=alt_text)
    return new


def _kind(word: str) -> str:
    return {"image": "photo", "discussion": "text"}.get(word, word if word in KINDS else "link")


def _show_writing(
    form: dict[str, Any], refusal: ForumError | None, community: CommunityRow, **context: Any
) -> Response:
    most = resources().config.media.max_upload // MEGABYTE
    return show_form(
        "submit.html",
        form,
        refusal,
        here="submit",
        community=community,
        max_upload=most,
        **{"warning": ""} | context,
    )


# Editing and taking back


@blueprint.get("/post/<int:post_id>/edit")
async def edit_page(post_id: int) -> Response:
    """Show the form with what a post says now."""
    post = await _find_own(post_id)
    return _show_edit(post, _written(post))


@blueprint.post("/post/<int:post_id>/edit")
async def edit(post_id: int) -> Response:
    """Change a post."""
    post = await _find_own(post_id)
    form = await posted()
    form["kind"] = _kind_of(post)
    changes = PostChanges(
        title=form.get("title", ""),
        body=form.get("body", "").replace("\r\n", "\n"),
        nsfw="nsfw" in form,
        nsfl="nsfl" in form,
    )
    if form["kind"] == "link":
        changes = msgspec.structs.replace(changes, url=form.get("url", ""))
    if form["kind"] == "photo":
        changes = msgspec.structs.replace(changes, alt_text=form.get("alt_text", ""))
    try:
        await render_ahead(tidy_body(form.get("body", "").replace("\r\n", "\n")))
        await resources().database.write(
            operations.edit,
            signed_in(current_viewer()),
            post_id,
            changes,
            domain=resources().config.site.domain,
        )
    except Invalid as refusal:
        return _show_edit(post, form, refusal)
    return go(post_path(post), "saved")


@blueprint.post("/post/<int:post_id>/delete")
async def delete(post_id: int) -> Response:
    """Take one's own post back; the next page offers to undo it."""
    post = await _find(post_id)
    await resources().database.write(
        operations.set_deleted, signed_in(current_viewer()), post_id, deleted=True
    )
    return go(community_path(post.community), "post-deleted", post_id)


@blueprint.post("/post/<int:post_id>/restore")
async def restore(post_id: int) -> Response:
    """Bring a post back: its author what they deleted, a moderator what was removed."""
    viewer = signed_in(current_viewer())
    post = await _find(post_id)
    if post.removed or (post.author.id != viewer.id):
        await resources().database.write(operations.set_removed, viewer, post_id, removed=False)
    else:
        await resources().database.write(operations.set_deleted, viewer, post_id, deleted=False)
    return go(post_path(post), "post-restored")


async def _find(post_id: int) -> PostRow:
    async with resources().database.read() as db:
        return await queries.post_by_id(db, current_viewer(), post_id)


async def _find_own(post_id: int) -> PostRow:
    viewer = signed_in(current_viewer())
    post = await _find(post_id)
    if post.author.id != viewer.id:
        raise Forbidden("This is somebody else's post.")
    return post


def _kind_of(post: PostRow) -> str:
    if post.type == TYPE_IMAGE and not post.url:
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
    return _show_writing(
        form,
        refusal,
        post.community,
        new=False,
        heading="Edit your post",
        action=f"/post/{post.id}/edit",
        back=post_path(post),
    )


# Votes and bookmarks


@blueprint.post("/post/<int:post_id>/vote/<direction>")
async def vote(post_id: int, direction: str) -> Response | str:
    """Vote, or take the vote back; htmx gets the new control, anybody else the page with it."""
    viewer = signed_in(current_viewer())
    await limit("vote")
    await resources().database.write(votes.vote_on_post, viewer, post_id, effect_of(direction))
    if not is_htmx():
        return go(await came_from(f"post_{post_id}"))
    post = await _find(post_id)
    return render_part("parts/posts.html", "votes", "post", post, viewer, post.community.downvote_mode != -1)


@blueprint.post("/post/<int:post_id>/bookmark", defaults={"saved": True})
@blueprint.post("/post/<int:post_id>/remove_bookmark", defaults={"saved": False})
async def bookmark(post_id: int, *, saved: bool) -> Response | str:
    """Save a post for later, or forget it."""
    viewer = signed_in(current_viewer())
    await resources().database.write(operations.set_saved, viewer, post_id, saved=saved)
    if not is_htmx():
        return go(await came_from(f"post_{post_id}"))
    return render_part("parts/posts.html", "bookmark", "post", await _find(post_id))


EFFECTS = {"up": 1, "down": -1, "none": 0}


def effect_of(direction: str) -> int:
    """Return 1, -1 or 0 for a word of a vote's address, or raise NotFound."""
    if direction not in EFFECTS:
        raise NotFound
    return EFFECTS[direction]


# Moderating


@blueprint.get("/post/<int:post_id>/remove")
async def remove_page(post_id: int) -> Response:
    """Ask a moderator for the reason."""
    return _show_removal(await _find_moderated(post_id), {})


@blueprint.post("/post/<int:post_id>/remove")
async def remove(post_id: int) -> Response:
    """Take a post down as a moderator."""
    post = await _find_moderated(post_id)
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


def reason_of(form: dict[str, str]) -> str:
    """Return why a moderator acts; Invalid without a reason or with a very long one."""
    reason = form.get("reason", "").strip()
    if not reason:
        raise Invalid({"reason": "Give a reason; it helps the author and the other moderators."})
    if len(reason) > REASON_LENGTH:
        raise Invalid({"reason": f"A reason has at most {REASON_LENGTH} characters."})
    return reason


async def _find_moderated(post_id: int) -> PostRow:
    viewer = signed_in(current_viewer())
    post = await _find(post_id)
    if not may_moderate(viewer, post):
        raise Forbidden
    return post


def _show_removal(post: PostRow, form: dict[str, str], refusal: ForumError | None = None) -> Response:
    return show_form(
        "remove.html",
        form,
        refusal,
        heading="Remove this post",
        excerpt=post.title,
        action=f"/post/{post.id}/remove",
        back=post_path(post),
    )
