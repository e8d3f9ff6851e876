"""One post, as far as its viewer may do something with it."""

from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.errors import Forbidden
from service.forum.posts import queries
from service.forum.posts.shapes import PostRow
from service.http.context import current_viewer, resources
from service.language import _


def may_moderate(viewer: Viewer | None, post: PostRow) -> bool:
    """Whether the viewer moderates where this post stands."""
    return viewer is not None and (post.mine.moderates or viewer.runs_the_site)


def may_move(viewer: Viewer, post: PostRow) -> bool:
    """Whether the viewer may let a post stand elsewhere; who moderates moves it to where they do so, too."""
    return not post.deleted and (post.author.id == viewer.id or may_moderate(viewer, post))


async def find_post(post_id: int) -> PostRow:
    """Return a post that the viewer may see, or raise NotFound."""
    async with resources().database.read() as db:
        return await queries.post_by_id(db, current_viewer(), post_id)


async def find_own_post(post_id: int) -> PostRow:
    """Return a post of the viewer's, or raise Forbidden."""
    viewer = signed_in(current_viewer())
    post = await find_post(post_id)
    if post.author.id != viewer.id:
        raise Forbidden(_("You can only do that with your own posts."))
    return post


async def find_moderated_post(post_id: int) -> PostRow:
    """Return a post where the viewer moderates, or raise Forbidden."""
    viewer = signed_in(current_viewer())
    post = await find_post(post_id)
    if not may_moderate(viewer, post):
        raise Forbidden
    return post
