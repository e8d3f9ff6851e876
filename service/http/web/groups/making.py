"""Making a feed, changing, copying and deleting it."""

from typing import Any

from quart import Response, request

from service.forum.accounts.keys import make_keys
from service.forum.accounts.viewer import signed_in
from service.forum.communities.rules import NAME_LENGTH
from service.forum.errors import Forbidden, ForumError
from service.forum.feeds import operations
from service.forum.feeds.operations import FeedChanges, NewFeed
from service.forum.feeds.operations.making import COMMUNITIES_MAX, DESCRIPTION_LENGTH, TITLE_LENGTH
from service.forum.feeds.queries import catalogue
from service.forum.feeds.shapes import FeedRow
from service.forum.instances.hosts import LENGTH as HOST_LENGTH
from service.http.context import current_viewer, resources
from service.http.passing.limits import limit
from service.http.web.frame.fields import Area, Form, Line, Switch
from service.http.web.frame.forms import SHOWN_IN_FORM, go, posted, show_form
from service.http.web.frame.helpers import handle
from service.http.web.groups.blueprint import blueprint
from service.http.web.groups.feeds import feed_path, find
from service.language import _

# A handle has a name and a host.
COMMUNITIES_LENGTH = COMMUNITIES_MAX * (NAME_LENGTH[1] + HOST_LENGTH + 2)

FEED = Form(
    Line("title", _("Title"), required=True, missing=_("Enter a title."), most=TITLE_LENGTH),
    Area("description", _("What's it about?"), most=DESCRIPTION_LENGTH, written=True),
    Area(
        "communities",
        _("Communities"),
        _("One per line: cats, or cats@elsewhere.example for a community on another server."),
        required=None,
        most=COMMUNITIES_LENGTH,
        large=True,
    ),
    Switch("public", _("Public: everyone can see and follow it")),
    Switch("nsfw", _("Not safe for work")),
)
NEW_FEED = Form(
    Line(
        "name",
        _("Name"),
        _("Used in the URL. Use lowercase letters, digits and underscores. You can't change it later."),
        required=True,
        most=NAME_LENGTH[1],
        placeholder="gardening",
    ),
    *FEED,
)


@blueprint.get("/feed/new")
async def new_page() -> Response:
    """Show the form of a new feed, perhaps with the communities of another one."""
    signed_in(current_viewer())
    form: dict[str, Any] = {"public": True}
    if copied := request.args.get("of"):
        other = await find(copied)
        form |= {"title": other.title, "description": other.description, "communities": _communities(other)}
    return _show_new(form)


@blueprint.post("/feed/new")
async def create() -> Response:
    """Make a feed."""
    viewer, form = signed_in(current_viewer()), await posted()
    try:
        await limit("create_feed")
        new = NewFeed(keys=await make_keys(), **NEW_FEED.read(form))
        domain = resources().config.site.domain
        feed_id = await resources().database.write(operations.create, viewer, new, domain=domain)
    except SHOWN_IN_FORM as refusal:
        return _show_new(form, refusal)
    async with resources().database.read() as db:
        made = await catalogue.feed_by_id(db, viewer, feed_id)
    return go(feed_path(made), "feed-made")


@blueprint.get("/f/<name>/edit")
async def edit_page(name: str) -> Response:
    """Show the form with what a feed is now."""
    found = await _find_own(name)
    return _show_edit(found, _written(found))


@blueprint.post("/f/<name>/edit")
async def edit(name: str) -> Response:
    """Change a feed."""
    found, form = await _find_own(name), await posted()
    try:
        if changes := FEED.changes(form, _written(found)):
            await resources().database.write(
                operations.edit,
                signed_in(current_viewer()),
                found.id,
                FeedChanges(**changes),
                domain=resources().config.site.domain,
            )
    except SHOWN_IN_FORM as refusal:
        return _show_edit(found, form, refusal)
    return go(feed_path(found), "saved")


@blueprint.post("/f/<name>/delete")
async def delete(name: str) -> Response:
    """Delete a feed; its communities stay."""
    found = await _find_own(name)
    viewer = signed_in(current_viewer())
    await resources().database.write(operations.set_deleted, viewer, found.id, deleted=True)
    return go("/feeds", "feed-deleted", found.id)


@blueprint.post("/feed/<int:feed_id>/restore")
async def restore(feed_id: int) -> Response:
    """Bring a feed back."""
    viewer = signed_in(current_viewer())
    await resources().database.write(operations.set_deleted, viewer, feed_id, deleted=False)
    async with resources().database.read() as db:
        return go(feed_path(await catalogue.feed_by_id(db, viewer, feed_id)))


async def _find_own(name: str) -> FeedRow:
    signed_in(current_viewer())
    found = await find(name)
    if not found.mine:
        raise Forbidden(_("You can only change your own feeds."))
    return found


def _written(found: FeedRow) -> dict[str, Any]:
    return {
        "title": found.title,
        "description": found.description,
        "communities": _communities(found),
        "public": found.public,
        "nsfw": found.nsfw,
    }


def _communities(found: FeedRow) -> str:
    return "\n".join(handle(community) for community in found.communities)


def _show_new(form: dict[str, Any], refusal: ForumError | None = None) -> Response:
    return show_form(
        "groups/feed_form.html",
        form,
        refusal,
        fields=NEW_FEED,
        here="explore",
        new=True,
        action="/feed/new",
        back="/feeds",
    )


def _show_edit(found: FeedRow, form: dict[str, Any], refusal: ForumError | None = None) -> Response:
    path = feed_path(found)
    return show_form(
        "groups/feed_form.html",
        form,
        refusal,
        fields=FEED,
        here="explore",
        new=False,
        action=f"{path}/edit",
        back=path,
    )
