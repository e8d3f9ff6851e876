"""/api/alpha: who voted, for moderators."""

from typing import TypedDict

import msgspec
from quart import Blueprint

from service.forum.accounts.viewer import Viewer
from service.forum.votes import voters
from service.forum.votes.voters import Voter
from service.http.answer import Id, PageNumber, PageSize, next_page
from service.http.api.contract import API
from service.http.api.shapes.people import Person, author_shape
from service.http.context import resources

blueprint = Blueprint("api_voters", __name__, url_prefix="/api/alpha")


class OfPost(msgspec.Struct):
    """A page of the votes on a post."""

    post_id: Id
    page: PageNumber = 1
    limit: PageSize = 50


class OfComment(msgspec.Struct):
    """A page of the votes on a comment."""

    comment_id: Id
    page: PageNumber = 1
    limit: PageSize = 50


class LikeView(TypedDict):
    """Who voted, and how."""

    score: int
    creator_banned_from_community: bool
    creator_banned: bool
    creator: Person


class ListPostLikesResponse(TypedDict):
    """A page of the votes on a post."""

    post_likes: list[LikeView]
    next_page: str | None


class ListCommentLikesResponse(TypedDict):
    """A page of the votes on a comment."""

    comment_likes: list[LikeView]
    next_page: str | None


@blueprint.get("/post/like/list")
@API.endpoint()
async def of_post(viewer: Viewer, query: OfPost) -> ListPostLikesResponse:
    """Return who voted on a post."""
    async with resources().database.read() as db:
        page = await voters.voters_of_post(db, viewer, query.post_id, page=query.page, size=query.limit)
    return {
        "post_likes": [_like_view(row) for row in page.voters],
        "next_page": next_page(query.page, page.has_more),
    }


@blueprint.get("/comment/like/list")
@API.endpoint()
async def of_comment(viewer: Viewer, query: OfComment) -> ListCommentLikesResponse:
    """Return who voted on a comment."""
    async with resources().database.read() as db:
        page = await voters.voters_of_comment(db, viewer, query.comment_id, page=query.page, size=query.limit)
    return {
        "comment_likes": [_like_view(row) for row in page.voters],
        "next_page": next_page(query.page, page.has_more),
    }


def _like_view(row: Voter) -> LikeView:
    return {
        "score": row.vote,
        "creator_banned_from_community": row.banned_from_community,
        "creator_banned": row.person.banned,
        "creator": author_shape(resources().config.site.base_url, row.person, note=row.note),
    }
