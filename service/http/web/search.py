"""Search: posts, comments, communities, people, websites; a handle or an address goes to what it names."""

from collections.abc import Sequence
from typing import Any

from quart import Blueprint, Response, request

from service.forum.accounts.choices import PeopleSort
from service.forum.accounts.queries import people, profile_by_id, profile_by_name
from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.choices import TextChoice, options
from service.forum.comments.choices import COMMENT_SORT_MENU, CommentSort
from service.forum.comments.queries import CommentSelection, page_of_comments
from service.forum.communities import queries as communities
from service.forum.communities.choices import CommunitySort
from service.forum.errors import Gone, NotFound
from service.forum.feeds import queries as feeds
from service.forum.feeds.choices import SORT_MENU, Period
from service.forum.feeds.queries import catalogue
from service.forum.feeds.rules import PostSelection
from service.forum.search import NOTHING, Found, names_in, resolve
from service.forum.websites import queries as websites
from service.http.context import current_viewer, resources
from service.http.elsewhere import find, host_in
from service.http.passing.limits import limit
from service.http.web.frame.bodies import prepare_bodies
from service.http.web.frame.comments import Alone
from service.http.web.frame.fields import Form, Line
from service.http.web.frame.forms import go, number_of, posted
from service.http.web.frame.helpers import community_path, person_path, with_query
from service.http.web.frame.listing import PAGE, Link, search_words, tabs, wanted_sort
from service.http.web.frame.rendering import render
from service.http.web.groups.feeds import feed_path
from service.language import _
from service.storage.clock import utcnow

blueprint = Blueprint("search", __name__)

QUERY_LENGTH = 200
ELSEWHERE = Form(Line("q", most=QUERY_LENGTH))
COMMUNITIES_SHOWN = 3  # beside posts
KINDS = {
    "posts": _("Posts"),
    "comments": _("Comments"),
    "communities": _("Communities"),
    "people": _("People"),
    "websites": _("Websites"),
}


@blueprint.get("/search")
async def search() -> str | Response:
    """Show what fits the words, or only the form; go to what a handle or an address names."""
    query = search_words("q", QUERY_LENGTH)
    for name in _names(query) if "show" not in request.args else ():
        try:
            async with resources().database.read() as db:
                named = await resolve(db, name, domain=resources().config.site.domain)
            return go(await _page_of(named))
        except (NotFound, Gone):
            pass
    return await _results(query)


def _names(query: str) -> list[str]:
    return names_in(query, base_url=resources().config.site.base_url)


@blueprint.post("/search/elsewhere")
async def search_elsewhere() -> Response | tuple[str, int]:
    """Ask the server that knows a handle or an address, and go to what it means."""
    signed_in(current_viewer())
    query = ELSEWHERE.read(await posted())["q"]
    await limit("search")
    problem = NOTHING
    for name in _names(query) or [query]:
        try:
            return go(await _page_of(await find(name)))
        except (NotFound, Gone) as error:
            problem = error.message
    return await _results(query, problem), 404


async def _page_of(found: Found) -> str:
    """Return where the page of something is."""
    viewer = current_viewer()
    async with resources().database.read() as db:
        match found.kind:
            case "community":
                return community_path((await communities.community_by_id(db, viewer, found.id)).community)
            case "person":
                return person_path((await profile_by_id(db, viewer, found.id)).person)
            case "feed":
                return feed_path(await catalogue.feed_by_id(db, viewer, found.id))
            case "post" | "comment":
                return f"/{found.kind}/{found.id}"


async def _results(query: str, problem: str = "") -> str:
    viewer = current_viewer()
    show = request.args.get("show", "posts")
    show = show if show in KINDS else "posts"
    narrowed = {name: search_words(name, QUERY_LENGTH) for name in ("community", "person")}
    period = Period.named(request.args.get("time"), Period.ANY)
    narrowed["time"] = period.value
    found: dict[str, Any] = {"items": [], "next": None, "beside": []}
    if query:
        await limit("search")
        async with resources().database.read() as db:
            try:
                where = await _where(db, viewer, narrowed)
            except NotFound as error:
                problem = problem or error.message
            else:
                found |= await SEARCHES[show](db, viewer, query, where)
    if show == "comments":
        await prepare_bodies(found["items"])
        found["items"] = [Alone(comment, viewer) for comment in found["items"]]
    about = {"q": query} | narrowed
    return render(
        "search/search.html",
        here="search",
        query=query,
        show=show,
        narrowed=narrowed,
        sort=request.args.get("sort", ""),
        elsewhere=next((host for name in _names(query) if (host := host_in(name))), None),
        problem=problem,
        items=found["items"],
        beside=found["beside"],
        kind_links=tabs("/search", "show", show, KINDS, **about) if query else [],
        periods=options(Period, period),
        sort_links=_sort_links(show, **about),
        next_url=with_query("/search", **about, show=show, sort=request.args.get("sort"), **found["next"])
        if found["next"]
        else None,
    )


async def _where(db: Any, viewer: Viewer | None, narrowed: dict[str, str]) -> dict[str, Any]:
    """The ids of the community and the person that the search is narrowed to."""
    domain = resources().config.site.domain
    where: dict[str, Any] = {}
    if name := narrowed["community"].removeprefix("!"):
        row = await communities.community_by_name(db, viewer, name, domain=domain)
        where["community_id"] = row.community.id
    if name := narrowed["person"]:
        where["person_id"] = (await profile_by_name(db, viewer, name, domain=domain)).person.id
    if length := Period.named(narrowed["time"], Period.ANY).length:
        where["since"] = utcnow() - length
    return where


# How each kind can be ordered; the first is usual.
SORTS: dict[str, Sequence[TextChoice]] = {
    "posts": SORT_MENU,
    "comments": (CommentSort.NEW, *(one for one in COMMENT_SORT_MENU if one is not CommentSort.NEW)),
    "communities": (
        CommunitySort.MEMBERS,
        *(one for one in CommunitySort if one is not CommunitySort.MEMBERS),
    ),
    "people": (PeopleSort.MOST_POSTS, *(one for one in PeopleSort if one is not PeopleSort.MOST_POSTS)),
    "websites": (),
}


def _sort_links(show: str, **about: str) -> list[Link]:
    offered = SORTS[show]
    wanted = request.args.get("sort")
    current = next((one for one in offered if one.value == wanted), offered[0] if offered else None)
    return [
        Link(with_query("/search", **about, show=show, sort=one.value), one.label, one is current)
        for one in offered
    ]


async def _posts(db: Any, viewer: Viewer | None, query: str, where: dict[str, Any]) -> dict[str, Any]:
    after = request.args.get("after")
    selection = PostSelection(search=query, **where)
    page = await feeds.page_of_posts(db, viewer, selection, wanted_sort(None), limit=PAGE, cursor=after)
    beside = None
    if not after and not where:
        beside = await communities.listing(
            db, viewer, sort=CommunitySort.POSTS, text=query, size=COMMUNITIES_SHOWN
        )
    return {
        "items": page.posts,
        "next": {"after": page.next_cursor} if page.next_cursor else None,
        "beside": beside.communities if beside else [],
    }


async def _comments(db: Any, viewer: Viewer | None, query: str, where: dict[str, Any]) -> dict[str, Any]:
    order = CommentSort.named(request.args.get("sort"), CommentSort.NEW)
    page = await page_of_comments(
        db, viewer, CommentSelection(search=query, **where), order, limit=PAGE, page=_number()
    )
    return {"items": page.comments, "next": _following(page.has_more)}


async def _communities(db: Any, viewer: Viewer | None, query: str, _where: dict[str, Any]) -> dict[str, Any]:
    page = await communities.listing(
        db,
        viewer,
        sort=CommunitySort.named(request.args.get("sort"), CommunitySort.MEMBERS),
        text=query,
        page=_number(),
        size=PAGE,
    )
    return {"items": page.communities, "next": _following(page.has_more)}


async def _people(db: Any, viewer: Viewer | None, query: str, _where: dict[str, Any]) -> dict[str, Any]:
    name = query.removeprefix("@").partition("@")[0]
    sort = PeopleSort.named(request.args.get("sort"), PeopleSort.MOST_POSTS)
    page = await people(db, viewer, text=name, sort=sort, page=_number(), size=PAGE)
    return {"items": page.people, "next": _following(page.has_more)}


async def _websites(db: Any, viewer: Viewer | None, query: str, _where: dict[str, Any]) -> dict[str, Any]:
    page = await websites.listing(db, viewer, text=query, page=_number(), size=PAGE)
    return {"items": page.items, "next": _following(page.has_more)}


SEARCHES = {
    "posts": _posts,
    "comments": _comments,
    "communities": _communities,
    "people": _people,
    "websites": _websites,
}


def _number() -> int:
    return number_of(request.args.get("page"))


def _following(has_more: bool) -> dict[str, str] | None:
    return {"page": str(_number() + 1)} if has_more else None
