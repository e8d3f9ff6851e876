"""What else can be done with a post or a comment: a page of its own, and a menu where scripts run."""

import msgspec
from quart import Blueprint

from service.forum.accounts.shapes import AuthorRow
from service.forum.accounts.viewer import Viewer
from service.forum.comments import queries as comments
from service.forum.comments.shapes import CommentRow
from service.forum.posts import queries as posts
from service.forum.posts.shapes import PostRow
from service.http.context import current_viewer, resources
from service.http.web.frame.forms import is_htmx
from service.http.web.frame.helpers import (
    NOWHERE,
    community_actions,
    handle,
    left_to_right,
    person_path,
    post_path,
    web_url,
    with_query,
)
from service.http.web.frame.rendering import render, render_part
from service.http.web.posts.finding import may_move
from service.language import _

blueprint = Blueprint("options", __name__)


class Option(msgspec.Struct, frozen=True):
    """A line of the menu.

    Attributes:
        icon: A name of the sprite.
        url: Where it leads, or what is sent.
        acts: It changes something at once; otherwise it is a link.
        leaves: It leads to another site.
    """

    icon: str
    words: str
    url: str
    acts: bool = False
    leaves: bool = False


@blueprint.get("/post/<int:post_id>/options")
async def of_post(post_id: int) -> str:
    """Show what can be done with a post."""
    viewer = current_viewer()
    async with resources().database.read() as db:
        post = await posts.post_by_id(db, viewer, post_id)
    return _show(_of_post(viewer, post), post.title, post_path(post))


@blueprint.get("/post/<int:post_id>/comment/<int:comment_id>/options")
async def of_comment(post_id: int, comment_id: int) -> str:
    """Show what can be done with a comment."""
    viewer = current_viewer()
    async with resources().database.read() as db:
        comment = await comments.comment_by_id(db, viewer, comment_id)
    place = f"/post/{comment.post_id}/comment/{comment.id}#comment_{comment.id}"
    return _show(_of_comment(viewer, comment), _("Comment on %(title)s", title=comment.post.title), place)


def _show(options: list[Option], words: str, back: str) -> str:
    """Return the menu for a script, or the page with it; strangers are told that there is more."""
    if current_viewer() is None:
        options.append(Option("person", _("Sign in for more actions"), with_query("/auth/login", next=back)))
    if is_htmx():
        return render_part("options/menu.html", "menu", options)
    return render("options/page.html", options=options, words=words, back=back)


def _of_post(viewer: Viewer | None, post: PostRow) -> list[Option]:
    at, options = f"/post/{post.id}", []
    if viewer is not None:
        options += [
            Option("plus", _("Cross-post to another community"), f"{at}/cross-post"),
            *(
                [Option("out", _("Move to another community"), f"{at}/move")]
                if may_move(viewer, post)
                else []
            ),
            Option("bell", _("Turn off comment notifications"), f"{at}/unwatch", acts=True)
            if post.mine.notify
            else Option("bell", _("Notify me about comments"), f"{at}/watch", acts=True),
            Option("clock", _("Remind me…"), f"{at}/reminder"),
            Option("undo", _("Unhide"), f"{at}/unhide", acts=True)
            if post.mine.hidden
            else Option("hidden", _("Hide from my lists"), f"{at}/hide", acts=True),
        ]
    options += _original(post)
    if not post.community.local_only:
        options.append(Option("list", _("Embed"), f"{at}/embed_code"))
    if viewer is not None:
        options += _of_author(viewer, post.author)
        community = community_actions(post.community)
        options.append(
            Option(
                "shield",
                _("Block %(name)s", name=left_to_right(f"!{handle(post.community)}")),
                f"{community}/block",
                acts=True,
            )
        )
        if post.domain_name:
            site = f"/website/{post.domain_name}/block"
            options.append(
                Option(
                    "shield",
                    _("Block links to %(website)s", website=left_to_right(post.domain_name)),
                    site,
                    acts=True,
                )
            )
    if viewer is None or post.author.id != viewer.id:
        options.append(Option("flag", _("Report…"), f"{at}/report"))
    return options


def _of_comment(viewer: Viewer | None, comment: CommentRow) -> list[Option]:
    place, options = f"/post/{comment.post_id}/comment/{comment.id}", [*_original(comment)]
    if viewer is not None:
        options += [
            Option("bell", _("Turn off reply notifications"), f"/comment/{comment.id}/unwatch", acts=True)
            if comment.mine.notify
            else Option("bell", _("Notify me about replies"), f"/comment/{comment.id}/watch", acts=True),
            Option("clock", _("Remind me…"), f"/post_reply/{comment.id}/reminder"),
            *_of_author(viewer, comment.author),
        ]
    if viewer is None or comment.author.id != viewer.id:
        options.append(Option("flag", _("Report…"), f"{place}/report"))
    return options


def _original(written: PostRow | CommentRow) -> list[Option]:
    url = web_url(written.ap_id)
    if written.local or url == NOWHERE:
        return []
    host = written.author.domain
    words = _("View original on %(host)s", host=host) if host else _("View original on its server")
    return [Option("outward", words, url, leaves=True)]


def _of_author(viewer: Viewer, author: AuthorRow) -> list[Option]:
    """What spares the viewer somebody; nobody is asked to be rid of themselves."""
    if author.id == viewer.id:
        return []
    return [
        Option(
            "shield",
            _("Block %(name)s", name=left_to_right(f"@{handle(author)}")),
            f"{person_path(author)}/block",
            acts=True,
        )
    ]
