"""Whom an event concerns, and what they are told of it: the worker's part of the topic "notify"."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from service.forum.accounts.rules import actor_url
from service.forum.moderation.rules import shorten
from service.forum.notifications.counter import changed_accounts
from service.forum.notifications.reading import mark_comment_read
from service.forum.notifications.rules import (
    APPOINTED,
    BAN,
    BANNED,
    BODY_LENGTH,
    COMMUNITY,
    MENTION,
    MENTIONED_IN_COMMENT,
    MENTIONED_IN_POST,
    MENTIONS_AT_MOST,
    MESSAGE,
    NEW_MOD,
    POST,
    POST_BY_USER,
    POST_IN_COMMUNITY,
    POST_IN_TOPIC,
    REPLY,
    REPLY_TO_COMMENT,
    REPLY_TO_POST,
    TOPIC,
    UNBAN,
    UNBANNED,
    USER,
    WRITTEN_TO,
)
from service.forum.notifications.shapes import News
from service.forum.notifications.staff import about_application, about_report
from service.forum.notifications.telling import tell
from service.forum.notifications.watching import watchers_of
from service.storage.tables import (
    ChatMessage,
    Comment,
    Community,
    CommunityMember,
    Post,
    User,
)
from service.text.mentions import mentions

_PARENT = aliased(Comment, name="parent")


async def consume(session: AsyncSession, kind: str, payload: Mapping[str, Any], *, domain: str) -> set[int]:
    """Tell people of an event of the topic "notify".

    Parameters:
        kind, payload: as the outbox kept them.
        domain: this site's.

    Returns:
        The ids of the accounts whose notifications change by it.
    """
    await _tell_of(session, kind, payload, domain)
    return changed_accounts(session)


async def _tell_of(session: AsyncSession, kind: str, payload: Mapping[str, Any], domain: str) -> None:
    if kind == "CommentPublished":
        await about_comment(session, payload["comment_id"], domain=domain)
    elif kind == "PostPublished":
        await about_post(session, payload["post_id"], domain=domain)
    elif kind == "MessageSent":
        await about_message(session, payload["message_id"])
    elif kind == "ReportFiled":
        await about_report(session, payload["report_id"])
    elif kind == "AccountApplied":
        await about_application(session, payload["application_id"])
    elif kind == "MemberBanned":
        await _about_ban(session, payload)
    elif kind == "ModeratorChanged":
        await _about_appointment(session, payload)


async def about_comment(session: AsyncSession, comment_id: int, *, domain: str) -> None:
    """Tell of a new comment: those who watch what it answers, and those it mentions; each once.

    What its author was told about the parent counts as read by that.
    """
    statement = (
        select(
            Comment.user_id,
            Comment.body,
            Comment.parent_id,
            Post.id.label("post_id"),
            Post.title,
            Community.name.label("community_name"),
            Community.id.label("community_id"),
            Community.private,
            func.coalesce(User.ap_id, User.user_name).label("author_name"),
            _PARENT.body.label("parent_body"),
        )
        .join(Post, Post.id == Comment.post_id)
        .join(Community, Community.id == Comment.community_id)
        .join(User, User.id == Comment.user_id)
        .outerjoin(_PARENT, _PARENT.id == Comment.parent_id)
        .where(Comment.id == comment_id, Comment.deleted.is_not(True))
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        return
    news = _reply_to_comment(comment_id, row) if row.parent_id else _reply_to_post(comment_id, row)
    if row.parent_id:
        await mark_comment_read(session, row.user_id, row.parent_id)
    watchers = await watchers_of(session, [(news.kind, row.parent_id or row.post_id)])
    watchers = await _who_may_read(session, watchers, row)
    await tell(session, watchers, news)
    mentioned = await _mentioned(session, row.body or "", domain)
    mentioned = await _who_may_read(session, mentioned - watchers, row)
    await tell(session, mentioned, _mention_in_comment(comment_id, row, domain))


async def about_post(session: AsyncSession, post_id: int, *, domain: str) -> None:
    """Tell of a new post: those it mentions, and those who watch its author, community or topic; each once."""
    statement = (
        select(
            Post.id,
            Post.user_id,
            Post.title,
            Post.body,
            Community.id.label("community_id"),
            Community.name.label("community_name"),
            Community.topic_id,
            Community.private,
            func.coalesce(User.ap_id, User.user_name).label("author_name"),
        )
        .join(Community, Community.id == Post.community_id)
        .join(User, User.id == Post.user_id)
        .where(Post.id == post_id, Post.deleted.is_not(True))
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        return
    told = await _who_may_read(session, await _mentioned(session, row.body or "", domain), row)
    await tell(session, told, _mention_in_post(row))
    for kind, subtype, entity_id in (
        (USER, POST_BY_USER, row.user_id),
        (COMMUNITY, POST_IN_COMMUNITY, row.community_id),
        (TOPIC, POST_IN_TOPIC, row.topic_id),
    ):
        watchers = await watchers_of(session, [(kind, entity_id)]) - told
        watchers = await _who_may_read(session, watchers, row)
        await tell(session, watchers, _new_post(row, kind, subtype))
        told |= watchers


async def about_message(session: AsyncSession, message_id: int) -> None:
    """Tell somebody that they were written to."""
    row = (
        await session.execute(
            select(
                ChatMessage.sender_id,
                ChatMessage.recipient_id,
                ChatMessage.conversation_id,
                ChatMessage.body,
                func.coalesce(User.ap_id, User.user_name).label("author_name"),
            )
            .join(User, User.id == ChatMessage.sender_id)
            .where(
                ChatMessage.id == message_id, ChatMessage.deleted.is_not(True), ChatMessage.read.is_not(True)
            )
        )
    ).one_or_none()
    if row is None:
        return
    news = News(
        kind=MESSAGE,
        subtype=WRITTEN_TO,
        title=f"New message from {row.author_name}",
        url=f"/chat/{row.conversation_id}#message_{message_id}",
        author_id=row.sender_id,
        targets={
            "message_id": message_id,
            "conversation_id": row.conversation_id,
            "message_body": _excerpt(row.body),
            "author_id": row.sender_id,
            "author_user_name": row.author_name,
        },
    )
    await tell(session, [row.recipient_id], news)


async def _about_ban(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    community = await session.get(Community, payload["community_id"])
    if community is None:
        return
    banned = bool(payload["banned"])
    news = News(
        kind=BAN if banned else UNBAN,
        subtype=BANNED if banned else UNBANNED,
        title=f"You have been {'banned' if banned else 'unbanned'} from {community.title}",
        url=f"/c/{community.ap_id or community.name}",
        author_id=payload["by_id"],
        targets={"community_id": community.id},
    )
    await tell(session, [payload["account_id"]], news)


async def _about_appointment(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    community = await session.get(Community, payload["community_id"])
    if community is None or not payload["added"]:
        return
    news = News(
        kind=NEW_MOD,
        subtype=APPOINTED,
        title=f"You are now a moderator of {community.title}",
        url=f"/c/{community.ap_id or community.name}",
        author_id=payload["by_id"],
        targets={"community_id": community.id},
    )
    await tell(session, [payload["account_id"]], news)


def _reply_to_post(comment_id: int, row: Any) -> News:
    return News(
        kind=POST,
        subtype=REPLY_TO_POST,
        title=f"Reply to {row.title}",
        url=f"/post/{row.post_id}/comment/{comment_id}#comment_{comment_id}",
        author_id=row.user_id,
        targets={
            "post_id": row.post_id,
            "post_title": row.title,
            "community_name": row.community_name,
            "author_user_name": row.author_name,
            "comment_id": comment_id,
            "comment_body": _excerpt(row.body),
        },
    )


def _reply_to_comment(comment_id: int, row: Any) -> News:
    return News(
        kind=REPLY,
        subtype=REPLY_TO_COMMENT,
        title=f"Reply to comment on {row.title}",
        url=f"/post/{row.post_id}/comment/{row.parent_id}#comment_{comment_id}",
        author_id=row.user_id,
        targets={
            "post_id": row.post_id,
            "parent_comment_id": row.parent_id,
            "parent_reply_body": _excerpt(row.parent_body),
            "comment_id": comment_id,
            "comment_body": _excerpt(row.body),
            "author_id": row.user_id,
            "author_user_name": row.author_name,
        },
    )


def _mention_in_comment(comment_id: int, row: Any, domain: str) -> News:
    return News(
        kind=MENTION,
        subtype=MENTIONED_IN_COMMENT,
        title=f"You have been mentioned in comment {comment_id}",
        url=f"https://{domain}/comment/{comment_id}",
        author_id=row.user_id,
        targets={
            "post_id": row.post_id,
            "post_title": row.title,
            "comment_id": comment_id,
            "comment_body": _excerpt(row.body),
            "author_id": row.user_id,
            "author_user_name": row.author_name,
        },
    )


def _mention_in_post(row: Any) -> News:
    return News(
        kind=MENTION,
        subtype=MENTIONED_IN_POST,
        title=f"You have been mentioned in post {row.id}",
        url=f"/post/{row.id}",
        author_id=row.user_id,
        targets={
            "post_id": row.id,
            "post_title": row.title,
            "post_body": _excerpt(row.body),
            "author_id": row.user_id,
            "author_user_name": row.author_name,
        },
    )


def _new_post(row: Any, kind: int, subtype: str) -> News:
    return News(
        kind=kind,
        subtype=subtype,
        title=row.title or "",
        url=f"/post/{row.id}",
        author_id=row.user_id,
        targets={
            "post_id": row.id,
            "post_title": row.title,
            "community_id": row.community_id,
            "community_name": row.community_name,
            "author_id": row.user_id,
            "author_user_name": row.author_name,
        },
    )


def _excerpt(text: str | None) -> str:
    return shorten(text or "", BODY_LENGTH)


async def _mentioned(session: AsyncSession, body: str, domain: str) -> set[int]:
    here = [named.name for named in mentions(body) if named.kind == "person" and named.host == domain]
    urls = {actor_url(domain, name) for name in here[:MENTIONS_AT_MOST]}
    if not urls:
        return set()
    rows = await session.scalars(select(User.id).where(User.ap_profile_id.in_(urls), User.verified.is_(True)))
    return set(rows.all())


async def _who_may_read(session: AsyncSession, account_ids: set[int], row: Any) -> set[int]:
    """Of these people those who may read the community: in a private one, its members."""
    if not row.private or not account_ids:
        return account_ids
    members = await session.scalars(
        select(CommunityMember.user_id).where(
            CommunityMember.community_id == row.community_id,
            CommunityMember.user_id.in_(account_ids),
            CommunityMember.is_banned.is_not(True),
        )
    )
    return set(members.all())
