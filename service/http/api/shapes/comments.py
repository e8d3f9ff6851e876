"""A comment as the API shows it: flat with its post, or in its tree."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict, cast

from service.forum.comments.shapes import CommentNode, CommentRow
from service.http.answer import as_json
from service.http.api.shapes.communities import Community, community_beside
from service.http.api.shapes.people import Person, author_in_words
from service.http.api.shapes.posts import Post, post_shape
from service.http.api.shapes.reactions import Reactions, reactions_shape
from service.http.api.shapes.values import Subscription, moment, subscription, without_missing


class Comment(TypedDict):
    """A comment: its own fields."""

    id: int
    post_id: int
    user_id: int
    ap_id: str
    local: bool
    language_id: int
    body: str
    path: str
    published: str
    deleted: bool
    removed: bool
    locked: bool
    distinguished: bool
    answer: bool
    repliesEnabled: NotRequired[bool]
    emoji_reactions: list[Reactions] | None
    updated: NotRequired[str]


class CommentAggregates(TypedDict):
    """How a comment fares."""

    comment_id: int
    child_count: int
    upvotes: int
    downvotes: int
    score: int
    published: str


class CommentOfPost(TypedDict):
    """A comment with what stands beside it but its post, and with what it is to the viewer."""

    comment: Comment
    creator: Person
    counts: CommentAggregates
    activity_alert: bool
    banned_from_community: bool
    creator_banned_from_community: bool
    creator_blocked: bool
    creator_is_admin: bool
    creator_is_moderator: bool
    saved: bool
    subscribed: Subscription
    my_vote: int
    can_auth_user_moderate: bool


class PostOfComment(TypedDict):
    """What a comment stands under."""

    post: Post
    community: Community


class CommentView(CommentOfPost, PostOfComment):
    """A comment with what stands beside it, and with what it is to the viewer."""


class PostReplyAnswerView(CommentOfPost):
    """A comment with its answers inside it; `more` that are not given are found with its id as parent_id."""

    replies: list["PostReplyAnswerView"]
    more: NotRequired[int]


class PostReplyView(PostReplyAnswerView, PostOfComment):
    """One of the topmost comments: it says what all of them stand under."""


class CommentReply(TypedDict):
    """Whom a comment reached, and whether it was read."""

    id: int
    comment_id: int
    recipient_id: int
    read: bool
    published: str


class CommentReplyView(CommentView):
    """A comment as it reaches somebody."""

    comment_reply: CommentReply
    recipient: Person
    distinguished: bool


class GetCommentReplyResponse(TypedDict):
    """A comment as it reaches somebody."""

    comment_reply_view: CommentReplyView


def comment_view(origin: str, row: CommentRow) -> CommentView:
    """Return a CommentView.

    Parameters:
        origin: the site's own, put before relative addresses.
        row: the comment with its post and its overlay for the viewer.
    """
    return {**_comment_of_post(origin, row), **_post_of_comment(origin, row)}


def listed_comment_views(origin: str, found: Sequence[CommentRow]) -> list[CommentView]:
    """Return CommentViews as lists have them; as `comment_views`."""
    views = comment_views(origin, found)
    for view in views:
        _say_whether_answerable(view["comment"])
    return views


def comment_views(origin: str, found: Sequence[CommentRow]) -> list[CommentView]:
    """Return CommentViews; comments under one post share what is said of it, so that it is said in words once.

    Parameters:
        origin: the site's own, put before relative addresses.
        found: the comments of a page.
    """
    posts: dict[int, PostOfComment] = {}
    for row in found:
        if row.post_id not in posts:
            posts[row.post_id] = _in_words(_post_of_comment(origin, row))
    return [{**_comment_of_post(origin, row), **posts[row.post_id]} for row in found]


def _post_of_comment(origin: str, row: CommentRow) -> PostOfComment:
    return {
        "post": post_shape(origin, row.post),
        "community": community_beside(origin, row.post.community),
    }


def _in_words(shape: PostOfComment) -> PostOfComment:
    """Return it as the JSON that it becomes, for an answer that says it a hundred times."""
    return {
        "post": cast("Post", as_json(shape["post"])),
        "community": cast("Community", as_json(shape["community"])),
    }


def _comment_of_post(origin: str, row: CommentRow) -> CommentOfPost:
    mine = row.post.mine
    return {
        "comment": comment_shape(row),
        "creator": author_in_words(origin, row.author, note=row.mine.author_note),
        "counts": comment_counts(row),
        "activity_alert": row.mine.notify,
        "banned_from_community": mine.banned,
        "creator_banned_from_community": row.author_banned_from_community,
        "creator_blocked": row.mine.author_blocked,
        "creator_is_admin": row.author.is_admin,
        "creator_is_moderator": row.author_is_moderator,
        "saved": row.mine.saved,
        "subscribed": subscription(mine.subscribed, mine.subscription_pending),
        "my_vote": row.mine.vote,
        "can_auth_user_moderate": mine.moderates,
    }


def _say_whether_answerable(comment: Comment) -> None:
    """One closed client reads this of lists and trees."""
    comment["repliesEnabled"] = not comment["locked"]


def comment_shape(row: CommentRow) -> Comment:
    """Return a Comment: its own fields without what stands beside it."""
    shape: Comment = {
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
        "emoji_reactions": reactions_shape(row.reactions),
    }
    return without_missing(shape, updated=moment(row.edited_at) if row.edited_at else None)


def comment_counts(row: CommentRow) -> CommentAggregates:
    """Return CommentAggregates."""
    return {
        "comment_id": row.id,
        "child_count": row.child_count,
        "upvotes": row.up_votes,
        "downvotes": row.down_votes,
        "score": row.score,
        "published": moment(row.posted_at),
    }


def thread_views(origin: str, nodes: Sequence[CommentNode]) -> list[PostReplyView]:
    """Return the PostReplyViews of a page of one post's comments.

    Parameters:
        origin: the site's own, put before relative addresses.
        nodes: the topmost comments of the page.
    """
    if not nodes:
        return []
    shared = _post_of_comment(origin, nodes[0].comment)
    return [cast("PostReplyView", {**_answer_view(origin, node), **shared}) for node in nodes]


def _answer_view(origin: str, node: CommentNode) -> PostReplyAnswerView:
    replies = [_answer_view(origin, child) for child in node.children]
    view = cast("PostReplyAnswerView", {**_comment_of_post(origin, node.comment), "replies": replies})
    _say_whether_answerable(view["comment"])
    return without_missing(view, more=node.more or None)


def inbox_comment_view(origin: str, row: CommentRow, recipient: Person, *, read: bool) -> CommentReplyView:
    """Return a CommentReplyView; it is marked as read by the comment's id.

    Parameters:
        origin: the site's own, put before relative addresses.
        row: the comment with its post and its overlay for the viewer.
        recipient: who was told of it.
        read: whether they have read it.
    """
    return {
        **comment_view(origin, row),
        "comment_reply": {
            "id": row.id,
            "comment_id": row.id,
            "recipient_id": recipient["id"],
            "read": read,
            "published": moment(row.posted_at),
        },
        "recipient": recipient,
        "distinguished": row.distinguished,
    }
