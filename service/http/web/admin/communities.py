"""Administration: where communities stand on the site."""

from typing import Any

from quart import Blueprint, Response, request

from service.forum.accounts.viewer import administrator
from service.forum.choices import options
from service.forum.communities import operations, queries
from service.forum.communities.choices import CommunityKind
from service.forum.communities.operations.administering import RETENTION_MAX
from service.forum.communities.queries.administration import Standing
from service.forum.errors import ForumError
from service.forum.feeds.queries import catalogue
from service.http.context import current_viewer, resources
from service.http.web.admin.authority import authority
from service.http.web.frame.fields import Form, Number, PickId, Switch
from service.http.web.frame.forms import SHOWN_IN_FORM, go, number_of, posted, show_form
from service.http.web.frame.listing import page_after, search_words
from service.http.web.frame.rendering import render
from service.language import _, p_

blueprint = Blueprint("admin_communities", __name__, url_prefix="/admin")

LIST = "/admin/communities"
PAGE = 50

STANDING = Form(
    PickId("topic_id", _("Topic")),
    Switch("show_popular", _("Show its posts in Popular")),
    Switch("show_all", _("Show its posts in All")),
    Switch("searchable", _("Show it in search results")),
    Switch(
        "low_quality",
        _("Low quality: votes here don't count towards reputation, and people can choose to hide it"),
    ),
    Number(
        "content_retention",
        _("Days to keep posts"),
        _("-1 keeps them forever."),
        required=True,
        least=-1,
        most=RETENTION_MAX,
    ),
)


@blueprint.get("/communities")
async def communities() -> str:
    """Show all communities, by kind."""
    administrator(current_viewer())
    kind = CommunityKind.stored(request.args.get("kind", ""), CommunityKind.ALL)
    return await _list(kind)


@blueprint.get("/community/<int:community_id>/edit")
async def community(community_id: int) -> Response:
    """Show where a community stands."""
    administrator(current_viewer())
    return await _show(community_id, None)


@blueprint.post("/community/<int:community_id>/edit")
async def save(community_id: int) -> Response:
    """Decide where a community stands."""
    by = authority()
    form = await posted()
    async with resources().database.read() as db:
        shown = _written(await queries.standing_by_id(db, community_id))
    try:
        changes = STANDING.changes(form, shown)
        if changes:
            await resources().database.write(operations.administer, by, community_id, changes)
    except SHOWN_IN_FORM as refusal:
        return await _show(community_id, form, refusal)
    return go(LIST, "saved")


async def _list(kind: CommunityKind) -> str:
    search, number = search_words(), number_of(request.args.get("page"))
    async with resources().database.read() as db:
        page = await queries.standings(db, kind=kind, search=search, page=number, size=PAGE)
    query = {"q": search, "kind": kind.value}
    return render(
        "admin/communities.html",
        page=page,
        filters=query,
        kinds=options(CommunityKind),
        next_url=page_after(LIST, number, page.has_more, **query),
    )


async def _show(
    community_id: int, form: dict[str, str] | None, refusal: ForumError | None = None
) -> Response:
    async with resources().database.read() as db:
        found = await queries.standing_by_id(db, community_id)
        topics = await catalogue.topics(db, current_viewer(), with_communities=False)
    return show_form(
        "admin/community.html",
        _written(found) if form is None else form,
        refusal,
        fields=STANDING,
        found=found,
        topics=(("", p_("topic", "None")), *((topic.id, topic.title) for topic in topics)),
    )


def _written(found: Standing) -> dict[str, Any]:
    """What stands on the form."""
    return {field.name: getattr(found, field.name) for field in STANDING}
