"""/api/alpha: finding things by their words."""

from typing import Literal

import msgspec
from quart import Blueprint, Response

from service.forum.accounts.queries import people
from service.forum.communities.queries import listing
from service.forum.feeds.queries import page_of_posts
from service.forum.feeds.rules import Feed, listing_from, sort_from
from service.http.api.answer import Id, PageNumber, PageSize, answer, page_size, query_as
from service.http.api.shapes.communities import community_view
from service.http.api.shapes.people import person_view
from service.http.api.shapes.posts import post_view
from service.http.api.shapes.values import Shape
from service.http.context import resources, viewer
from service.http.limits import limit

blueprint = Blueprint("api_search", __name__, url_prefix="/api/alpha")


class Search(msgspec.Struct):
    """Words, and what kind of thing they should be found in."""

    q: str
    type_: Literal["Communities", "Posts", "Users", "Url"]
    listing_type: str = "All"
    sort: str = "Hot"
    page: PageNumber = 1
    limit: PageSize = 20
    community_id: Id | None = None
    nsfw: Literal["Exclude", "Include", "Only"] | None = None


@blueprint.get("/search")
async def search() -> Response:
    """Return a page of what was found."""
    wanted = query_as(Search)
    await limit("search")
    origin, size = resources().config.site.base_url, page_size(wanted.limit)
    body: Shape = {"type_": wanted.type_, "communities": [], "posts": [], "users": [], "comments": []}
    async with resources().database.read() as db:
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
        else:
            sort = sort_from(wanted.sort)
            posts = await page_of_posts(db, viewer(), _feed(wanted), sort, limit=size, page=wanted.page)
            body["posts"] = [post_view(origin, row) for row in posts.posts]
    return answer(body)


def _feed(wanted: Search) -> Feed:
    return Feed(
        listing=listing_from(wanted.listing_type),
        community_id=wanted.community_id,
        search=wanted.q,
        nsfw=wanted.nsfw.lower() if wanted.nsfw else None,
    )
