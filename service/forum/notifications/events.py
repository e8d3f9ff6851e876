"""Whom an event concerns, and what they are told of it: the worker's part of the topic "notify"."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from service.forum.notifications import news, words
from service.forum.notifications.groups import feeds_of, topics_of
from service.forum.notifications.reading import (
    mark_comment_read,
    recount_unread_of_community,
    recount_unread_of_post,
)
from service.forum.notifications.removals import about_removed_comment, about_removed_post
from service.forum.notifications.rules import (
    APPOINTED,
    ASKED_TO_FOLLOW,
    BAN,
    BANNED,
    BANNED_ELSEWHERE,
    COMMUNITY,
    FEED,
    INVITED,
    MENTIONS_AT_MOST,
    MESSAGE,
    NEW_MOD,
    POST_BY_USER,
    POST_IN_COMMUNITY,
    POST_IN_FEED,
    POST_IN_TOPIC,
    REFUSED,
    TOPIC,
    UNBAN,
    UNBANNED,
    UNKNOWN,
    USER,
    WARNED,
    WRITTEN_TO,
)
from service.forum.notifications.shapes import News
from service.forum.notifications.staff import (
    about_application,
    about_link,
    about_report,
    about_report_handed_up,
    about_suggestion,
)
from service.forum.notifications.telling import already_notified, tell
from service.forum.notifications.watching import watchers_of
from service.storage.tables import (
    ChatMessage,
    Comment,
    Community,
    CommunityInvitation,
    Post,
    User,
)
from service.text.mentions import mentions

_PARENT = aliased(Comment, name="parent")

# Each returns the ids of the accounts whose notifications change by it.
Notifier = Callable[[AsyncSession, Mapping[str, Any], str], Awaitable[set[int]]]

KINDS: dict[str, Notifier] = {
    "CommentPublished": lambda session, of, domain: about_comment(session, of["comment_id"], domain=domain),
    "CommentEdited": lambda session, of, domain: about_edited_comment(
        session, of["comment_id"], domain=domain
    ),
    "CommentDeleted": lambda session, of, _: _about_gone_comment(session, of),
    "PostPublished": lambda session, of, domain: about_post(session, of["post_id"], domain=domain),
    "PostEdited": lambda session, of, domain: about_edited_post(session, of["post_id"], domain=domain),
    "PostDeleted": lambda session, of, _: _about_gone_post(session, of),
    "CommunityDeleted": lambda session, of, _: recount_unread_of_community(session, of["community_id"]),
    "MessageSent": lambda session, of, _: about_message(session, of["message_id"]),
    "ReportFiled": lambda session, of, _: about_report(session, of["report_id"]),
    "ReportHandedUp": lambda session, of, _: about_report_handed_up(session, of["report_id"], of["by_id"]),
    "AccountApplied": lambda session, of, _: about_application(session, of["application_id"]),
    "MemberBanned": lambda session, of, _: _about_ban(session, of),
    "BannedElsewhere": lambda session, of, _: _about_ban_elsewhere(session, of),
    "AuthorWarned": lambda session, of, _: _about_warning(session, of),
    "FollowAsked": lambda session, of, _: _about_follower(session, of),
    "MemberInvited": lambda session, of, _: _about_invitation(session, of),
    "MembershipRefused": lambda session, of, _: _about_refusal(session, of),
    "TopicSuggested": lambda session, of, _: about_suggestion(
        session, of["by_id"], of["name"], of["communities"]
    ),
    "ModeratorChanged": lambda session, of, _: _about_appointment(session, of),
}


async def consume(session: AsyncSession, kind: str, payload: Mapping[str, Any], *, domain: str) -> set[int]:
    """Tell people of an event of the topic "notify".

    Parameters:
        kind, payload: as the outbox kept them.
        domain: this site's.

    Returns:
        The ids of the accounts whose notifications change by it.

    Raises:
        KeyError: nobody is told of such an event; it is parked, not lost.
    """
    return await KINDS[kind](session, payload, domain)


async def about_comment(session: AsyncSession, comment_id: int, *, domain: str) -> set[int]:
    """Tell of a new comment: those who watch what it answers, and those it mentions; each once.

    What its author was told about the parent counts as read by that.
    """
    row = (await session.execute(_comment(comment_id))).one_or_none()
    if row is None:
        return set()
    reply = news.reply_to_comment(comment_id, row) if row.parent_id else news.reply_to_post(comment_id, row)
    changed: set[int] = set()
    if row.parent_id:
        await mark_comment_read(session, row.user_id, row.parent_id)
        changed.add(row.user_id)
    watchers = await watchers_of(session, [(reply.kind, row.parent_id or row.post_id)])
    watchers -= await already_notified(session, watchers, "comment_id", comment_id)
    changed |= await tell(session, watchers, reply)
    mention = news.mention_in_comment(comment_id, row, domain)
    return changed | (await _tell_named(session, row, mention, "comment_id", domain)).told


async def about_edited_comment(session: AsyncSession, comment_id: int, *, domain: str) -> set[int]:
    """Tell those whom a comment mentions since it was edited; who was told of it before hears nothing again."""
    row = (await session.execute(_comment(comment_id))).one_or_none()
    if row is None:
        return set()
    mention = news.mention_in_comment(comment_id, row, domain)
    return (await _tell_named(session, row, mention, "comment_id", domain)).told


async def about_post(session: AsyncSession, post_id: int, *, domain: str) -> set[int]:
    """Tell of a new post: those it mentions, and those who watch its author, community, topic or a feed; each once."""
    row = (await session.execute(_post(post_id))).one_or_none()
    if row is None:
        return set()
    named = await _tell_named(session, row, news.mention_in_post(row), "post_id", domain)
    told = set(named.told)
    for kind, subtype, entity_ids in (
        (USER, POST_BY_USER, [row.user_id]),
        (COMMUNITY, POST_IN_COMMUNITY, [row.community_id]),
        (TOPIC, POST_IN_TOPIC, await topics_of(session, row.topic_id)),
        (FEED, POST_IN_FEED, await feeds_of(session, row.community_id)),
    ):
        watchers = await watchers_of(session, [(kind, one) for one in entity_ids]) - named.knew - told
        told |= await tell(session, watchers, news.new_post(row, kind, subtype))
    return told | await about_link(session, post_id)


async def about_edited_post(session: AsyncSession, post_id: int, *, domain: str) -> set[int]:
    """Tell those whom a post mentions since it was edited; who was told of it before hears nothing again."""
    row = (await session.execute(_post(post_id))).one_or_none()
    if row is None:
        return set()
    return (await _tell_named(session, row, news.mention_in_post(row), "post_id", domain)).told


class Named(NamedTuple):
    """Accounts whom a text mentions: those who are told of it now, and those who knew of it already."""

    told: set[int]
    knew: set[int]


async def _tell_named(session: AsyncSession, row: Any, mention: News, target: str, domain: str) -> Named:
    """Tell those whom the text mentions and who were not told of it yet."""
    # A name without a host is somebody of the author's own site.
    hosts = {domain} if "@" in row.author_name else {domain, ""}
    named = await _mentioned(session, row.body or "", hosts, domain)
    knew = await already_notified(session, named, target, mention.targets[target], alone=target == "post_id")
    return Named(await tell(session, named - knew, mention), knew)


def _comment(comment_id: int) -> Any:
    return (
        select(
            Comment.user_id,
            Comment.body,
            Comment.parent_id,
            Post.id.label("post_id"),
            Post.title,
            Community.name.label("community_name"),
            func.coalesce(User.ap_id, User.user_name).label("author_name"),
            _PARENT.body.label("parent_body"),
        )
        .join(Post, Post.id == Comment.post_id)
        .join(Community, Community.id == Comment.community_id)
        .join(User, User.id == Comment.user_id)
        .outerjoin(_PARENT, _PARENT.id == Comment.parent_id)
        .where(Comment.id == comment_id, Comment.deleted.is_not(True))
    )


def _post(post_id: int) -> Any:
    return (
        select(
            Post.id,
            Post.user_id,
            Post.title,
            Post.body,
            Community.id.label("community_id"),
            Community.name.label("community_name"),
            Community.topic_id,
            func.coalesce(User.ap_id, User.user_name).label("author_name"),
        )
        .join(Community, Community.id == Post.community_id)
        .join(User, User.id == Post.user_id)
        .where(Post.id == post_id, Post.deleted.is_not(True))
    )


async def _about_gone_comment(session: AsyncSession, payload: Mapping[str, Any]) -> set[int]:
    post_id = await session.scalar(select(Comment.post_id).where(Comment.id == payload["comment_id"]))
    changed = await recount_unread_of_post(session, post_id or 0)
    return changed | await about_removed_comment(session, payload)


async def _about_gone_post(session: AsyncSession, payload: Mapping[str, Any]) -> set[int]:
    changed = await recount_unread_of_post(session, payload["post_id"])
    return changed | await about_removed_post(session, payload)


async def about_message(session: AsyncSession, message_id: int) -> set[int]:
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
        return set()
    told = News(
        kind=MESSAGE,
        subtype=WRITTEN_TO,
        title=words.filled(words.MESSAGE_FROM, person=row.author_name),
        url=f"/chat/{row.conversation_id}#message_{message_id}",
        author_id=row.sender_id,
        targets={
            "message_id": message_id,
            "conversation_id": row.conversation_id,
            "message_body": news.excerpt(row.body),
            "author_id": row.sender_id,
            "author_user_name": row.author_name,
        },
    )
    return await tell(session, [row.recipient_id], told)


async def _about_ban(session: AsyncSession, payload: Mapping[str, Any]) -> set[int]:
    community = await session.get(Community, payload["community_id"])
    if community is None:
        return set()
    banned = bool(payload["banned"])
    told = News(
        kind=BAN if banned else UNBAN,
        subtype=BANNED if banned else UNBANNED,
        title=_banned_from(community.title, banned=banned),
        url=f"/c/{community.ap_id or community.name}",
        author_id=payload["by_id"],
        targets={"community_id": community.id},
    )
    return await tell(session, [payload["account_id"]], told)


def _banned_from(place: str | None, *, banned: bool) -> str:
    return words.filled(words.BANNED_FROM if banned else words.UNBANNED_FROM, place=place or "")


async def _about_ban_elsewhere(session: AsyncSession, payload: Mapping[str, Any]) -> set[int]:
    administrator = await session.get(User, payload["by_id"])
    if administrator is None:
        return set()
    banned = bool(payload["banned"])
    told = News(
        kind=BAN if banned else UNBAN,
        subtype=BANNED_ELSEWHERE,
        title=_banned_from(administrator.ap_domain, banned=banned),
        url=f"/u/{administrator.ap_id}",
        author_id=administrator.id,
        targets={"instance_id": administrator.instance_id},
    )
    return await tell(session, [payload["account_id"]], told)


async def _about_warning(session: AsyncSession, payload: Mapping[str, Any]) -> set[int]:
    community = await session.get(Community, payload["community_id"])
    if community is None:
        return set()
    post_id, comment_id = payload["post_id"], payload["comment_id"]
    what = words.WARNED_FOR_POST if comment_id is None else words.WARNED_FOR_COMMENT
    told = News(
        kind=BAN,
        subtype=WARNED,
        title=words.filled(what, place=community.title or "", reason=payload["reason"]),
        url=f"/post/{post_id}" if comment_id is None else f"/post/{post_id}/comment/{comment_id}",
        author_id=payload["by_id"],
        targets={"community_id": community.id, "post_id": post_id, "comment_id": comment_id},
    )
    return await tell(session, [payload["account_id"]], told)


async def _about_refusal(session: AsyncSession, payload: Mapping[str, Any]) -> set[int]:
    community = await session.get(Community, payload["community_id"])
    if community is None:
        return set()
    told = News(
        kind=BAN,
        subtype=REFUSED,
        title=words.filled(words.NO_MEMBER, place=community.title or ""),
        url=f"/c/{community.ap_id or community.name}",
        author_id=None,
        targets={"community_id": community.id},
    )
    return await tell(session, [payload["account_id"]], told)


async def _about_follower(session: AsyncSession, payload: Mapping[str, Any]) -> set[int]:
    who = await session.get(User, payload["account_id"])
    if who is None:
        return set()
    told = News(
        kind=UNKNOWN,
        subtype=ASKED_TO_FOLLOW,
        title=words.filled(words.WANTS_TO_FOLLOW, person=who.ap_id or who.user_name or ""),
        url="/user/settings/followers",
        author_id=who.id,
        targets={"author_id": who.id, "author_user_name": who.ap_id or who.user_name},
    )
    return await tell(session, [payload["followed_id"]], told)


async def _about_invitation(session: AsyncSession, payload: Mapping[str, Any]) -> set[int]:
    invitation = await session.get(CommunityInvitation, payload["invitation_id"])
    community = await session.get(Community, invitation.community_id) if invitation else None
    if invitation is None or community is None:
        return set()
    told = News(
        kind=UNKNOWN,
        subtype=INVITED,
        title=words.filled(words.INVITED_TO, place=community.title or ""),
        url=f"/community/{community.name}/accept_invite/{invitation.token}",
        author_id=invitation.inviter_id,
        targets={"community_id": community.id},
    )
    return await tell(session, [invitation.user_id or 0], told)


async def _about_appointment(session: AsyncSession, payload: Mapping[str, Any]) -> set[int]:
    community = await session.get(Community, payload["community_id"])
    if community is None or not payload["added"]:
        return set()
    told = News(
        kind=NEW_MOD,
        subtype=APPOINTED,
        title=words.filled(words.MODERATOR_OF, place=community.title or ""),
        url=f"/c/{community.ap_id or community.name}",
        author_id=payload["by_id"],
        targets={"community_id": community.id},
    )
    return await tell(session, [payload["account_id"]], told)


async def _mentioned(session: AsyncSession, body: str, hosts: set[str], domain: str) -> set[int]:
    here = [named.name for named in mentions(body) if named.kind == "person" and named.host in hosts]
    names = {name.lower() for name in here[:MENTIONS_AT_MOST]}
    if not names:
        return set()
    named = User.is_local, func.lower(User.user_name).in_(names), User.verified.is_(True)
    rows = await session.scalars(select(User.id).where(*named))
    return set(rows.all())
