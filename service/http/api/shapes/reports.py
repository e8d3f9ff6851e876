"""A report as the API shows it."""

from typing import TypedDict

from service.forum.reports import rules
from service.forum.reports import shapes as rows
from service.http.api.shapes.comments import CommentView, comment_view
from service.http.api.shapes.communities import Community, community_beside
from service.http.api.shapes.messages import (
    PrivateMessage,
    PrivateMessageView,
    message_shape,
    message_view,
)
from service.http.api.shapes.people import Person, author_shape
from service.http.api.shapes.posts import Post, PostAggregates, post_counts, post_shape
from service.http.api.shapes.values import Subscription, moment, subscription


class PostReport(TypedDict):
    """What somebody says of a post."""

    id: int
    creator_id: int
    post_id: int
    original_post_name: str
    original_post_body: str
    reason: str
    resolved: bool
    published: str


class PostReportView(TypedDict):
    """A report with its post."""

    post_report: PostReport
    post: Post
    community: Community
    creator: Person
    post_creator: Person
    counts: PostAggregates
    creator_banned_from_community: bool
    creator_is_moderator: bool
    creator_is_admin: bool
    creator_blocked: bool
    subscribed: Subscription
    saved: bool


class CommentReport(TypedDict):
    """What somebody says of a comment."""

    id: int
    creator_id: int
    comment_id: int
    original_comment_text: str
    reason: str
    description: str
    resolved: bool
    published: str
    updated: str


class CommentReportView(CommentView):
    """A report with its comment; `creator` is the one who reports."""

    comment_report: CommentReport
    comment_creator: Person


class PrivateMessageReport(TypedDict):
    """What somebody says of a private message."""

    id: int
    creator_id: int
    private_message_id: int
    original_pm_text: str
    reason: str
    resolved: bool
    published: str


class PrivateMessageReportView(TypedDict):
    """A report with its message."""

    private_message_report: PrivateMessageReport
    private_message: PrivateMessage
    private_message_creator: Person
    creator: Person


class ConversationReport(TypedDict):
    """What somebody says of a conversation."""

    id: int
    creator_id: int
    conversation_id: int
    reason: str
    description: str
    resolved: bool
    published: str


class ConversationInfoView(TypedDict):
    """A conversation, and who takes part in it."""

    id: int
    creator_id: int
    members: list[Person]
    published: str
    updated: str


class ConversationReportView(TypedDict):
    """A report with its conversation and what was said last in it."""

    conversation_report: ConversationReport
    conversation_information: ConversationInfoView
    message_history: list[PrivateMessageView]
    creator: Person


def post_report_view(origin: str, row: rows.PostReport) -> PostReportView:
    """Return a PostReportView.

    Parameters:
        origin: the site's own, put before relative addresses.
        row: the report with its post.
    """
    report, post = row.report, row.post
    return {
        "post_report": {
            "id": report.id,
            "creator_id": report.reporter.id,
            "post_id": post.id,
            "original_post_name": report.targets.get(rules.POST_TITLE) or post.title,
            "original_post_body": report.targets.get(rules.POST_BODY) or "",
            "reason": report.reason,
            "resolved": report.resolved,
            "published": moment(report.created_at),
        },
        "post": post_shape(origin, post),
        "community": community_beside(origin, post.community),
        "creator": author_shape(origin, report.reporter),
        "post_creator": author_shape(origin, post.author),
        "counts": post_counts(post),
        "creator_banned_from_community": post.author_banned_from_community,
        "creator_is_moderator": post.author_is_moderator,
        "creator_is_admin": post.author.is_admin,
        "creator_blocked": post.mine.author_blocked,
        "subscribed": subscription(post.mine.subscribed, post.mine.subscription_pending),
        "saved": post.mine.saved,
    }


def comment_report_view(origin: str, row: rows.CommentReport) -> CommentReportView:
    """Return a CommentReportView: a CommentView whose creator is the one who reports."""
    report, comment = row.report, row.comment
    return {
        **comment_view(origin, comment),
        "comment_report": {
            "id": report.id,
            "creator_id": report.reporter.id,
            "comment_id": comment.id,
            "original_comment_text": report.targets.get(rules.COMMENT_BODY) or "",
            "reason": report.reason,
            "description": report.description,
            "resolved": report.resolved,
            "published": moment(report.created_at),
            "updated": moment(report.updated_at),
        },
        "creator": author_shape(origin, report.reporter),
        "comment_creator": author_shape(origin, comment.author),
    }


def message_report_view(origin: str, row: rows.MessageReport) -> PrivateMessageReportView:
    """Return a PrivateMessageReportView."""
    report, message = row.report, row.message
    return {
        "private_message_report": {
            "id": report.id,
            "creator_id": report.reporter.id,
            "private_message_id": message.id,
            "original_pm_text": report.targets.get(rules.MESSAGE_BODY) or "",
            "reason": report.reason,
            "resolved": report.resolved,
            "published": moment(report.created_at),
        },
        "private_message": message_shape(origin, message),
        "private_message_creator": author_shape(origin, message.sender),
        "creator": author_shape(origin, report.reporter),
    }


def conversation_report_view(origin: str, row: rows.ConversationReport) -> ConversationReportView:
    """Return a ConversationReportView."""
    report, talk = row.report, row.conversation
    return {
        "conversation_report": {
            "id": report.id,
            "creator_id": report.reporter.id,
            "conversation_id": talk.id,
            "reason": report.reason,
            "description": report.description,
            "resolved": report.resolved,
            "published": moment(report.created_at),
        },
        "conversation_information": {
            "id": talk.id,
            "creator_id": talk.creator_id,
            "members": [author_shape(origin, member) for member in talk.members],
            "published": moment(talk.created_at),
            "updated": moment(talk.updated_at),
        },
        "message_history": [message_view(origin, message) for message in talk.history],
        "creator": author_shape(origin, report.reporter),
    }
