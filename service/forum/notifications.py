"""What people are told: replies, mentions, new posts they asked for, bans, appointments, applications.

Rows are written as PieFed writes them (type, subtype, address, targets), so that both programs and the clients read
them alike. `tell` and everything above it keep the counter on the account right; `consume` is the worker's one call
for the events of the topic "notify", in the transaction that marks the event done.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Integer, Select, and_, cast, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import aliased

from service.forum.accounts.columns import (
    AUTHOR_WIDTH,
    VIEWER_ID,
    as_seen_by,
    author_columns,
    author_row,
    is_administrator,
    picture,
)
from service.forum.accounts.rules import actor_url, is_id
from service.forum.accounts.viewer import Viewer
from service.forum.errors import NotFound
from service.forum.messages.queries import unread_by_viewer
from service.forum.moderation.rules import shorten
from service.forum.posts.shapes import AuthorRow
from service.storage.statements import literal_limit
from service.storage.tables import (
    ChatMessage,
    Comment,
    Community,
    CommunityMember,
    Notification,
    NotificationSubscription,
    Post,
    Registration,
    Report,
    User,
    UserBlock,
)
from service.text.mentions import mentions

# Values of notification.notif_type and notification_subscription.type.
USER, COMMUNITY, TOPIC, POST, REPLY, FEED, MENTION, MESSAGE, BAN, UNBAN, NEW_MOD = range(11)
REPORT, REGISTRATION = 20, 41

# Values of notification.subtype, by what they are about.
REPLY_TO_POST = "top_level_comment_on_followed_post"
REPLY_TO_COMMENT = "new_reply_on_followed_comment"
MENTIONED_IN_POST = "post_mention"
MENTIONED_IN_COMMENT = "comment_mention"
POST_BY_USER = "new_post_from_followed_user"
POST_IN_COMMUNITY = "new_post_in_followed_community"
POST_IN_TOPIC = "new_post_in_followed_topic"
BANNED = "user_banned_from_community"
UNBANNED = "user_unbanned_from_community"
APPOINTED = "new_moderator"
APPLIED = "new_registration_for_approval"
WRITTEN_TO = "chat_message"
REPORTED = {1: "post_reported", 2: "comment_reported", 4: "chat_conversation_reported"}

REPLIES = (REPLY_TO_POST, REPLY_TO_COMMENT)
MENTIONS = (MENTIONED_IN_POST, MENTIONED_IN_COMMENT)

_TITLE_LENGTH = 150
_BODY_LENGTH = 1000
_MENTIONS_AT_MOST = 20
_CHANGED = "accounts_whose_notifications_changed"

_AUTHOR, _AVATAR = aliased(User, name="author"), picture("avatar")
_PARENT = aliased(Comment, name="parent")


class News(msgspec.Struct, frozen=True, kw_only=True):
    """Something to tell people.

    Attributes:
        url: Where it leads, as a path.
        targets: The ids and names that a client makes its own words from.
    """

    kind: int
    subtype: str
    title: str
    url: str
    author_id: int
    targets: dict[str, Any]


class NotificationRow(msgspec.Struct, frozen=True):
    """One thing that somebody was told.

    Attributes:
        kind: One of the constants USER to REGISTRATION.
        url: Where it leads: a path, or an address on this site.
        author: Who caused it; None where their account is gone.
        post_id, comment_id, community_id: What it is about, as far as that is known.
    """

    id: int
    kind: int
    subtype: str
    title: str
    url: str
    read: bool
    created_at: datetime
    author: AuthorRow | None
    post_id: int | None
    comment_id: int | None
    community_id: int | None


class NotificationPage(msgspec.Struct, frozen=True):
    """A page of notifications, the newest first.

    Attributes:
        has_more: Whether there is a following page.
    """

    notifications: list[NotificationRow]
    has_more: bool


class UnreadCount(msgspec.Struct, frozen=True):
    """How much is unread; `other` is neither reply, mention nor private message."""

    replies: int
    mentions: int
    private_messages: int
    other: int


class Totals(msgspec.Struct, frozen=True):
    """How many notifications there are."""

    total: int
    unread: int

    @property
    def read(self) -> int:
        """Those that were read."""
        return self.total - self.unread


async def unread_count(db: AsyncConnection, viewer: Viewer) -> UnreadCount:
    """How much the viewer has not read, in one statement; none at all if the counter says so."""
    if viewer.unread_notifications <= 0:
        return UnreadCount(0, 0, 0, 0)
    return UnreadCount(*(await db.execute(_unread(), as_seen_by(viewer))).one())


async def totals(db: AsyncConnection, viewer: Viewer) -> Totals:
    """How many notifications the viewer has."""
    statement = select(func.count(), func.count().filter(Notification.read.is_(False))).where(
        Notification.user_id == viewer.id
    )
    return Totals(*(await db.execute(statement)).one())


async def listing(
    db: AsyncConnection,
    viewer: Viewer,
    *,
    status: Literal["All", "Unread", "Read"] = "All",
    page: int = 1,
    size: int = 20,
) -> NotificationPage:
    """A page of what the viewer was told.

    Parameters:
        page: from 1.
        size: notifications a page.
    """
    statement = _statement().where(Notification.user_id == viewer.id)
    if status != "All":
        statement = statement.where(Notification.read.is_(status == "Read"))
    statement = (
        statement.order_by(Notification.id.desc())
        .limit(literal_limit(size + 1))
        .offset(literal_limit((page - 1) * size))
    )
    found = [_row(row) for row in await db.execute(statement)]
    return NotificationPage(found[:size], len(found) > size)


async def since(
    db: AsyncConnection, viewer: Viewer, notification_id: int, *, at_most: int
) -> list[NotificationRow]:
    """What the viewer was told after a notification, the oldest first.

    An account's row is locked while it is told something, so what it is told becomes visible in the order of the ids.
    """
    statement = (
        _statement()
        .where(Notification.user_id == viewer.id, Notification.id > notification_id)
        .order_by(Notification.id)
        .limit(literal_limit(at_most))
    )
    return [_row(row) for row in await db.execute(statement)]


async def newest_id(db: AsyncConnection, viewer: Viewer) -> int:
    """The id of the last notification of the viewer's; 0 without one."""
    statement = select(func.max(Notification.id)).where(Notification.user_id == viewer.id)
    return await db.scalar(statement) or 0


async def one(db: AsyncConnection, viewer: Viewer, notification_id: int) -> NotificationRow:
    """One of the viewer's notifications, or NotFound."""
    if not is_id(notification_id):
        raise NotFound
    statement = _statement().where(Notification.id == notification_id, Notification.user_id == viewer.id)
    row = (await db.execute(statement)).first()
    if row is None:
        raise NotFound
    return _row(row)


async def tell(session: AsyncSession, account_ids: Iterable[int], news: News) -> int:
    """Tell people something and count it as unread for each of them.

    The author is never told of their own doing; remote, deleted and banned accounts, and those who blocked the
    author, are left out.

    Returns:
        How many were told.
    """
    listeners = await _listeners(session, set(account_ids) - {news.author_id}, news.author_id)
    if not listeners:
        return 0
    session.add_all(
        Notification(
            title=shorten(news.title, _TITLE_LENGTH),
            url=news.url,
            user_id=account_id,
            author_id=news.author_id,
            notif_type=news.kind,
            subtype=news.subtype,
            targets={"gen": "0", **news.targets},
        )
        for account_id in listeners
    )
    await session.flush()
    await session.execute(
        update(User)
        .where(User.id.in_(listeners))
        .values(unread_notifications=func.coalesce(User.unread_notifications, 0) + 1)
    )
    _note_change(session, listeners)
    return len(listeners)


async def mark(session: AsyncSession, viewer: Viewer, notification_id: int, *, read: bool) -> None:
    """Mark one of the viewer's notifications as read or unread; NotFound if it is not theirs."""
    if not is_id(notification_id):
        raise NotFound
    await _hold_counter(session, viewer.id)
    marked = await session.execute(
        update(Notification)
        .where(Notification.id == notification_id, Notification.user_id == viewer.id)
        .values(read=read)
        .returning(Notification.id)
    )
    if marked.first() is None:
        raise NotFound
    await _recount(session, viewer.id)


async def mark_all_read(session: AsyncSession, viewer: Viewer) -> None:
    """Mark all of the viewer's notifications as read; what arrives meanwhile stays unread and counted."""
    await _mark_read(session, viewer.id, Notification.user_id == viewer.id)


async def mark_comment_read(
    session: AsyncSession, viewer: Viewer, comment_id: int, *, read: bool = True
) -> None:
    """Mark what the viewer was told about a comment as read or unread."""
    await _mark_read(session, viewer.id, _target("comment_id") == comment_id, read=read)


async def mark_message_read(session: AsyncSession, account_id: int, message_id: int, *, read: bool) -> None:
    """Mark what an account was told of a private message as read or unread."""
    await _mark_read(session, account_id, _about_message("message_id", message_id), read=read)


async def mark_conversation_read(session: AsyncSession, account_id: int, conversation_id: int) -> None:
    """Mark what an account was told of a whole conversation as read."""
    await _mark_read(session, account_id, _about_message("conversation_id", conversation_id))


async def watch(session: AsyncSession, account_id: int, kind: int, entity_id: int, name: str = "") -> None:
    """Tell an account of news about something from now on; again is no error.

    Parameters:
        kind: USER (their posts), COMMUNITY or TOPIC (posts in it), POST (comments on it), REPLY (answers to it).
        entity_id: the id of that.
        name: what it is called, for the account's list.
    """
    lock = func.pg_advisory_xact_lock(
        func.hashtextextended(f"pieloop:watch:{account_id}:{kind}:{entity_id}", 0)
    )
    await session.execute(select(lock))
    if await session.scalar(select(exists().where(*_watching(account_id, kind, entity_id)))):
        return
    session.add(
        NotificationSubscription(user_id=account_id, type=kind, entity_id=entity_id, name=shorten(name, 256))
    )
    await session.flush()


async def unwatch(session: AsyncSession, account_id: int, kind: int, entity_id: int) -> None:
    """Tell an account no longer; nothing happens if it was not told."""
    await session.execute(delete(NotificationSubscription).where(*_watching(account_id, kind, entity_id)))


async def consume(session: AsyncSession, kind: str, payload: Mapping[str, Any], *, domain: str) -> set[int]:
    """Tell people of an event of the topic "notify".

    Parameters:
        kind, payload: as the outbox kept them.
        domain: this site's.

    Returns:
        The ids of the accounts whose notifications change by it.
    """
    await _tell_of(session, kind, payload, domain)
    changed: set[int] = session.info.pop(_CHANGED, set())
    return changed


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
        await _mark_read(session, row.user_id, _target("comment_id") == row.parent_id)
    watchers = await _watchers(session, [(news.kind, row.parent_id or row.post_id)])
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
        watchers = await _watchers(session, [(kind, entity_id)]) - told
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


async def about_application(session: AsyncSession, application_id: int) -> None:
    """Tell the administrators that somebody applied for an account."""
    row = (
        await session.execute(select(Registration.user_id).where(Registration.id == application_id))
    ).one_or_none()
    if row is None:
        return
    administrators = await session.scalars(
        select(User.id).where(is_administrator(), User.ap_id.is_(None), User.deleted.is_not(True))
    )
    news = News(
        kind=REGISTRATION,
        subtype=APPLIED,
        title="New registration",
        url=f"/admin/approve_registrations?account={row.user_id}",
        author_id=row.user_id,
        targets={"application_id": application_id, "user_id": row.user_id},
    )
    await tell(session, administrators.all(), news)


async def about_report(session: AsyncSession, report_id: int) -> None:
    """Tell of a report those who are to deal with it: the community's moderators, else the administrators."""
    report = await session.get(Report, report_id)
    if report is None or report.reporter_id is None or report.type not in REPORTED:
        return
    moderators = (
        select(CommunityMember.user_id).where(
            CommunityMember.community_id == report.in_community_id,
            CommunityMember.is_banned.is_not(True),
            or_(CommunityMember.is_moderator.is_(True), CommunityMember.is_owner.is_(True)),
        )
        if report.in_community_id is not None
        else select(User.id).where(is_administrator(), User.ap_id.is_(None), User.deleted.is_not(True))
    )
    news = News(
        kind=REPORT,
        subtype=REPORTED[report.type],
        title="A report for you to look at",
        url="/reports",
        author_id=report.reporter_id,
        targets={
            "report_id": report_id,
            "post_id": report.suspect_post_id,
            "comment_id": report.suspect_post_reply_id,
            "community_id": report.in_community_id,
            "conversation_id": report.suspect_conversation_id,
        },
    )
    await tell(session, (await session.scalars(moderators)).all(), news)


async def settle_report(session: AsyncSession, report_id: int) -> None:
    """Mark what moderators were told about a report as read: it has been dealt with."""
    about = and_(Notification.notif_type == REPORT, _target("report_id") == report_id)
    told = await session.scalars(select(Notification.user_id).where(about).distinct())
    for account_id in sorted(id_ for id_ in told.all() if id_ is not None):
        await _mark_read(session, account_id, about)


async def settle_registration(session: AsyncSession, account_id: int) -> None:
    """Mark what the administrators were told about an application as read: it has been decided on."""
    about = and_(Notification.notif_type == REGISTRATION, Notification.author_id == account_id)
    told = await session.scalars(select(Notification.user_id).where(about).distinct())
    for administrator_id in sorted(id_ for id_ in told.all() if id_ is not None):
        await _mark_read(session, administrator_id, about)


async def forget_author(session: AsyncSession, account_id: int) -> None:
    """Delete all that was told because of an account, and all it was told; before its row goes away."""
    await settle_registration(session, account_id)
    await session.execute(
        delete(Notification).where(
            or_(Notification.author_id == account_id, Notification.user_id == account_id)
        )
    )


@lru_cache
def _unread() -> Select[Any]:
    messages = select(func.count()).select_from(ChatMessage).where(unread_by_viewer()).scalar_subquery()
    is_reply, is_mention = Notification.subtype.in_(REPLIES), Notification.subtype.in_(MENTIONS)
    is_message = Notification.notif_type == MESSAGE
    known = func.coalesce(or_(is_reply, is_mention, is_message), False)
    return select(
        func.count().filter(is_reply), func.count().filter(is_mention), messages, func.count().filter(~known)
    ).where(Notification.user_id == VIEWER_ID, Notification.read.is_(False))


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
    return shorten(text or "", _BODY_LENGTH)


async def _listeners(session: AsyncSession, account_ids: set[int], author_id: int) -> list[int]:
    """Those who can and want to hear from the author. In the order of ids, so that two at once never wait in a ring."""
    if not account_ids:
        return []
    blocked = exists().where(UserBlock.blocker_id == User.id, UserBlock.blocked_id == author_id)
    statement = (
        select(User.id)
        .where(
            User.id.in_(account_ids),
            User.ap_id.is_(None),
            User.deleted.is_not(True),
            User.banned.is_not(True),
            ~blocked,
        )
        .order_by(User.id)
        .with_for_update(key_share=True)
    )
    return list((await session.scalars(statement)).all())


async def _watchers(session: AsyncSession, things: Sequence[tuple[int, int | None]]) -> set[int]:
    wanted = [
        and_(NotificationSubscription.type == kind, NotificationSubscription.entity_id == entity_id)
        for kind, entity_id in things
        if entity_id is not None
    ]
    if not wanted:
        return set()
    rows = await session.scalars(select(NotificationSubscription.user_id).where(or_(*wanted)))
    return {account_id for account_id in rows.all() if account_id is not None}


async def _mentioned(session: AsyncSession, body: str, domain: str) -> set[int]:
    here = [named.name for named in mentions(body) if named.kind == "person" and named.host == domain]
    urls = {actor_url(domain, name) for name in here[:_MENTIONS_AT_MOST]}
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


async def _mark_read(
    session: AsyncSession, account_id: int, which: ColumnElement[bool], *, read: bool = True
) -> None:
    await _hold_counter(session, account_id)
    await session.execute(
        update(Notification)
        .where(Notification.user_id == account_id, which, Notification.read.is_not(read))
        .values(read=read)
        .execution_options(synchronize_session=False)
    )
    await _recount(session, account_id)


async def _hold_counter(session: AsyncSession, account_id: int) -> None:
    """Lock the account's row, so that whoever tells it something meanwhile adds to the new count."""
    await session.execute(select(User.id).where(User.id == account_id).with_for_update(key_share=True))


async def _recount(session: AsyncSession, account_id: int) -> None:
    unread = (
        select(func.count())
        .where(Notification.user_id == account_id, Notification.read.is_(False))
        .scalar_subquery()
    )
    await session.execute(
        update(User)
        .where(User.id == account_id)
        .values(unread_notifications=unread)
        .execution_options(synchronize_session=False)
    )
    _note_change(session, [account_id])


def _note_change(session: AsyncSession, account_ids: Iterable[int]) -> None:
    """Remember whose notifications this transaction changes, for `consume` to return."""
    session.info.setdefault(_CHANGED, set()).update(account_ids)


def _watching(account_id: int, kind: int, entity_id: int) -> list[ColumnElement[bool]]:
    return [
        NotificationSubscription.user_id == account_id,
        NotificationSubscription.type == kind,
        NotificationSubscription.entity_id == entity_id,
    ]


def _about_message(target: str, entity_id: int) -> ColumnElement[bool]:
    return and_(Notification.notif_type == MESSAGE, _target(target) == entity_id)


def _target(name: str) -> ColumnElement[int]:
    """An id among the targets; NULL where there is none."""
    return cast(Notification.targets.op("->>")(name), Integer)


def _statement() -> Select[Any]:
    return (
        select(
            Notification.id,
            Notification.notif_type,
            Notification.subtype,
            Notification.title,
            Notification.url,
            Notification.read,
            Notification.created_at,
            Notification.targets,
            *author_columns(_AUTHOR, _AVATAR),
        )
        .outerjoin(_AUTHOR, _AUTHOR.id == Notification.author_id)
        .outerjoin(_AVATAR, _AVATAR.id == _AUTHOR.avatar_id)
    )


def _row(row: Sequence[Any]) -> NotificationRow:
    id_, kind, subtype, title, url, read, created_at, targets = row[:8]
    author = row[8 : 8 + AUTHOR_WIDTH]
    known = targets if isinstance(targets, dict) else {}
    return NotificationRow(
        id_,
        kind if kind is not None else 999,
        subtype or "",
        title or "",
        url or "",
        bool(read),
        created_at or datetime(1970, 1, 1),
        author_row(author) if author[0] is not None else None,
        known.get("post_id"),
        known.get("comment_id"),
        known.get("community_id"),
    )
