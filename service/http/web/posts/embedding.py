"""A post on somebody else's page: as a frame shows it, the words to paste, and what asks for them: https://oembed.com/."""

from typing import Any

from markupsafe import Markup
from quart import Response

from service.forum.errors import NotFound
from service.forum.posts import queries
from service.forum.posts.shapes import PostRow
from service.http.answer import answer
from service.http.context import resources
from service.http.passing.limits import limit
from service.http.site import the_site
from service.http.web.frame.head import head_of
from service.http.web.frame.helpers import display_name, person_path, post_path
from service.http.web.frame.rendering import render
from service.http.web.posts.blueprint import blueprint
from service.language import _

WIDTH, HEIGHT = 600, 320  # pixels
# Any page may show this one, which does nothing by itself: no script, no form.
FRAMED = (
    "default-src 'none'; style-src 'self'; img-src 'self' https:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors *"
)


@blueprint.get("/post/<int:post_id>/embed")
async def embed(post_id: int) -> Response:
    """Show a post as a frame on another site does: what everybody may see of it, with a way here."""
    post = await _find_open(post_id)
    page = render("posts/embed.html", post=post, head=head_of(post), link=_base() + post_path(post))
    headers = {"Content-Security-Policy": FRAMED, "Cache-Control": "public, max-age=300"}
    return Response(page, content_type="text/html; charset=utf-8", headers=headers)


@blueprint.get("/post/<int:post_id>/embed_code")
async def embed_code(post_id: int) -> str:
    """Show what to paste into another page."""
    post = await _find_open(post_id)
    return render("posts/embed_code.html", post=post, code=str(_frame_of(post)), back=post_path(post))


@blueprint.get("/post/<int:post_id>/oembed")
async def oembed(post_id: int) -> Response:
    """Say how a post is embedded, to programs that were given its address."""
    post, site = await _find_open(post_id), await the_site()
    said: dict[str, Any] = {
        "version": "1.0",
        "type": "rich",
        "provider_name": site.name,
        "provider_url": _base(),
        "title": post.title,
        "author_name": display_name(post.author),
        "author_url": _base() + person_path(post.author),
        "html": str(_frame_of(post)),
        "width": WIDTH,
        "height": HEIGHT,
    }
    return answer(said)


async def _find_open(post_id: int) -> PostRow:
    """The post as a stranger sees it, whoever asks: what is embedded is for all."""
    await limit("search")
    async with resources().database.read() as db:
        post = await queries.post_by_id(db, None, post_id)
    if post.community.local_only or (await the_site()).private_instance:
        raise NotFound(_("Only members of this site can see this post."))
    return post


def _frame_of(post: PostRow) -> Markup:
    frame = Markup(
        '<iframe src="{}/post/{}/embed" title="{}" width="{}" height="{}" loading="lazy" '
        'style="border: 0; max-width: 100%"></iframe>'
    )
    return frame.format(_base(), post.id, post.title, WIDTH, HEIGHT)


def _base() -> str:
    return resources().config.site.base_url
