"""/api/alpha: reporting posts, comments, messages and conversations, and dealing with reports."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from quart import Blueprint, Response

from service.forum.accounts.viewer import signed_in
from service.forum.reports import operations, queries
from service.forum.reports.operations import Complaint
from service.http.api.answer import (
    Id,
    PageNumber,
    PageSize,
    answer,
    body_as,
    next_page,
    page_size,
    query_as,
)
from service.http.api.shapes.reports import (
    comment_report_view,
    conversation_report_view,
    message_report_view,
    post_report_view,
)
from service.http.context import resources, viewer
from service.http.limits import limit

blueprint = Blueprint("api_reports", __name__, url_prefix="/api/alpha")


class PostComplaint(msgspec.Struct):
    """What is wrong with a post."""

    post_id: Id
    reason: str
    description: str = ""
    report_remote: bool = True


class CommentComplaint(msgspec.Struct):
    """What is wrong with a comment."""

    comment_id: Id
    reason: str
    description: str = ""
    report_remote: bool = True


class MessageComplaint(msgspec.Struct):
    """What is wrong with a private message."""

    private_message_id: Id
    reason: str


class ConversationComplaint(msgspec.Struct):
    """What is wrong with a conversation."""

    conversation_id: Id
    reason: str


class Listing(msgspec.Struct):
    """A page of reports; everything that is given must hold."""

    post_id: Id | None = None
    comment_id: Id | None = None
    community_id: Id | None = None
    private_message_id: Id | None = None
    conversation_id: Id | None = None
    unresolved_only: bool = True
    message_history_limit: PageSize = 5
    page: PageNumber = 1
    limit: PageSize = 20


class Resolve(msgspec.Struct):
    """Whether a report has been dealt with."""

    report_id: Id
    resolved: bool


class Count(msgspec.Struct):
    """Of which community; without one, of all that the viewer looks after."""

    community_id: Id | None = None


@blueprint.post("/post/report")
async def report_post() -> Response:
    """Ask the moderators to look at a post."""
    sent = await body_as(PostComplaint)
    complaint = Complaint(reason=sent.reason, description=sent.description, to_remote=sent.report_remote)
    return await _post_report(await _file(operations.report_post, sent.post_id, complaint))


@blueprint.post("/comment/report")
async def report_comment() -> Response:
    """Ask the moderators to look at a comment."""
    sent = await body_as(CommentComplaint)
    complaint = Complaint(reason=sent.reason, description=sent.description, to_remote=sent.report_remote)
    return await _comment_report(await _file(operations.report_comment, sent.comment_id, complaint))


@blueprint.post("/private_message/report")
async def report_message() -> Response:
    """Ask the administrators to look at a private message."""
    sent = await body_as(MessageComplaint)
    complaint = Complaint(reason=sent.reason)
    return await _message_report(await _file(operations.report_message, sent.private_message_id, complaint))


@blueprint.post("/private_message/conversation/report")
async def report_conversation() -> Response:
    """Ask the administrators to look at a conversation."""
    sent = await body_as(ConversationComplaint)
    await _file(operations.report_conversation, sent.conversation_id, Complaint(reason=sent.reason))
    return answer({})


@blueprint.get("/post/report/list")
async def get_post_reports() -> Response:
    """Return a page of reports of posts."""
    known, wanted = signed_in(viewer()), query_as(Listing)
    async with resources().database.read() as db:
        rows, has_more = await queries.post_reports(
            db, known, post_id=wanted.post_id, community_id=wanted.community_id, **_paging(wanted)
        )
    return _list("post_reports", [post_report_view(_origin(), row) for row in rows], wanted, has_more)


@blueprint.get("/comment/report/list")
async def get_comment_reports() -> Response:
    """Return a page of reports of comments."""
    known, wanted = signed_in(viewer()), query_as(Listing)
    async with resources().database.read() as db:
        rows, has_more = await queries.comment_reports(
            db, known, comment_id=wanted.comment_id, community_id=wanted.community_id, **_paging(wanted)
        )
    return _list("comment_reports", [comment_report_view(_origin(), row) for row in rows], wanted, has_more)


@blueprint.get("/private_message/report/list")
async def get_message_reports() -> Response:
    """Return a page of reports of private messages."""
    known, wanted = signed_in(viewer()), query_as(Listing)
    async with resources().database.read() as db:
        rows, has_more = await queries.message_reports(
            db,
            known,
            message_id=wanted.private_message_id,
            conversation_id=wanted.conversation_id,
            **_paging(wanted),
        )
    views = [message_report_view(_origin(), row) for row in rows]
    return _list("private_message_reports", views, wanted, has_more)


@blueprint.get("/private_message/conversation/report/list")
async def get_conversation_reports() -> Response:
    """Return a page of reports of conversations, and of those with a reported message."""
    known, wanted = signed_in(viewer()), query_as(Listing)
    async with resources().database.read() as db:
        rows, has_more = await queries.conversation_reports(
            db,
            known,
            conversation_id=wanted.conversation_id,
            history=page_size(wanted.message_history_limit),
            **_paging(wanted),
        )
    views = [conversation_report_view(_origin(), row) for row in rows]
    return _list("conversation_reports", views, wanted, has_more)


@blueprint.put("/post/report/resolve")
async def resolve_post_report() -> Response:
    """Say that a report of a post has been dealt with, or not yet."""
    sent = await body_as(Resolve)
    await _post_report(sent.report_id)  # there is none of another kind under this address
    await _resolve(sent)
    return await _post_report(sent.report_id)


@blueprint.put("/comment/report/resolve")
async def resolve_comment_report() -> Response:
    """Say that a report of a comment has been dealt with, or not yet."""
    sent = await body_as(Resolve)
    await _comment_report(sent.report_id)  # there is none of another kind under this address
    await _resolve(sent)
    return await _comment_report(sent.report_id)


@blueprint.put("/private_message/report/resolve")
async def resolve_message_report() -> Response:
    """Say that a report of a private message has been dealt with, or not yet."""
    sent = await body_as(Resolve)
    await _message_report(sent.report_id)  # there is none of another kind under this address
    await _resolve(sent)
    return await _message_report(sent.report_id)


@blueprint.put("/private_message/conversation/report/resolve")
async def resolve_conversation_report() -> Response:
    """Say that a report of a conversation has been dealt with, or not yet."""
    await _resolve(await body_as(Resolve))
    return answer({})


@blueprint.get("/user/report_count")
async def count() -> Response:
    """Return how many open reports the viewer has to deal with."""
    known, wanted = signed_in(viewer()), query_as(Count)
    async with resources().database.read() as db:
        counts = await queries.counts(db, known, community_id=wanted.community_id)
    return answer(
        {
            "post_reports": counts.posts,
            "comment_reports": counts.comments,
            "private_message_reports": counts.messages,
        }
    )


async def _file(report: Callable[..., Awaitable[int]], thing_id: int, complaint: Complaint) -> int:
    known = signed_in(viewer())
    await limit("publish")
    return await resources().database.write(report, known, thing_id, complaint)


async def _resolve(sent: Resolve) -> None:
    known = signed_in(viewer())
    await resources().database.write(operations.set_resolved, known, sent.report_id, resolved=sent.resolved)


async def _post_report(report_id: int) -> Response:
    async with resources().database.read() as db:
        row = await queries.post_report(db, signed_in(viewer()), report_id)
    return answer({"post_report_view": post_report_view(_origin(), row)})


async def _comment_report(report_id: int) -> Response:
    async with resources().database.read() as db:
        row = await queries.comment_report(db, signed_in(viewer()), report_id)
    return answer({"comment_report_view": comment_report_view(_origin(), row)})


async def _message_report(report_id: int) -> Response:
    async with resources().database.read() as db:
        row = await queries.message_report(db, signed_in(viewer()), report_id)
    return answer({"private_message_report_view": message_report_view(_origin(), row)})


def _paging(wanted: Listing) -> dict[str, Any]:
    return {
        "open_only": wanted.unresolved_only,
        "page": wanted.page,
        "size": page_size(wanted.limit),
    }


def _list(name: str, views: list[Any], wanted: Listing, has_more: bool) -> Response:
    return answer({name: views, "next_page": next_page(wanted.page, has_more)})


def _origin() -> str:
    return resources().config.site.base_url
