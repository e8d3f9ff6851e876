"""Writing a post: the form, with what belongs to each kind."""

from collections.abc import Sequence
from typing import Any

from quart import Response, request

from service.forum import site
from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.attachments.operations import discard
from service.forum.communities.shapes import CommunityDetail, CommunityRow
from service.forum.errors import Forbidden, ForumError, Invalid
from service.forum.flairs import operations as flairs
from service.forum.instances.queries import posting_warning
from service.forum.posts import operations
from service.forum.posts.gallery import Hung
from service.forum.posts.operations import NewPost
from service.forum.posts.rules import checked_body
from service.forum.posts.shapes import PostRow
from service.http.context import current_viewer, resources
from service.http.page_elsewhere import look_at
from service.http.passing.bodies.policy import a_form_with_files, takes
from service.http.passing.limits import limit
from service.http.passing.long_texts import render_ahead
from service.http.web.communities import find, may_post_in
from service.http.web.frame.forms import SHOWN_IN_FORM, go, posted, show_form
from service.http.web.frame.helpers import community_path, handle
from service.http.web.frame.zones import zones
from service.http.web.posts.beginning import CARRIED, posted_already
from service.http.web.posts.blueprint import blueprint
from service.http.web.posts.kinds import DRAWN, NEW_POST, kind_of, new_post
from service.http.web.posts.pictures import rows_of
from service.http.web.posts.scheduled import SCHEDULED
from service.language import _

MEGABYTE = 1024 * 1024


@blueprint.get("/community/<name>/submit")
@blueprint.get("/community/<name>/submit/<kind>")
async def new_page(name: str, kind: str = "link") -> Response:
    """Show the form of a new post; an address and a title may come with the link to it."""
    form = {word: request.args[word] for word in CARRIED if word in request.args}
    viewer = signed_in(current_viewer())
    return await _show_new(name, {"timezone": viewer.timezone or ""} | form | {"kind": kind_of(kind)})


@blueprint.post("/community/<name>/submit")
@takes(a_form_with_files())
async def publish(name: str) -> Response:
    """Publish a post; the same form sent twice leads to the one post."""
    viewer = signed_in(current_viewer())
    form = await posted()
    form["kind"] = kind_of(form.get("kind", ""))
    detail = await find(name)
    if "look" in form:
        return await _show_looked_at(name, form)
    try:
        await limit("publish")
        said = NEW_POST[form["kind"]].read(form)
        new = await new_post(viewer, detail.community.id, form["kind"], form, said, viewer.timezone or "")
        published = await _publish(viewer, new)
        await _label(viewer, published.post_id, detail, said["flair"])
    except SHOWN_IN_FORM as refusal:
        return await _show_new(name, form, refusal)
    return go(published.slug) if new.schedule is None else go(SCHEDULED, "scheduled")


async def _label(viewer: Viewer, post_id: int, detail: CommunityDetail, ticked: tuple[int, ...]) -> None:
    """Give a new post the labels that were ticked."""
    wanted = {flair.id for flair in detail.flairs} & set(ticked)
    if wanted:
        await resources().database.write(flairs.assign, viewer, post_id, sorted(wanted))


async def _show_looked_at(name: str, form: dict[str, str]) -> Response:
    """Show the form with the title that the page has, and who has posted it already."""
    await limit("site_metadata")
    url = form.get("url", "")
    try:
        form["title"] = form.get("title", "").strip() or (await look_at(url)).title
    except Invalid as refusal:
        return await _show_new(name, form, refusal)
    return await _show_new(name, form, twins=await posted_already(url))


async def _publish(viewer: Viewer, new: NewPost) -> operations.Published:
    """Publish a post; the pictures of one that is refused are sent again with the mended form, so they go."""
    database = resources().database
    try:
        await render_ahead(checked_body(new.body))
        return await database.write(operations.publish, viewer, new, domain=resources().config.site.domain)
    except ForumError:
        await database.write(discard, [new.image_id, *(picture.file_id for picture in new.gallery)])
        raise


async def _show_new(
    name: str, form: dict[str, str], refusal: ForumError | None = None, twins: list[PostRow] | None = None
) -> Response:
    viewer = signed_in(current_viewer())
    detail = await find(name)
    if detail.mine.banned and not viewer.runs_the_site:
        return go(community_path(detail.community))  # which says why, and until when
    if not may_post_in(viewer, detail):
        raise Forbidden(_("You can't post in this community."))
    async with resources().database.read() as db:
        of_its_server = await posting_warning(db, detail.community.instance_id)
    return await show_writing(
        form,
        refusal,
        detail.community,
        new=True,
        heading=_("New post"),
        flairs=[(flair.id, flair.title) for flair in detail.flairs],
        twins=twins or [],
        warning=" ".join(filter(None, (detail.posting_warning, of_its_server))),
        action=f"/community/{handle(detail.community)}/submit",
        back=community_path(detail.community),
    )


async def show_writing(
    form: dict[str, Any],
    refusal: ForumError | None,
    community: CommunityRow,
    pictures: Sequence[Hung] = (),
    **context: Any,
) -> Response:
    """Return the form of a post.

    Parameters:
        form: what stands in the fields.
        refusal: why it was not taken.
        community: where the post stands, or will.
        pictures: that the post shows already.
        context: what differs between a new post and a change.
    """
    config = resources().config
    async with resources().database.read() as db:
        languages = await site.languages(db)
    return show_form(
        "posts/submit.html",
        form,
        refusal,
        here="submit",
        community=community,
        max_upload=config.media.max_upload // MEGABYTE,
        max_together=config.http.max_body // MEGABYTE,
        pictures=rows_of(form, pictures),
        languages=(
            ("", _("Not specified")),
            *((str(one.id), one.name) for one in languages if one.code != "und"),
        ),
        zones=zones(),
        zone=signed_in(current_viewer()).timezone or "UTC",
        fields=DRAWN,
        **{"warning": "", "flairs": (), "twins": []} | context,
    )
