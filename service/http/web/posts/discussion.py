"""The page of one post with what people say to it."""

from typing import Any

from quart import Response, request

from service.forum.accounts.viewer import Viewer
from service.forum.attachments.queries import card_of, progress_of
from service.forum.attachments.shapes import Progress
from service.forum.comments import queries as comments
from service.forum.comments.choices import COMMENT_SORT_MENU, CommentSort
from service.forum.comments.shapes import CommentNode, CommentTree, all_comments
from service.forum.communities import queries as communities
from service.forum.errors import ForumError, NotFound
from service.forum.polls import is_open
from service.forum.posts import operations, queries
from service.forum.posts.choices import PostType
from service.forum.posts.kept import last_visit
from service.forum.posts.shapes import PostRow
from service.http.context import current_viewer, resources
from service.http.passing.security import csrf_token
from service.http.passing.strangers import same_for_strangers
from service.http.web.communities import banned_from
from service.http.web.frame.begun import BEGUN, MOST_BEGUN, begun_comment
from service.http.web.frame.bodies import prepare_bodies
from service.http.web.frame.comments import COMMENT, Discussion, count_new
from service.http.web.frame.forms import (
    number_of,
    show_form,
)
from service.http.web.frame.head import head_of
from service.http.web.frame.helpers import post_path, with_query
from service.http.web.frame.listing import Link
from service.http.web.frame.rendering import render_part
from service.http.web.posts.blueprint import blueprint
from service.http.web.posts.finding import may_moderate

# About a hundred comments make a page.
THREADS_SHOWN, COMMENTS_SHOWN = 50, 100
DEPTH_SHOWN = 8
PARENTS_SHOWN = 4  # above the branch that an address names


@blueprint.get("/post/<int:post_id>")
@blueprint.get("/c/<name>/p/<int:post_id>")
@blueprint.get("/c/<name>/p/<int:post_id>/<slug>")
@same_for_strangers
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
        nodes = tree.nodes if branch_of is None else await _below_its_parents(db, viewer, tree.nodes)
        seen_at = await last_visit(db, viewer, post_id) if viewer and post.mine.unread_comments else None
        others = await queries.cross_posts_of(db, viewer, post) if post.cross_post_ids else []
        progress = await _progress(db, post)
        card = await card_of(db, post.id, post.url)
        link_warning = await queries.link_warning(db, post.domain_name) if post.domain_name else None
        place = await communities.head_by_id(db, viewer, post.community.id)
        own_ban = await banned_from(db, viewer, place.detail)
    await _note_reading(viewer, post)
    await prepare_bodies([post, *all_comments(nodes)])
    path = post_path(post)
    here = path if branch_of is None else f"/post/{post_id}/comment/{branch_of}"
    next_url = with_query(here, sort=sort.value, page=tree.next_cursor) if tree.next_cursor else None
    moderates = may_moderate(viewer, post)
    return show_form(
        "posts/post.html",
        form or {"body": begun_comment()},
        refusal,
        csrf=csrf_token() if viewer else "",  # strangers have no form, and get no cookie
        fields=COMMENT,
        begun=BEGUN,
        most_begun=MOST_BEGUN,
        post=post,
        progress=progress,
        card=card,
        link_warning=link_warning,
        poll_open=post.poll is not None and is_open(post.poll),
        head=head_of(post),
        detail=place.detail,
        own_ban=own_ban,
        moderators=[moderator.person for moderator in place.moderators],
        moderates=moderates,
        cross_posts=others,
        discussion=Discussion(
            nodes=nodes,
            viewer=viewer,
            op_id=post.author.id,
            moderates=moderates,
            locked=post.locked or own_ban is not None,
            sort=sort.value,
            here=branch_of,
            next_url=next_url if branch_of is not None else None,
            seen_at=seen_at,
        ),
        new=count_new(nodes, seen_at, viewer),
        thread=branch_of is not None,
        sort_links=_sort_links(here, sort),
        sort=sort.value,
        next_url=next_url,
    )


@blueprint.get("/post/<int:post_id>/picture")
async def picture(post_id: int) -> str:
    """Show the picture of a post, or how far it is: what a page asks for that was shown before the picture was made."""
    async with resources().database.read() as db:
        post = await queries.post_by_id(db, current_viewer(), post_id)
        progress = await _progress(db, post)
    return render_part("parts/pictures.html", "photo_of", post, progress)


async def _progress(db: Any, post: PostRow) -> Progress | None:
    """How far the pictures of a picture post are that are not there yet."""
    is_missing = post.type == PostType.IMAGE and None in (post.image, *post.gallery)
    return await progress_of(db, post.id) if is_missing else None


def _sort_links(path: str, current: CommentSort) -> list[Link]:
    return [
        Link(with_query(path, sort=sort.value) + "#comments", sort.label, sort is current)
        for sort in COMMENT_SORT_MENU
    ]


def _comment_sort(viewer: Viewer | None) -> CommentSort:
    usual = viewer.default_comment_sort if viewer else CommentSort.HOT
    return CommentSort.named(request.args.get("sort"), usual)


async def _tree(
    db: Any, viewer: Viewer | None, post: PostRow, sort: CommentSort, branch_of: int | None
) -> CommentTree:
    return await comments.tree_of_comments(
        db,
        viewer,
        post,
        sort,
        limit=THREADS_SHOWN,
        budget=COMMENTS_SHOWN,
        page=number_of(request.args.get("page")),
        parent_id=branch_of,
        max_depth=DEPTH_SHOWN,
    )


async def _below_its_parents(db: Any, viewer: Viewer | None, nodes: list[CommentNode]) -> list[CommentNode]:
    """Return a branch below the comments that it answers, or raise NotFound if there is none."""
    if not nodes:
        raise NotFound
    above = nodes[0].comment.path[1:-1][-PARENTS_SHOWN:]
    parents = await comments.comments_by_ids(db, viewer, above) if above else {}
    for comment_id in reversed(above):
        if comment_id in parents:
            nodes = [CommentNode(parents[comment_id], nodes)]
    return nodes


async def _note_reading(viewer: Viewer | None, post: PostRow) -> None:
    if viewer is not None and (not post.mine.read or post.mine.unread_comments):
        await resources().database.write(operations.mark_read, viewer, [post.id])
