"""A report as the API shows it."""

from service.forum.reports import rules
from service.forum.reports.queries import CommentReport, ConversationReport, MessageReport, PostReport
from service.http.api.shapes.comments import comment_view
from service.http.api.shapes.communities import community_beside
from service.http.api.shapes.messages import message_shape, message_view
from service.http.api.shapes.people import author_shape
from service.http.api.shapes.posts import post_counts, post_shape
from service.http.api.shapes.values import Shape, moment, subscription


def post_report_view(origin: str, row: PostReport) -> Shape:
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


def comment_report_view(origin: str, row: CommentReport) -> Shape:
    """Return a CommentReportView: a CommentView whose creator is the one who reports."""
    report, comment = row.report, row.comment
    return comment_view(origin, comment) | {
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


def message_report_view(origin: str, row: MessageReport) -> Shape:
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


def conversation_report_view(origin: str, row: ConversationReport) -> Shape:
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
