"""A comment as the API shows it: flat with its post, or in its tree."""

from service.forum.comments.shapes import CommentNode, CommentRow
from service.http.api.shapes.communities import community_beside
from service.http.api.shapes.people import author_shape
from service.http.api.shapes.posts import post_shape
from service.http.api.shapes.values import Shape, moment, subscription, without_missing


def comment_view(origin: str, row: CommentRow) -> Shape:
    """Return a CommentView.

    Parameters:
        origin: the site's own, put before relative addresses.
        row: the comment with its post and its overlay for the viewer.
    """
    standing = row.post.mine
    return {
        "comment": comment_shape(row),
        "creator": author_shape(origin, row.author),
        "post": post_shape(origin, row.post),
        "community": community_beside(origin, row.post.community),
        "counts": comment_counts(row),
        "activity_alert": row.mine.notify,
        "banned_from_community": standing.banned,
        "creator_banned_from_community": row.author_banned_from_community,
        "creator_blocked": row.mine.author_blocked,
        "creator_is_admin": row.author.is_admin,
        "creator_is_moderator": row.author_is_moderator,
        "saved": row.mine.saved,
        "subscribed": subscription(standing.subscribed, standing.subscription_pending),
        "my_vote": row.mine.vote,
        "can_auth_user_moderate": standing.moderates,
    }


def comment_shape(row: CommentRow) -> Shape:
    """Return a Comment: its own fields without what stands beside it."""
    shape: Shape = {
        "id": row.id,
        "post_id": row.post_id,
        "user_id": row.author.id,
        "ap_id": row.ap_id,
        "local": row.local,
        "language_id": row.language_id,
        "body": row.body,
        "path": ".".join(map(str, row.path)),
        "published": moment(row.posted_at),
        "deleted": row.deleted,
        "removed": row.removed,
        "locked": row.locked,
        "distinguished": row.distinguished,
        "answer": row.answer,
        # One closed client reads this one.
        "repliesEnabled": not row.locked,
    }
    return without_missing(shape, updated=moment(row.edited_at) if row.edited_at else None)


def comment_counts(row: CommentRow) -> Shape:
    """Return CommentAggregates."""
    return {
        "comment_id": row.id,
        "child_count": row.child_count,
        "upvotes": row.up_votes,
        "downvotes": row.down_votes,
        "score": row.score,
        "published": moment(row.posted_at),
    }


def reply_view(origin: str, node: CommentNode) -> Shape:
    """Return a PostReplyView: a comment with its answers inside it, and without the post that all of them share."""
    shape = comment_view(origin, node.comment)
    del shape["post"], shape["community"]
    shape["replies"] = [reply_view(origin, child) for child in node.children]
    return shape


def answer_view(origin: str, row: CommentRow) -> Shape:
    """Return a CommentReplyView: a comment as it reaches the author of its post, who has just read it."""
    asker = row.post.author
    return comment_view(origin, row) | {
        "comment_reply": {
            "id": row.id,
            "comment_id": row.id,
            "published": moment(row.posted_at),
            "read": True,
            "recipient_id": asker.id,
        },
        "recipient": author_shape(origin, asker),
        "distinguished": row.distinguished,
    }
