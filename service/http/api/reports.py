"""/api/alpha: reporting posts, comments, messages and conversations, and dealing with reports."""

from typing import Any, TypedDict

import msgspec
from quart import Blueprint

from service.forum.accounts.viewer import Viewer
from service.forum.reports import operations, queries
from service.forum.reports.operations import Complaint
from service.http.answer import (
    Id,
    PageNumber,
    PageSize,
    next_page,
)
from service.http.api.contract import API, Done
from service.http.api.shapes.messages import PrivateMessageView, message_view
from service.http.api.shapes.reports import (
    CommentReportView,
    ConversationReportView,
    PostReportView,
    PrivateMessageReportView,
    comment_report_view,
    conversation_report_view,
    message_report_view,
    post_report_view,
)
from service.http.context import resources
from service.http.passing.idempotency_key import effect

blueprint = Blueprint("api_reports", __name__, url_prefix="/api/alpha")


class ReportPostRequest(msgspec.Struct):
    """What is wrong with a post."""

    post_id: Id
    reason: str
    description: str = ""
    report_remote: bool = True


class ReportCommentRequest(msgspec.Struct):
    """What is wrong with a comment."""

    comment_id: Id
    reason: str
    description: str = ""
    report_remote: bool = True


class ReportPrivateMessageRequest(msgspec.Struct):
    """What is wrong with a private message."""

    private_message_id: Id
    reason: str


class ReportConversationRequest(msgspec.Struct):
    """What is wrong with a conversation."""

    conversation_id: Id
    reason: str


class ReportListQuery(msgspec.Struct):
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


class ResolveReportRequest(msgspec.Struct):
    """Whether a report has been dealt with."""

    report_id: Id
    resolved: bool


class Count(msgspec.Struct):
    """Of which community; without one, of all that the viewer looks after."""

    community_id: Id | None = None


class PostReportResponse(TypedDict):
    """A report of a post."""

    post_report_view: PostReportView


class GetCommentReportResponse(TypedDict):
    """A report of a comment."""

    comment_report_view: CommentReportView


class PrivateMessageReportResponse(TypedDict):
    """A report of a private message, and the message beside it, which apps of PieFed 1.6 look for."""

    private_message_report_view: PrivateMessageReportView
    private_message_view: PrivateMessageView


class GetPostReportListResponse(TypedDict):
    """A page of reports of posts."""

    post_reports: list[PostReportView]
    next_page: str | None


class GetCommentReportListResponse(TypedDict):
    """A page of reports of comments."""

    comment_reports: list[CommentReportView]
    next_page: str | None


class GetPrivateMessageReportListResponse(TypedDict):
    """A page of reports of private messages."""

    private_message_reports: list[PrivateMessageReportView]
    next_page: str | None


class GetConversationReportListResponse(TypedDict):
    """A page of reports of conversations."""

    conversation_reports: list[ConversationReportView]
    next_page: str | None


class ReportCounts(TypedDict):
    """How many open reports the viewer has to deal with."""

    post_reports: int
    comment_reports: int
    private_message_reports: int


@blueprint.post("/post/report")
@API.endpoint(limited="publish")
async def report_post(viewer: Viewer, body: ReportPostRequest) -> PostReportResponse:
    """Ask the moderators to look at a post."""
    complaint = Complaint(reason=body.reason, description=body.description, to_remote=body.report_remote)
    report_id = await effect(operations.report_post, viewer, body.post_id, complaint)
    return await _post_report(viewer, report_id)


@blueprint.post("/comment/report")
@API.endpoint(limited="publish")
async def report_comment(viewer: Viewer, body: ReportCommentRequest) -> GetCommentReportResponse:
    """Ask the moderators to look at a comment."""
    complaint = Complaint(reason=body.reason, description=body.description, to_remote=body.report_remote)
    report_id = await effect(operations.report_comment, viewer, body.comment_id, complaint)
    return await _comment_report(viewer, report_id)


@blueprint.post("/private_message/report")
@API.endpoint(limited="publish")
async def report_message(viewer: Viewer, body: ReportPrivateMessageRequest) -> PrivateMessageReportResponse:
    """Ask the administrators to look at a private message."""
    complaint = Complaint(reason=body.reason)
    report_id = await effect(operations.report_message, viewer, body.private_message_id, complaint)
    return await _message_report(viewer, report_id)


@blueprint.post("/private_message/conversation/report")
@API.endpoint(limited="publish")
async def report_conversation(viewer: Viewer, body: ReportConversationRequest) -> Done:
    """Ask the administrators to look at a conversation."""
    complaint = Complaint(reason=body.reason)
    await effect(operations.report_conversation, viewer, body.conversation_id, complaint)
    return {}


@blueprint.get("/post/report/list")
@API.endpoint()
async def get_post_reports(viewer: Viewer, query: ReportListQuery) -> GetPostReportListResponse:
    """Return a page of reports of posts."""
    async with resources().database.read() as db:
        found = await queries.post_reports(
            db, viewer, post_id=query.post_id, community_id=query.community_id, **_paging(query)
        )
    return {
        "post_reports": [post_report_view(_origin(), row) for row in found.items],
        "next_page": next_page(query.page, found.has_more),
    }


@blueprint.get("/comment/report/list")
@API.endpoint()
async def get_comment_reports(viewer: Viewer, query: ReportListQuery) -> GetCommentReportListResponse:
    """Return a page of reports of comments."""
    async with resources().database.read() as db:
        found = await queries.comment_reports(
            db, viewer, comment_id=query.comment_id, community_id=query.community_id, **_paging(query)
        )
    return {
        "comment_reports": [comment_report_view(_origin(), row) for row in found.items],
        "next_page": next_page(query.page, found.has_more),
    }


@blueprint.get("/private_message/report/list")
@API.endpoint()
async def get_message_reports(viewer: Viewer, query: ReportListQuery) -> GetPrivateMessageReportListResponse:
    """Return a page of reports of private messages."""
    async with resources().database.read() as db:
        found = await queries.message_reports(
            db,
            viewer,
            message_id=query.private_message_id,
            conversation_id=query.conversation_id,
            **_paging(query),
        )
    return {
        "private_message_reports": [message_report_view(_origin(), row) for row in found.items],
        "next_page": next_page(query.page, found.has_more),
    }


@blueprint.get("/private_message/conversation/report/list")
@API.endpoint()
async def get_conversation_reports(
    viewer: Viewer, query: ReportListQuery
) -> GetConversationReportListResponse:
    """Return a page of reports of conversations, and of those with a reported message."""
    async with resources().database.read() as db:
        found = await queries.conversation_reports(
            db,
            viewer,
            conversation_id=query.conversation_id,
            history=query.message_history_limit,
            **_paging(query),
        )
    return {
        "conversation_reports": [conversation_report_view(_origin(), row) for row in found.items],
        "next_page": next_page(query.page, found.has_more),
    }


@blueprint.put("/post/report/resolve")
@API.endpoint()
async def resolve_post_report(viewer: Viewer, body: ResolveReportRequest) -> PostReportResponse:
    """Say that a report of a post has been dealt with, or not yet."""
    await _post_report(viewer, body.report_id)  # there is none of another kind under this address
    await _resolve(viewer, body)
    return await _post_report(viewer, body.report_id)


@blueprint.put("/comment/report/resolve")
@API.endpoint()
async def resolve_comment_report(viewer: Viewer, body: ResolveReportRequest) -> GetCommentReportResponse:
    """Say that a report of a comment has been dealt with, or not yet."""
    await _comment_report(viewer, body.report_id)  # there is none of another kind under this address
    await _resolve(viewer, body)
    return await _comment_report(viewer, body.report_id)


@blueprint.put("/private_message/report/resolve")
@API.endpoint()
async def resolve_message_report(viewer: Viewer, body: ResolveReportRequest) -> PrivateMessageReportResponse:
    """Say that a report of a private message has been dealt with, or not yet."""
    await _message_report(viewer, body.report_id)  # there is none of another kind under this address
    await _resolve(viewer, body)
    return await _message_report(viewer, body.report_id)


@blueprint.put("/private_message/conversation/report/resolve")
@API.endpoint()
async def resolve_conversation_report(viewer: Viewer, body: ResolveReportRequest) -> Done:
    """Say that a report of a conversation has been dealt with, or not yet."""
    await _resolve(viewer, body)
    return {}


@blueprint.get("/user/report_count")
@API.endpoint()
async def count(viewer: Viewer, query: Count) -> ReportCounts:
    """Return how many open reports the viewer has to deal with."""
    async with resources().database.read() as db:
        counts = await queries.counts(db, viewer, community_id=query.community_id)
    return {
        "post_reports": counts.posts,
        "comment_reports": counts.comments,
        "private_message_reports": counts.messages,
    }


async def _resolve(viewer: Viewer, sent: ResolveReportRequest) -> None:
    await effect(operations.set_resolved, viewer, sent.report_id, resolved=sent.resolved)


async def _post_report(viewer: Viewer, report_id: int) -> PostReportResponse:
    async with resources().database.read() as db:
        row = await queries.post_report_by_id(db, viewer, report_id)
    return {"post_report_view": post_report_view(_origin(), row)}


async def _comment_report(viewer: Viewer, report_id: int) -> GetCommentReportResponse:
    async with resources().database.read() as db:
        row = await queries.comment_report_by_id(db, viewer, report_id)
    return {"comment_report_view": comment_report_view(_origin(), row)}


async def _message_report(viewer: Viewer, report_id: int) -> PrivateMessageReportResponse:
    async with resources().database.read() as db:
        row = await queries.message_report_by_id(db, viewer, report_id)
    return {
        "private_message_report_view": message_report_view(_origin(), row),
        "private_message_view": message_view(_origin(), row.message),
    }


def _paging(wanted: ReportListQuery) -> dict[str, Any]:
    return {
        "open_only": wanted.unresolved_only,
        "page": wanted.page,
        "size": wanted.limit,
    }


def _origin() -> str:
    return resources().config.site.base_url
