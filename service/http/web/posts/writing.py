"""Writing a post: where, what kind, and the form."""

from typing import Any

import msgspec
from quart import Response, request

from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.attachments.operations import discard
from service.forum.communities import queries as communities
from service.forum.communities.shapes import CommunityRow
from service.forum.errors import Forbidden, ForumError, Invalid
from service.forum.instances.queries import posting_warning
from service.forum.posts import operations
from service.forum.posts.operations import NewPost
from service.forum.posts.rules import checked_body
from service.http.context import current_viewer, resources
from service.http.passing.bodies.policy import a_form_with_files, takes
from service.http.passing.limits import limit
from service.http.passing.long_texts import render_ahead
from service.http.web.communities import find, may_post_in
from service.http.web.frame.forms import SHOWN_IN_FORM, go, posted, show_form, take_image, text_in
from service.http.web.frame.helpers import community_path, handle, with_query
from service.http.web.frame.rendering import render
from service.http.web.posts.blueprint import blueprint
from service.language import _

KINDS = ("link", "text", "photo")
MEGABYTE = 1024 * 1024


@blueprint.get("/submit")
async def choose_community() -> str:
    """Ask where somebody wants to post; what it will be about may come with the link to it."""
    viewer = signed_in(current_viewer())
    async with resources().database.read() as db:
        joined = await communities.subscriptions(db, viewer)
    about = {word: request.args.get(word) for word in ("url", "title")}
    return render("posts/choose_community.html", here="submit", joined=joined, about=with_query("", **about))


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
        await render_ahead(checked_body(new.body))
        return await database.write(operations.publish, viewer, new, domain=resources().config.site.domain)
    except ForumError:
        await database.write(discard, [new.image_id])
        raise


async def _show_new(name: str, form: dict[str, str], refusal: ForumError | None = None) -> Response:
    viewer = signed_in(current_viewer())
    detail = await find(name)
    if not may_post_in(viewer, detail):
        raise Forbidden(_("You cannot post in this community."))
    async with resources().database.read() as db:
        of_its_server = await posting_warning(db, detail.community.instance_id)
    return show_writing(
        form,
        refusal,
        detail.community,
        new=True,
        heading=_("New post"),
        warning=" ".join(filter(None, (detail.posting_warning, of_its_server))),
        action=f"/community/{handle(detail.community)}/submit",
        back=community_path(detail.community),
    )


async def _new_post(viewer: Viewer, community_id: int, form: dict[str, str]) -> NewPost:
    """What the form says; of the fields that its kind hides nothing is taken."""
    kind = form["kind"]
    new = NewPost(
        community_id=community_id,
        title=form.get("title", ""),
        body=text_in(form, "body"),
        nsfw="nsfw" in form,
        nsfl="nsfl" in form,
    )
    if kind == "link":
        if not form.get("url", "").strip():
            raise Invalid({"url": _("Enter the address of the page, or choose “Text”.")})
        return msgspec.structs.replace(new, url=form["url"])
    if kind == "photo":
        alt_text = form.get("alt_text", "")
        image_id = await take_image(viewer, "image", alt_text=alt_text, may_wait=True)
        if image_id is None:
            raise Invalid({"image": _("Choose a picture.")})
        return msgspec.structs.replace(new, image_id=image_id, alt_text=alt_text)
    return new


def _kind(word: str) -> str:
    return {"image": "photo", "discussion": "text"}.get(word, word if word in KINDS else "link")


def show_writing(
    form: dict[str, Any], refusal: ForumError | None, community: CommunityRow, **context: Any
) -> Response:
    """Return the form of a post.

    Parameters:
        form: what stands in the fields.
        refusal: why it was not taken.
        community: where the post stands, or will.
        context: what differs between a new post and a change.
    """
    most = resources().config.media.max_upload // MEGABYTE
    return show_form(
        "posts/submit.html",
        form,
        refusal,
        here="submit",
        community=community,
        max_upload=most,
        **{"warning": ""} | context,
    )
