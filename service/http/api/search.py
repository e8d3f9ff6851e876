"""/api/alpha: finding things by their words."""

from typing import Any, Literal, NotRequired, TypedDict

import msgspec
from quart import Blueprint

from service.forum.accounts.choices import PeopleSort
from service.forum.accounts.queries import people, profile_by_id
from service.forum.comments.choices import CommentSort
from service.forum.comments.queries import CommentSelection, comment_by_id, page_of_comments
from service.forum.communities.choices import CommunitySort
from service.forum.communities.queries import community_by_id, community_by_name, listing
from service.forum.errors import Gone, NotFound
from service.forum.feeds.choices import NsfwFilter, Sort
from service.forum.feeds.queries import page_of_posts
from service.forum.feeds.queries.catalogue import feed_by_id
from service.forum.feeds.rules import PostSelection
from service.forum.posts.queries import post_by_id
from service.forum.search import NOTHING, Found, suggestions
from service.http.answer import Id, PageNumber, PageSize
from service.http.api import words
from service.http.api.contract import API
from service.http.api.own import wanted_listing
from service.http.api.shapes.comments import CommentView, comment_view, comment_views
from service.http.api.shapes.communities import CommunityView, community_view
from service.http.api.shapes.groups import FeedView, feed_view
from service.http.api.shapes.people import PersonView, person_view
from service.http.api.shapes.posts import PostView, post_view
from service.http.context import current_viewer, resources
from service.http.elsewhere import find

blueprint = Blueprint("api_search", __name__, url_prefix="/api/alpha")


SearchType = Literal["Communities", "Posts", "Users", "Url", "Comments"]


class Search(msgspec.Struct):
    """Words, and what kind of thing they should be found in."""

    q: str
    type_: SearchType
    listing_type: words.AnyListing = "All"
    sort: words.AnySort = "Hot"
    page: PageNumber = 1
    limit: PageSize = 20
    community_id: Id | None = None
    community_name: str | None = None
    minimum_upvotes: Id | None = None
    nsfw: words.NsfwFilter | None = None


class Handle(msgspec.Struct):
    """An address or a handle."""

    q: str


class Beginning(msgspec.Struct):
    """The beginning of a handle."""

    q: str = ""


class SearchResponse(TypedDict):
    """A page of what was found."""

    type_: SearchType
    communities: list[CommunityView]
    posts: list[PostView]
    users: list[PersonView]
    comments: list[CommentView]


class ResolveObjectResponse(TypedDict):
    """The one thing that an address means."""

    comment: NotRequired[CommentView]
    post: NotRequired[PostView]
    community: NotRequired[CommunityView]
    person: NotRequired[PersonView]
    feed: NotRequired[FeedView]


class GetSuggestCompletionResponse(TypedDict):
    """Whole handles."""

    result: list[str]


@blueprint.get("/search")
@API.endpoint(limited="search")
async def search(query: Search) -> SearchResponse:
    """Return a page of what was found."""
    origin, size = resources().config.site.base_url, query.limit
    found: SearchResponse = {
        "type_": query.type_,
        "communities": [],
        "posts": [],
        "users": [],
        "comments": [],
    }
    async with resources().database.read() as db:
        if query.community_name:
            named = await community_by_name(
                db, current_viewer(), query.community_name, domain=resources().config.site.domain
            )
            query.community_id = named.community.id
        if query.type_ == "Communities":
            places = await listing(
                db,
                current_viewer(),
                which=wanted_listing(query.listing_type),
                sort=CommunitySort.named(query.sort, CommunitySort.ACTIVE),
                text=query.q,
                page=query.page,
                size=size,
            )
            found["communities"] = [community_view(origin, row) for row in places.communities]
        elif query.type_ == "Users":
            by = PeopleSort.named(query.sort, PeopleSort.NEW)
            persons = await people(db, current_viewer(), text=query.q, sort=by, page=query.page, size=size)
            found["users"] = [person_view(origin, row) for row in persons.people]
        elif query.type_ == "Comments":
            order = CommentSort.named(query.sort, CommentSort.HOT)
            said = await page_of_comments(
                db, current_viewer(), _said(query), order, limit=size, page=query.page
            )
            found["comments"] = comment_views(origin, said.comments)
        else:
            sort = Sort.named(query.sort, Sort.HOT)
            posts = await page_of_posts(db, current_viewer(), _feed(query), sort, limit=size, page=query.page)
            found["posts"] = [post_view(origin, row) for row in posts.posts]
    return found


def _feed(wanted: Search) -> PostSelection:
    by_address = wanted.type_ == "Url"
    return PostSelection(
        listing=wanted_listing(wanted.listing_type),
        community_id=wanted.community_id,
        search=None if by_address else wanted.q,
        url=wanted.q if by_address else None,
        minimum_upvotes=wanted.minimum_upvotes,
        nsfw=_nsfw(wanted),
    )


def _said(wanted: Search) -> CommentSelection:
    return CommentSelection(
        listing=wanted_listing(wanted.listing_type),
        community_id=wanted.community_id,
        search=wanted.q,
        nsfw=_nsfw(wanted),
    )


def _nsfw(wanted: Search) -> NsfwFilter | None:
    return NsfwFilter.named(wanted.nsfw, None)


@blueprint.get("/resolve_object")
@API.endpoint(limited="search")
async def resolve_object(query: Handle) -> ResolveObjectResponse:
    """Return what an address or a handle means: a post, comment, community, person or feed.

    What a member asks for and the site does not know is asked of the server that has it.
    """
    try:
        found = await find(query.q)
        async with resources().database.read() as db:
            return await _view(db, found)
    except (NotFound, Gone) as error:
        raise NotFound(NOTHING) from error


async def _view(db: Any, found: Found) -> ResolveObjectResponse:
    origin = resources().config.site.base_url
    match found.kind:
        case "post":
            return {"post": post_view(origin, await post_by_id(db, current_viewer(), found.id))}
        case "comment":
            return {"comment": comment_view(origin, await comment_by_id(db, current_viewer(), found.id))}
        case "community":
            return {
                "community": community_view(origin, await community_by_id(db, current_viewer(), found.id))
            }
        case "person":
            return {"person": person_view(origin, await profile_by_id(db, current_viewer(), found.id))}
        case "feed":
            return {"feed": feed_view(origin, await feed_by_id(db, current_viewer(), found.id))}


@blueprint.get("/suggest_completion")
@API.endpoint(limited="suggest")
async def suggest_completion(query: Beginning) -> GetSuggestCompletionResponse:
    """Return whole handles of people and communities for the beginning of one."""
    async with resources().database.read() as db:
        found = await suggestions(db, current_viewer(), query.q, domain=resources().config.site.domain)
    # Who has typed the sign has it already.
    return {"result": [handle[1:] for handle in found] if query.q[:1] in {"@", "!", "~"} else found}
