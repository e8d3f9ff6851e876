"""Communities: the list, a community's page, joining and leaving, making and editing one."""

from collections.abc import Mapping
from typing import Any

import msgspec
from quart import Blueprint, Response, redirect, request

from service.forum.accounts.keys import make_keys
from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.choices import Choice
from service.forum.communities import operations, queries
from service.forum.communities.choices import COMMUNITY_LISTINGS, CommunitySort
from service.forum.communities.operations import NewCommunity
from service.forum.communities.rules import may_create, may_moderate
from service.forum.communities.shapes import CommunityDetail, CommunitySettings, OwnBan
from service.forum.errors import Forbidden, ForumError, Invalid, NotFound
from service.forum.feeds import queries as feeds
from service.forum.feeds.choices import Listing, NsfwFilter
from service.forum.feeds.operations import leave_everything
from service.forum.feeds.rules import PostSelection
from service.forum.instances import queries as instances
from service.forum.wiki import queries as wikis
from service.http.context import current_viewer, resources
from service.http.elsewhere import host_in
from service.http.passing.bodies.policy import a_form_with_files, takes
from service.http.passing.limits import limit
from service.http.site import the_site
from service.http.web.frame.bodies import prepare_html
from service.http.web.frame.forms import (
    SHOWN_IN_FORM,
    came_from,
    changed,
    go,
    is_htmx,
    number_of,
    posted,
    show_form,
    stripped,
    take_image,
    text_in,
)
from service.http.web.frame.head import SUMMARY_LENGTH
from service.http.web.frame.helpers import community_path, handle, with_query
from service.http.web.frame.listing import PAGE, Link, next_page, page_after, sort_links, tabs, wanted_sort
from service.http.web.frame.rendering import render, render_part
from service.http.web.rss import feed_of
from service.language import _
from service.text.excerpts import excerpt

blueprint = Blueprint("communities", __name__)

# What is on the form, by the kinds of the settings: texts, switches, and lists to choose from.
SETTINGS = msgspec.structs.fields(CommunitySettings)
TEXTS = tuple(field.name for field in SETTINGS if field.type is str)
SWITCHES = tuple(field.name for field in SETTINGS if field.type is bool)
CHOICES = {field.name: field.default for field in SETTINGS if isinstance(field.default, Choice)}


@blueprint.get("/communities")
async def index() -> str:
    """List communities: all, local or joined ones, or those whose name contains a word."""
    viewer = current_viewer()
    offered = _listings(viewer)
    which = Listing.named(request.args.get("filter"), Listing.ALL)
    which = which if which in offered else Listing.ALL
    sort = CommunitySort.named(request.args.get("sort"), CommunitySort.ACTIVE)
    wanted = request.args.get("q", "").strip()[:100]
    number = number_of(request.args.get("page"))
    async with resources().database.read() as db:
        page = await queries.listing(db, viewer, which=which, sort=sort, text=wanted, page=number, size=PAGE)
    query = {"filter": which.word, "q": wanted}
    return render(
        "communities/communities.html",
        here="communities",
        page=page,
        wanted=wanted,
        filter=which.word,
        filter_links=tabs(
            "/communities", "filter", which.word, {one.word: one.label for one in offered}, q=wanted
        ),
        sort_links=[
            Link(with_query("/communities", **query, sort=one.value), one.label, one is sort)
            for one in CommunitySort
        ],
        next_url=page_after("/communities", number, page.has_more, **query, sort=sort.value),
        may_create=viewer is not None and await _may_create(viewer),
    )


@blueprint.get("/c/<name>")
async def show(name: str) -> str | Response:
    """Show a community's posts; one that has moved to another server leads there."""
    viewer = current_viewer()
    order = wanted_sort(viewer)
    async with resources().database.read() as db:
        try:
            head = await queries.head_by_name(db, viewer, name, domain=resources().config.site.domain)
        except NotFound:
            if host_in(f"!{name}") is None:
                raise
            return go(with_query("/search", q=f"!{name}"))  # another server may have it
        community = head.detail.community
        feed = PostSelection(community_id=community.id, nsfw=NsfwFilter.INCLUDE if community.nsfw else None)
        page = await feeds.page_of_posts(
            db, viewer, feed, order, limit=PAGE, cursor=request.args.get("after")
        )
        own_ban = await banned_from(db, viewer, head.detail)
        wiki = await wikis.titles(db, community.id)
        is_cut_off = not community.local and not await instances.talks_to(db, community.domain or "")
        successor = None if community.local else await queries.successor_of(db, viewer, community.id)
    if successor is not None:
        return redirect(community_path(successor.community))  # type: ignore[return-value]
    await prepare_html(head.detail.description_html)
    path = community_path(community)
    return render(
        "communities/community.html",
        is_cut_off=is_cut_off,
        own_ban=own_ban,
        wiki=wiki,
        summary=excerpt(head.detail.description_html, head.detail.description, SUMMARY_LENGTH)
        or community.title,
        here="communities",
        detail=head.detail,
        community=community,
        address=address_of(head.detail),
        path=path,
        moderators=[moderator.person for moderator in head.moderators],
        moderates=moderates(viewer, head.detail),
        may_post=may_post_in(viewer, head.detail),
        rss_feed=None if community.private or community.local_only else feed_of(path),
        page=page,
        sort_links=sort_links(path, order),
        next_url=next_page(path, page.next_cursor, sort=order.value),
    )


@blueprint.post("/community/<name>/subscribe")
async def subscribe(name: str) -> Response | str:
    """Join."""
    viewer = signed_in(current_viewer())
    detail = await find(name)
    joined = await resources().database.write(operations.join, viewer, detail.community.id)
    if is_htmx():
        return await _joining(name)
    return go(await came_from(f"community_{detail.community.id}"), "joined" if joined else "")


@blueprint.post("/community/<name>/unsubscribe")
async def unsubscribe(name: str) -> Response | str:
    """Leave, or take back the request to join."""
    viewer = signed_in(current_viewer())
    detail = await find(name)
    left = await resources().database.write(operations.leave, viewer, detail.community.id)
    if is_htmx() and not detail.community.private:
        return await _joining(name)
    # Of a private community no page is theirs any more.
    back = await came_from(f"community_{detail.community.id}")
    return go("/communities" if left and detail.community.private else back, "left" if left else "")


async def _joining(name: str) -> str:
    """The button in the place of the one that was pressed: the page stays where it is."""
    return render_part("communities/cards.html", "join_button", await find(name), current_viewer())


@blueprint.post("/communities/leave_all")
async def leave_all() -> Response:
    """Leave every community that the viewer does not moderate, and every feed that is not their own."""
    await resources().database.write(leave_everything, signed_in(current_viewer()))
    return go("/communities", "left-all")


@blueprint.get("/community/add_local")
async def new_page() -> Response:
    """Show the form of a new community."""
    viewer = signed_in(current_viewer())
    if not await _may_create(viewer):
        raise Forbidden(_("Only administrators can create communities here."))
    return _show_new({})


@blueprint.post("/community/add_local")
async def create() -> Response:
    """Make a community; its founder moderates it."""
    viewer = signed_in(current_viewer())
    form = await posted()
    try:
        sent = stripped(_sent(form))
        new = NewCommunity(name=form.get("name", ""), keys=await make_keys(), **sent)
        await limit("create_community")
        created = await resources().database.write(
            operations.create, viewer, new, domain=resources().config.site.domain
        )
    except SHOWN_IN_FORM as refusal:
        return _show_new(form, refusal)
    return go(f"/c/{created.name}", "community-created")


@blueprint.get("/community/<name>/edit")
async def edit_page(name: str) -> Response:
    """Show the form with what a community says of itself."""
    detail = await _find_moderated(name)
    return _show_edit(detail, _written(detail))


@blueprint.post("/community/<name>/edit")
@takes(a_form_with_files())
async def edit(name: str) -> Response:
    """Change what a community says of itself and who may do what in it."""
    detail = await _find_moderated(name)
    viewer = signed_in(current_viewer())
    form = await posted()
    try:
        changes = stripped(changed(_sent(form), _written(detail))) | await _pictures(viewer)
        if changes:
            domain = resources().config.site.domain
            await resources().database.write(
                operations.edit, viewer, detail.community.id, changes, domain=domain
            )
    except SHOWN_IN_FORM as refusal:
        return _show_edit(detail, form, refusal)
    return go(community_path(detail.community), "saved")


async def find(name: str) -> CommunityDetail:
    """Return the community of that name as the viewer may see it, or raise NotFound."""
    async with resources().database.read() as db:
        return await queries.community_by_name(
            db, current_viewer(), name, domain=resources().config.site.domain
        )


async def banned_from(db: Any, viewer: Viewer | None, detail: CommunityDetail) -> OwnBan | None:
    """Return why and until when the viewer may not write in a community; None if they may."""
    if viewer is None or viewer.runs_the_site or not detail.mine.banned:
        return None
    return await queries.own_ban(db, viewer, detail.community.id)


def address_of(detail: CommunityDetail) -> str:
    """Return the community's name with its host, as it is written everywhere: `cats@site.example`."""
    return f"{detail.community.name}@{detail.community.domain or resources().config.site.domain}"


def moderates(viewer: Viewer | None, detail: CommunityDetail) -> bool:
    """Whether the viewer may remove, lock, pin and edit there."""
    return viewer is not None and may_moderate(viewer, is_moderator=detail.mine.moderator)


def may_post_in(viewer: Viewer | None, detail: CommunityDetail) -> bool:
    """Whether a "new post" button leads anywhere; the operation itself decides again."""
    if viewer is None or detail.mine.banned or viewer.ban_posts:
        return False
    if detail.community.private and not (detail.mine.member or viewer.runs_the_site):
        return False
    return not detail.community.restricted_to_mods or moderates(viewer, detail)


async def _find_moderated(name: str) -> CommunityDetail:
    viewer = signed_in(current_viewer())
    detail = await find(name)
    if not moderates(viewer, detail):
        raise Forbidden
    return detail


async def _may_create(viewer: Viewer) -> bool:
    return may_create(viewer, administrators_only=(await the_site()).community_creation_admin_only)


def _listings(viewer: Viewer | None) -> list[Listing]:
    return [one for one in COMMUNITY_LISTINGS if viewer or one is not Listing.SUBSCRIBED]


def _show_new(form: dict[str, str], refusal: ForumError | None = None) -> Response:
    return show_form(
        "communities/community_form.html",
        form,
        refusal,
        here="communities",
        new=True,
        heading=_("New community"),
        may_delete=False,
        action="/community/add_local",
        back="/communities",
    )


def _show_edit(
    detail: CommunityDetail, form: Mapping[str, object], refusal: ForumError | None = None
) -> Response:
    name = handle(detail.community)
    return show_form(
        "communities/community_form.html",
        form,
        refusal,
        here="communities",
        new=False,
        heading=_("Edit %(title)s", title=detail.community.title),
        may_delete=detail.community.local and _may_delete(current_viewer(), detail),
        action=f"/community/{name}/edit",
        back=community_path(detail.community),
    )


def _may_delete(viewer: Viewer | None, detail: CommunityDetail) -> bool:
    return viewer is not None and (viewer.is_admin or detail.mine.owner)


def _written(detail: CommunityDetail) -> dict[str, Any]:
    """The form's fields as they are stored now."""
    stored = {name: _stored(detail, name) for name in (*TEXTS, *SWITCHES)}
    return stored | {
        name: type(usual).stored(_stored(detail, name), usual) for name, usual in CHOICES.items()
    }


def _stored(detail: CommunityDetail, name: str) -> Any:
    """What is stored of a setting: with the community's texts, or with what stands beside its posts."""
    return getattr(detail if name in detail.__struct_fields__ else detail.community, name)


async def _pictures(viewer: Viewer) -> dict[str, int]:
    """The icon and the banner that were sent; a field without a file changes nothing."""
    fields = {"icon_id": "icon", "banner_id": "banner"}
    sent = {name: await take_image(viewer, field) for name, field in fields.items()}
    return {name: file_id for name, file_id in sent.items() if file_id is not None}


def _sent(form: dict[str, str]) -> dict[str, Any]:
    """What the form says; a list that is not on it is left out."""
    return {
        **{name: text_in(form, name) for name in TEXTS},
        **{name: name in form for name in SWITCHES},
        **{name: _number(form, name) for name in CHOICES if name in form},
    }


def _number(form: dict[str, str], name: str) -> int:
    try:
        return int(form[name][:9])
    except ValueError:
        raise Invalid({name: _("Choose one of these.")}) from None
