"""What somebody was told about, as the API shows it."""

from service.forum.comments.told import ToldComment
from service.http.api.shapes.comments import comment_view
from service.http.api.shapes.values import Shape, moment


def told_view(origin: str, told: ToldComment, recipient: Shape) -> Shape:
    """Return a CommentReplyView: a comment that somebody was told about; it is marked as read by the comment's id.

    Parameters:
        origin: the site's own, put before relative addresses.
        told: the comment, and whether that was read.
        recipient: who was told, as a Person.
    """
    comment = told.comment
    return comment_view(origin, comment) | {
        "comment_reply": {
            "id": comment.id,
            "comment_id": comment.id,
            "recipient_id": recipient["id"],
            "read": told.read,
            "published": moment(comment.posted_at),
        },
        "recipient": recipient,
        "distinguished": comment.distinguished,
    }
