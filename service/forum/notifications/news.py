"""What there is to tell of posts and comments, from the rows that `events` reads. Pure."""

from typing import Any

from service.forum.moderation.rules import shorten
from service.forum.notifications.rules import (
    BODY_LENGTH,
    MENTION,
    MENTIONED_IN_COMMENT,
    MENTIONED_IN_POST,
    POST,
    REPLY,
    REPLY_TO_COMMENT,
    REPLY_TO_POST,
)
from service.forum.notifications.shapes import News
from service.text.syntax import without_spoilers


def reply_to_post(comment_id: int, row: Any) -> News:
    """Somebody commented on a post."""
    return News(
        kind=POST,
        subtype=REPLY_TO_POST,
        title=f"Reply to {row.title}",
        url=f"/post/{row.post_id}/comment/{comment_id}#comment_{comment_id}",
        author_id=row.user_id,
        targets={
            **_post(row.post_id, row),
            **_comment(comment_id, row),
            "community_name": row.community_name,
            "author_user_name": row.author_name,
        },
    )


def reply_to_comment(comment_id: int, row: Any) -> News:
    """Somebody answered a comment."""
    return News(
        kind=REPLY,
        subtype=REPLY_TO_COMMENT,
        title=f"Reply to comment on {row.title}",
        url=f"/post/{row.post_id}/comment/{row.parent_id}#comment_{comment_id}",
        author_id=row.user_id,
        targets={
            "post_id": row.post_id,
            "parent_comment_id": row.parent_id,
            "parent_reply_body": excerpt(row.parent_body),
            **_comment(comment_id, row),
            **_author(row),
        },
    )


def mention_in_comment(comment_id: int, row: Any, domain: str) -> News:
    """Somebody named a person in a comment."""
    return News(
        kind=MENTION,
        subtype=MENTIONED_IN_COMMENT,
        title=f"You have been mentioned in comment {comment_id}",
        url=f"https://{domain}/comment/{comment_id}",
        author_id=row.user_id,
        targets={**_post(row.post_id, row), **_comment(comment_id, row), **_author(row)},
    )


def mention_in_post(row: Any) -> News:
    """Somebody named a person in a post."""
    return News(
        kind=MENTION,
        subtype=MENTIONED_IN_POST,
        title=f"You have been mentioned in post {row.id}",
        url=f"/post/{row.id}",
        author_id=row.user_id,
        targets={**_post(row.id, row), "post_body": excerpt(row.body), **_author(row)},
    )


def new_post(row: Any, kind: int, subtype: str) -> News:
    """Somebody published a post."""
    return News(
        kind=kind,
        subtype=subtype,
        title=row.title or "",
        url=f"/post/{row.id}",
        author_id=row.user_id,
        targets={
            **_post(row.id, row),
            "community_id": row.community_id,
            "community_name": row.community_name,
            **_author(row),
        },
    )


def _post(post_id: int, row: Any) -> dict[str, Any]:
    return {"post_id": post_id, "post_title": row.title}


def _comment(comment_id: int, row: Any) -> dict[str, Any]:
    return {"comment_id": comment_id, "comment_body": excerpt(row.body)}


def _author(row: Any) -> dict[str, Any]:
    return {"author_id": row.user_id, "author_user_name": row.author_name}


def excerpt(text: str | None) -> str:
    """The beginning of a text, as long as what people are told holds, without its spoilers."""
    return shorten(without_spoilers(text or ""), BODY_LENGTH)
