"""/api/alpha: the comments that somebody was told about."""

import msgspec
from quart import Blueprint, Response

from service.forum import notifications
from service.forum.accounts import queries as accounts
from service.forum.accounts.viewer import signed_in
from service.forum.comments.queries import CommentSort, sort_from
from service.forum.comments.told import Which, page_of_told, told_comment
from service.forum.messages import operations as messages
from service.http.api.answer import Id, PageNumber, PageSize, answer, body_as, next_page, page_size, query_as
from service.http.api.shapes.inbox import told_view
from service.http.api.shapes.people import author_shape
from service.http.context import resources, viewer

blueprint = Blueprint("api_inbox", __name__, url_prefix="/api/alpha")


class Listing(msgspec.Struct):
    """A page of comments that one was told about."""

    sort: str = "New"
    page: PageNumber = 1
    limit: PageSize = 10
    unread_only: bool = True


class MarkRead(msgspec.Struct):
    """Whether what one was told about a comment counts as read."""

    comment_reply_id: Id
    read: bool


@blueprint.get("/user/replies")
async def get_replies() -> Response:
    """Return a page of answers to the viewer."""
    return await _page("replies")


@blueprint.get("/user/mentions")
async def get_mentions() -> Response:
    """Return a page of comments that name the viewer."""
    return await _page("mentions")


@blueprint.post("/comment/mark_as_read")
async def mark_as_read() -> Response:
    """Mark what the viewer was told about a comment as read or unread."""
    known = signed_in(viewer())
    sent = await body_as(MarkRead)
    await resources().database.write(
        notifications.mark_comment_read, known, sent.comment_reply_id, read=sent.read
    )
    async with resources().database.read() as db:
        told = await told_comment(db, known, sent.comment_reply_id)
        me = author_shape(_origin(), (await accounts.profile_by_id(db, known, known.id)).person)
    return answer({"comment_reply_view": told_view(_origin(), told, me)})


@blueprint.post("/user/mark_all_as_read")
async def mark_all_as_read() -> Response:
    """Mark everything that the viewer was told, and all messages to them, as read."""
    await resources().database.write(messages.mark_all_read, signed_in(viewer()))
    return answer({"replies": []})


async def _page(which: Which) -> Response:
    known = signed_in(viewer())
    wanted = query_as(Listing)
    async with resources().database.read() as db:
        page = await page_of_told(
            db,
            known,
            which,
            sort_from(wanted.sort, CommentSort.NEW),
            unread_only=wanted.unread_only,
            page=wanted.page,
            size=page_size(wanted.limit),
        )
        me = author_shape(_origin(), (await accounts.profile_by_id(db, known, known.id)).person)
    return answer(
        {
            "replies": [told_view(_origin(), told, me) for told in page.told],
            "next_page": next_page(wanted.page, page.has_more),
        }
    )


def _origin() -> str:
    return resources().config.site.base_url
