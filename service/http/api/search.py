"""/api/alpha: finding things by their words."""

from typing import Any, Literal

import msgspec
from quart import Blueprint, Response

from service.forum.accounts.queries import people, profile_by_id
from service.forum.comments.queries import CommentFeed, comment_by_id, page_of_comments
from service.forum.comments.queries import sort_from as comment_sort_from
from service.forum.communities.queries import by_id, by_name, listing
from service.forum.errors import Gone, NotFound
from service.forum.feeds.catalogue import feed_by_id
from service.forum.feeds.queries import page_of_posts
from service.forum.feeds.rules import Feed, listing_from, sort_from
from service.forum.posts.queries import post_by_id
from service.forum.search import NOTHING, Found, resolve, suggestions
from service.http.api.answer import Id, PageNumber, PageSize, answer, page_size, query_as
from service.http.api.shapes.comments import comment_view
from service.http.api.shapes.communities import community_view
from service.http.api.shapes.groups import feed_view
from service.http.api.shapes.people import person_view
from service.http.api.shapes.posts import post_view
from service.http.api.shapes.values import Shape
from service.http.context import resources, viewer
from service.http.limits import limit

blueprint = Blueprint("api_search", __name__, url_prefix="/api/alpha")


class Search(msgspec.Struct):
    """Words, and what kind of thing they should be found in."""

    q: str
    type_: Literal["Communities", "Posts", "Users", "Url", "Comments"]
    listing_type: str = "All"
    sort: str = "Hot"
    page: PageNumber = 1
    limit: PageSize = 20
    community_id: Id | None = None
    community_name: str | None = None
    minimum_upvotes: Id | None = None
    nsfw: Literal["Exclude", "Include", "Only"] | None = None


class Handle(msgspec.Struct):
    """An address or a handle."""

    q: str


class Beginning(msgspec.Struct):
    """The beginning of a handle."""

    q: str = ""


@blueprint.get("/search")
async def search() -> Response:
    """Return a page of what was found."""
    wanted = query_as(Search)
    await limit("search")
    origin, size = resources().config.site.base_url, page_size(wanted.limit)
    body: Shape = {"type_": wanted.type_, "communities": [], "posts": [], "users": [], "comments": []}
    async with resources().database.read() as db:
        if wanted.community_name:
            named = await by_name(db, viewer(), wanted.community_name, domain=resources().config.site.domain)
            wanted.community_id = named.community.id
        if wanted.type_ == "Communities":
            found = await listing(
                db,
                viewer(),
                which=wanted.listing_type,
                sort=wanted.sort,
                text=wanted.q,
                page=wanted.page,
                size=size,
            )
            body["communities"] = [community_view(origin, row) for row in found.communities]
        elif wanted.type_ == "Users":
            persons = await people(db, viewer(), text=wanted.q, sort=wanted.sort, page=wanted.page, size=size)
            body["users"] = [person_view(origin, row) for row in persons.people]
        elif wanted.type_ == "Comments":
            order = comment_sort_from(wanted.sort)
            said = await page_of_comments(db, viewer(), _said(wanted), order, limit=size, page=wanted.page)
            body["comments"] = [comment_view(origin, row) for row in said.comments]
        else:
            sort = sort_from(wanted.sort)
            posts = await page_of_posts(db, viewer(), _feed(wanted), sort, limit=size, page=wanted.page)
            body["posts"] = [post_view(origin, row) for row in posts.posts]
    return answer(body)


def _feed(wanted: Search) -> Feed:
    by_address = wanted.type_ == "Url"
    return Feed(
        listing=listing_from(wanted.listing_type),
        community_id=wanted.community_id,
        search=None if by_address else wanted.q,
        url=wanted.q if by_address else None,
        minimum_upvotes=wanted.minimum_upvotes,
        nsfw=wanted.nsfw.lower() if wanted.nsfw else None,
    )


def _said(wanted: Search) -> CommentFeed:
    return CommentFeed(
        listing=listing_from(wanted.listing_type), community_id=wanted.community_id, search=wanted.q
    )


@blueprint.get("/resolve_object")
async def resolve_object() -> Response:
    """Return what an address or a handle means: a post, comment, community, person or feed."""
    wanted = query_as(Handle)
    await limit("search")
    async with resources().database.read() as db:
        found = await resolve(db, wanted.q, domain=resources().config.site.domain)
        try:
            return answer(await _view(db, found))
        except (NotFound, Gone) as error:
            raise NotFound(NOTHING) from error


async def _view(db: Any, found: Found) -> Shape:
    origin = resources().config.site.base_url
    match found.kind:
        case "post":
            return {"post": post_view(origin, await post_by_id(db, viewer(), found.id))}
        case "comment":
            return {"comment": comment_view(origin, await comment_by_id(db, viewer(), found.id))}
        case "community":
            return {"community": community_view(origin, await by_id(db, viewer(), found.id))}
        case "person":
            return {"person": person_view(origin, await profile_by_id(db, viewer(), found.id))}
        case "feed":
            return {"feed": feed_view(origin, await feed_by_id(db, viewer(), found.id))}


@blueprint.get("/suggest_completion")
async def suggest_completion() -> Response:
    """Return whole handles of people and communities for the beginning of one."""
    wanted = query_as(Beginning)
    await limit("suggest")
    async with resources().database.read() as db:
        found = await suggestions(db, viewer(), wanted.q, domain=resources().config.site.domain)
    return answer({"result": found})
