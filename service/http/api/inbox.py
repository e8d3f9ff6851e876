"""/api/alpha: the comments that somebody was told about."""

from typing import TypedDict

import msgspec
from quart import Blueprint

from service.forum import notifications
from service.forum.accounts import queries as accounts
from service.forum.accounts.viewer import Viewer
from service.forum.comments.choices import CommentSort
from service.forum.comments.inbox import Which, inbox_comment_by_id, page_of_inbox
from service.forum.messages import operations as messages
from service.http.answer import Id, PageNumber, PageSize, next_page
from service.http.api import words
from service.http.api.contract import API
from service.http.api.shapes.comments import CommentReplyView, GetCommentReplyResponse, inbox_comment_view
from service.http.api.shapes.people import introduction
from service.http.context import resources
from service.http.passing.idempotency_key import effect

blueprint = Blueprint("api_inbox", __name__, url_prefix="/api/alpha")


class InboxQuery(msgspec.Struct):
    """A page of comments that one was told about."""

    sort: words.AnyCommentSort = "New"
    page: PageNumber = 1
    limit: PageSize = 10
    unread_only: bool = True


class MarkCommentAsReadRequest(msgspec.Struct):
    """Whether what one was told about a comment counts as read."""

    comment_reply_id: Id
    read: bool


class UserRepliesResponse(TypedDict):
    """A page of comments that one was told about."""

    replies: list[CommentReplyView]
    next_page: str | None


class UserMarkAllReadResponse(TypedDict):
    """What is unread still: nothing."""

    replies: list[CommentReplyView]


@blueprint.get("/user/replies")
@API.endpoint()
async def get_replies(viewer: Viewer, query: InboxQuery) -> UserRepliesResponse:
    """Return a page of answers to the viewer."""
    return await _page("replies", viewer, query)


@blueprint.get("/user/mentions")
@API.endpoint()
async def get_mentions(viewer: Viewer, query: InboxQuery) -> UserRepliesResponse:
    """Return a page of comments that name the viewer."""
    return await _page("mentions", viewer, query)


@blueprint.post("/comment/mark_as_read")
@API.endpoint()
async def mark_as_read(viewer: Viewer, body: MarkCommentAsReadRequest) -> GetCommentReplyResponse:
    """Mark what the viewer was told about a comment as read or unread."""
    await effect(notifications.mark_comment_read, viewer.id, body.comment_reply_id, read=body.read)
    async with resources().database.read() as db:
        found = await inbox_comment_by_id(db, viewer, body.comment_reply_id)
        recipient = introduction(_origin(), (await accounts.profile_by_id(db, viewer, viewer.id)).person)
    return {"comment_reply_view": inbox_comment_view(_origin(), found.comment, recipient, read=found.read)}


@blueprint.post("/user/mark_all_as_read")
@API.endpoint()
async def mark_all_as_read(viewer: Viewer) -> UserMarkAllReadResponse:
    """Mark everything that the viewer was told, and all messages to them, as read."""
    await effect(messages.mark_all_read, viewer)
    return {"replies": []}


async def _page(which: Which, viewer: Viewer, wanted: InboxQuery) -> UserRepliesResponse:
    async with resources().database.read() as db:
        page = await page_of_inbox(
            db,
            viewer,
            which,
            CommentSort.named(wanted.sort, CommentSort.NEW),
            unread_only=wanted.unread_only,
            page=wanted.page,
            size=wanted.limit,
        )
        recipient = introduction(_origin(), (await accounts.profile_by_id(db, viewer, viewer.id)).person)
    return {
        "replies": [
            inbox_comment_view(_origin(), row.comment, recipient, read=row.read) for row in page.comments
        ],
        "next_page": next_page(wanted.page, page.has_more),
    }


def _origin() -> str:
    return resources().config.site.base_url
