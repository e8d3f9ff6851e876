"""Letting a post stand in another community: an author's own, and what a moderator of both places finds misplaced."""

from quart import Response

from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.communities import queries as communities
from service.forum.communities.rules import NAME_LENGTH
from service.forum.communities.shapes import CommunityRow
from service.forum.errors import Forbidden, ForumError, Invalid, NotFound
from service.forum.feeds.choices import Listing
from service.forum.instances.hosts import LENGTH as HOST_LENGTH
from service.forum.posts import operations
from service.forum.posts.shapes import PostRow
from service.http.context import current_viewer, resources
from service.http.passing.limits import limit
from service.http.web.frame.fields import Form, Line
from service.http.web.frame.forms import SHOWN_IN_FORM, go, posted, problems, show_form
from service.http.web.frame.helpers import post_path
from service.http.web.posts.blueprint import blueprint
from service.http.web.posts.finding import find_post, may_move
from service.language import _

OFFERED = 100
MOVE = Form(
    Line(
        "community",
        _("Community"),
        _("cats, or cats@elsewhere.example for a community on another server."),
        required=True,
        missing=_("Enter a community."),
        most=NAME_LENGTH[1] + HOST_LENGTH + 2,
    )
)


@blueprint.get("/post/<int:post_id>/move")
async def move_page(post_id: int) -> Response:
    """Ask where a post is to stand."""
    return await _show(await _find_movable(post_id), {})


@blueprint.post("/post/<int:post_id>/move")
async def move(post_id: int) -> Response:
    """Let a post stand in another community, with its comments."""
    post, form = await _find_movable(post_id), await posted()
    viewer = signed_in(current_viewer())
    try:
        name = MOVE.read(form)["community"]
        await limit("publish")
        target = await _wanted(viewer, name)
        await resources().database.write(operations.move, viewer, post_id, target.id)
    except (*SHOWN_IN_FORM, Forbidden) as refusal:
        return await _show(post, form, _about_the_field(refusal))
    return go(post_path(await find_post(post_id)), "post-moved")


async def _find_movable(post_id: int) -> PostRow:
    viewer, post = signed_in(current_viewer()), await find_post(post_id)
    if not may_move(viewer, post):
        raise Forbidden(_("Only the author and moderators can move this post."))
    return post


async def _wanted(viewer: Viewer, name: str) -> CommunityRow:
    async with resources().database.read() as db:
        try:
            found = await communities.community_by_name(
                db, viewer, name.removeprefix("!"), domain=resources().config.site.domain
            )
        except NotFound:
            raise Invalid({"community": _("This community doesn't exist here.")}) from None
    return found.community


def _about_the_field(refusal: ForumError) -> ForumError:
    """The refusal by the name that its field has on the form."""
    said = problems(refusal).get("community_id")
    return refusal if said is None else Invalid({"community": said})


async def _show(post: PostRow, form: dict[str, str], refusal: ForumError | None = None) -> Response:
    viewer = signed_in(current_viewer())
    which = Listing.SUBSCRIBED if post.author.id == viewer.id else Listing.MODERATING
    async with resources().database.read() as db:
        page = await communities.listing(db, viewer, which=which, size=OFFERED)
    offered = [one.community for one in page.communities if one.community.id != post.community.id]
    return show_form(
        "posts/move.html",
        form,
        refusal,
        fields=MOVE,
        post=post,
        offered=offered,
        back=post_path(post),
    )
