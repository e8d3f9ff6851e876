"""Communities: the list, a community's page, joining and leaving, making and editing one."""

from collections.abc import Mapping
from typing import Any

from quart import Blueprint, Response, redirect, request

from service.forum.accounts.keys import make_keys
from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.choices import Choice
from service.forum.communities import operations, queries, rules
from service.forum.communities.choices import (
    COMMUNITY_LISTINGS,
    JOINING_HERE,
    CommunitySort,
    DownvoteMode,
    Joining,
)
from service.forum.communities.operations import NewCommunity
from service.forum.communities.rules import may_create, may_moderate
from service.forum.communities.shapes import CommunityDetail, OwnBan
from service.forum.errors import Forbidden, ForumError, NotFound
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
from service.http.passing.strangers import same_for_strangers
from service.http.site import the_site
from service.http.web.frame.bodies import prepare_html
from service.http.web.frame.fields import Area, Form, Line, Picture, Select, Switch
from service.http.web.frame.forms import (
    SHOWN_IN_FORM,
    came_from,
    go,
    is_htmx,
    number_of,
    posted,
    show_form,
    take_image,
)
from service.http.web.frame.head import head_of_community
from service.http.web.frame.helpers import community_path, handle, with_query
from service.http.web.frame.listing import (
    PAGE,
    Link,
    next_page,
    page_after,
    search_words,
    sort_links,
    tabs,
    wanted_sort,
)
from service.http.web.frame.rendering import render, render_part
from service.http.web.rss import feed_of
from service.language import _

blueprint = Blueprint("communities", __name__)

# What can be set: a new community has no pictures yet, and everybody may vote down in it.
SETTINGS = (
    Line(
        "title",
        _("Title"),
        required=True,
        missing=_("Enter a title."),
        most=rules.TITLE_LENGTH,
        placeholder=_("Vegetable gardening"),
    ),
    Area("description", _("What's it about?"), most=rules.DESCRIPTION_LENGTH, written=True),
    Area("rules", _("Rules"), _("What's welcome here and what isn't."), most=rules.RULES_LENGTH),
    Line("posting_warning", _("Posting warning"), most=rules.WARNING_LENGTH),
    Select("invitations", _("Who can join"), offered=JOINING_HERE, usual=Joining.ANYBODY),
    Switch("restricted_to_mods", _("Only moderators can post")),
    Switch("private", _("Private: only members can read it")),
    Switch("question_answer", _("For questions and answers")),
    Switch("ai_generated", _("Only for AI-generated content")),
    Switch("new_mods_wanted", _("Looking for moderators")),
    Switch("local_only", _("Only members of this site can take part")),
    Switch("nsfw", _("Not safe for work")),
)
NEW_COMMUNITY = Form(
    Line(
        "name",
        _("Name"),
        _("Used in the URL. Use lowercase letters, digits and underscores. You can't change it later."),
        required=True,
        most=rules.NAME_LENGTH[1],
        placeholder="vegetable_gardening",
    ),
    *SETTINGS,
)
COMMUNITY = Form(
    *SETTINGS,
    Picture("icon", _("Icon")),
    Picture("banner", _("Banner"), _("A wide image shown above the posts.")),
    Select("downvote_accept_mode", _("Who can downvote"), offered=DownvoteMode),
)
# What a list that is not known means.
USUAL: dict[str, Choice] = {
    "invitations": Joining.ANYBODY,
    "downvote_accept_mode": DownvoteMode.EVERYBODY,
}


@blueprint.get("/communities")
@same_for_strangers
async def index() -> str:
    """List communities: all, local or joined ones, or those whose name contains a word."""
    viewer = current_viewer()
    offered = _listings(viewer)
    which = Listing.named(request.args.get("filter"), Listing.ALL)
    which = which if which in offered else Listing.ALL
    sort = CommunitySort.named(request.args.get("sort"), CommunitySort.ACTIVE)
    wanted = search_words()
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
@same_for_strangers
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
        detail, community = head.detail, head.detail.community
        flair = next((one for one in detail.flairs if str(one.id) == request.args.get("flair")), None)
        feed = PostSelection(
            community_id=community.id,
            flair_id=flair.id if flair else None,
            nsfw=NsfwFilter.INCLUDE if community.nsfw else None,
        )
        page = await feeds.page_of_posts(
            db, viewer, feed, order, limit=PAGE, cursor=request.args.get("after")
        )
        own_ban = await banned_from(db, viewer, detail)
        wiki = await wikis.titles(db, community.id)
        is_cut_off = not community.local and not await instances.talks_to(db, community.domain or "")
        successor = None if community.local else await queries.successor_of(db, viewer, community.id)
    if successor is not None:
        return redirect(community_path(successor.community))  # type: ignore[return-value]
    await prepare_html(detail.description_html)
    path = community_path(community)
    return render(
        "communities/community.html",
        is_cut_off=is_cut_off,
        own_ban=own_ban,
        wiki=wiki,
        head=head_of_community(detail),
        here="communities",
        detail=detail,
        community=community,
        address=address_of(detail),
        path=path,
        moderators=[moderator.person for moderator in head.moderators],
        moderates=moderates(viewer, detail),
        may_post=may_post_in(viewer, detail),
        rss_feed=None if community.private or community.local_only else feed_of(community),
        page=page,
        flair=flair,
        sort_links=sort_links(path, order, flair=str(flair.id) if flair else None),
        next_url=next_page(path, page.next_cursor, sort=order.value, flair=str(flair.id) if flair else None),
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
        new = NewCommunity(keys=await make_keys(), **NEW_COMMUNITY.read(form))
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
        changes = COMMUNITY.changes(form, _written(detail)) | await _pictures(viewer)
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
        fields=NEW_COMMUNITY,
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
        fields=COMMUNITY,
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
    stored = {field.name: _stored(detail, field.name) for field in COMMUNITY if field.control != "picture"}
    return stored | {name: type(usual).stored(stored[name], usual) for name, usual in USUAL.items()}


def _stored(detail: CommunityDetail, name: str) -> Any:
    """What is stored of a setting: with the community's texts, or with what stands beside its posts."""
    return getattr(detail if name in detail.__struct_fields__ else detail.community, name)


async def _pictures(viewer: Viewer) -> dict[str, int]:
    """The icon and the banner that were sent; a field without a file changes nothing."""
    fields = {"icon_id": "icon", "banner_id": "banner"}
    sent = {name: await take_image(viewer, field) for name, field in fields.items()}
    return {name: file_id for name, file_id in sent.items() if file_id is not None}
