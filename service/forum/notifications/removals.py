"""What authors are told of their own: that a moderator took it down, and why."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.moderation.rules import shorten
from service.forum.notifications import words
from service.forum.notifications.rules import COMMENT_REMOVED, POST_REMOVED, UNKNOWN
from service.forum.notifications.shapes import News
from service.forum.notifications.telling import tell
from service.language import Sentence
from service.storage.tables import Comment, Post

_TITLE_LENGTH = 60


async def about_removed_post(session: AsyncSession, payload: Mapping[str, Any]) -> set[int]:
    """Tell the author of a post that it was removed, and why; return who was told.

    Parameters:
        payload: of a PostDeleted.
    """
    post = await session.get(Post, payload["post_id"])
    if post is None or not _is_news(payload):
        return set()
    told = News(
        kind=UNKNOWN,
        subtype=POST_REMOVED,
        title=_sentence(words.POST_GONE, words.POST_GONE_FOR, post, payload),
        url=f"/post/{post.id}",
        author_id=payload["by_id"],
        targets={"post_id": post.id, "community_id": post.community_id, "reason": payload["reason"]},
    )
    return await tell(session, [post.user_id or 0], told)


async def about_removed_comment(session: AsyncSession, payload: Mapping[str, Any]) -> set[int]:
    """Tell the author of a comment that it was removed; as `about_removed_post`, of a CommentDeleted."""
    comment = await session.get(Comment, payload["comment_id"])
    post = await session.get(Post, comment.post_id) if comment else None
    if comment is None or post is None or not _is_news(payload):
        return set()
    told = News(
        kind=UNKNOWN,
        subtype=COMMENT_REMOVED,
        title=_sentence(words.COMMENT_GONE, words.COMMENT_GONE_FOR, post, payload),
        url=f"/post/{post.id}/comment/{comment.id}",
        author_id=payload["by_id"],
        targets={
            "post_id": post.id,
            "comment_id": comment.id,
            "community_id": post.community_id,
            "reason": payload["reason"],
        },
    )
    return await tell(session, [comment.user_id or 0], told)


def _is_news(payload: Mapping[str, Any]) -> bool:
    """Whether it was a removal of this alone; of a ban that takes all along, its own news says so."""
    return bool(payload["deleted"] and payload.get("removed") and not payload.get("is_part"))


def _sentence(bare: Sentence, with_reason: Sentence, post: Post, payload: Mapping[str, Any]) -> str:
    title, reason = shorten(post.title or "", _TITLE_LENGTH), payload.get("reason")
    return (
        words.filled(with_reason, title=title, reason=reason) if reason else words.filled(bare, title=title)
    )
