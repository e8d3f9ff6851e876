"""/api/alpha: who voted, for moderators."""

import msgspec
from quart import Blueprint, Response

from service.forum import voters
from service.forum.accounts.viewer import signed_in
from service.forum.voters import Voter
from service.http.api.answer import Id, PageNumber, PageSize, answer, next_page, page_size, query_as
from service.http.api.shapes.people import author_shape
from service.http.api.shapes.values import Shape
from service.http.context import resources, viewer

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


@blueprint.get("/post/like/list")
async def of_post() -> Response:
    """Return who voted on a post."""
    known = signed_in(viewer())
    wanted = query_as(OfPost)
    async with resources().database.read() as db:
        page = await voters.voters_of_post(
            db, known, wanted.post_id, page=wanted.page, size=page_size(wanted.limit)
        )
    return answer(
        {
            "post_likes": [_like_view(row) for row in page.voters],
            "next_page": next_page(wanted.page, page.has_more),
        }
    )


@blueprint.get("/comment/like/list")
async def of_comment() -> Response:
    """Return who voted on a comment."""
    known = signed_in(viewer())
    wanted = query_as(OfComment)
    async with resources().database.read() as db:
        page = await voters.voters_of_comment(
            db, known, wanted.comment_id, page=wanted.page, size=page_size(wanted.limit)
        )
    return answer(
        {
            "comment_likes": [_like_view(row) for row in page.voters],
            "next_page": next_page(wanted.page, page.has_more),
        }
    )


def _like_view(row: Voter) -> Shape:
    return {
        "score": row.vote,
        "creator_banned_from_community": row.banned_from_community,
        "creator_banned": row.person.banned,
        "creator": author_shape(resources().config.site.base_url, row.person),
    }
