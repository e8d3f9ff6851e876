"""Reports by what they are about, as apps list them; and what every list of reports is made of."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    cast,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from service.forum.accounts.columns import VIEWER_ID, as_seen_by, author_loader, picture
from service.forum.accounts.shapes import AuthorRow
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id
from service.forum.comments.queries import comments_by_ids
from service.forum.communities.roles import moderates
from service.forum.errors import NotFound
from service.forum.messages.queries import MESSAGE, messages
from service.forum.messages.shapes import MessageRow
from service.forum.paging import Page, page_of, window
from service.forum.posts.queries import known_posts
from service.forum.reports import rules
from service.forum.reports.shapes import (
    CommentReport,
    ConversationInfo,
    ConversationReport,
    MessageReport,
    PostReport,
    ReportCounts,
    ReportRow,
)
from service.storage.rows import Loader, Read, or_empty, or_false, or_long_ago, or_zero
from service.storage.tables import (
    ChatMessage,
    CommunityMember,
    Conversation,
    ConversationMember,
    Report,
    User,
)

_REPORTER, _REPORTER_AVATAR = aliased(User, name="reporter"), picture("reporter_avatar")
_MEMBER, _MEMBER_AVATAR = aliased(User, name="member"), picture("member_avatar")

_MEMBERS = author_loader(_MEMBER, _MEMBER_AVATAR)
_OF_MESSAGE: ColumnElement[int] = cast(Report.targets.op("->>")(rules.MESSAGE_ID), Integer)


def may_handle(viewer: Viewer) -> ColumnElement[bool]:
    """SQL: the report is the viewer's to see and to deal with; needs the viewer's id."""
    if viewer.runs_the_site:
        return true()
    moderated = select(CommunityMember.community_id).where(
        CommunityMember.user_id == VIEWER_ID,
        moderates(),
    )
    about_public = Report.type.in_((rules.POST, rules.COMMENT, rules.COMMUNITY))
    return and_(about_public, Report.in_community_id.in_(moderated))


async def post_reports(
    db: AsyncConnection,
    viewer: Viewer,
    *,
    post_id: int | None = None,
    community_id: int | None = None,
    open_only: bool = True,
    page: int = 1,
    size: int = 20,
) -> Page[PostReport]:
    """A page of reports of posts, the newest first.

    Parameters:
        page: from 1.
        size: reports a page.
    """
    wanted = {Report.suspect_post_id: post_id, Report.in_community_id: community_id}
    conditions = [Report.type == rules.POST, *_equal(wanted)]
    found = await _page(db, viewer, conditions, open_only, page, size)
    posts = await known_posts(db, viewer, ids_in(row.post_id for row in found.items))
    listed = [PostReport(row, posts[row.post_id or 0]) for row in found.items if row.post_id in posts]
    return Page(listed, found.has_more)


async def comment_reports(
    db: AsyncConnection,
    viewer: Viewer,
    *,
    comment_id: int | None = None,
    community_id: int | None = None,
    open_only: bool = True,
    page: int = 1,
    size: int = 20,
) -> Page[CommentReport]:
    """A page of reports of comments; as `post_reports`."""
    wanted = {Report.suspect_post_reply_id: comment_id, Report.in_community_id: community_id}
    conditions = [Report.type == rules.COMMENT, *_equal(wanted)]
    found = await _page(db, viewer, conditions, open_only, page, size)
    comments = await comments_by_ids(db, viewer, ids_in(row.comment_id for row in found.items))
    listed = [
        CommentReport(row, comments[row.comment_id or 0]) for row in found.items if row.comment_id in comments
    ]
    return Page(listed, found.has_more)


async def message_reports(
    db: AsyncConnection,
    viewer: Viewer,
    *,
    message_id: int | None = None,
    conversation_id: int | None = None,
    open_only: bool = True,
    page: int = 1,
    size: int = 20,
) -> Page[MessageReport]:
    """A page of reports of private messages, for the site's staff; as `post_reports`."""
    wanted = {_OF_MESSAGE: message_id, Report.suspect_conversation_id: conversation_id}
    conditions = [Report.type == rules.CONVERSATION, _OF_MESSAGE.is_not(None), *_equal(wanted)]
    found = await _page(db, viewer, conditions, open_only, page, size)
    said = await messages_by_ids(db, ids_in(row.message_id for row in found.items))
    listed = [MessageReport(row, said[row.message_id or 0]) for row in found.items if row.message_id in said]
    return Page(listed, found.has_more)


async def conversation_reports(
    db: AsyncConnection,
    viewer: Viewer,
    *,
    conversation_id: int | None = None,
    open_only: bool = True,
    history: int = 5,
    page: int = 1,
    size: int = 20,
) -> Page[ConversationReport]:
    """A page of reports of conversations and of messages in them, for the site's staff; as `post_reports`.

    Parameters:
        history: how many of the newest messages of each conversation are told.
    """
    conditions = [
        Report.type == rules.CONVERSATION,
        Report.suspect_conversation_id.is_not(None),
        *_equal({Report.suspect_conversation_id: conversation_id}),
    ]
    found = await _page(db, viewer, conditions, open_only, page, size)
    known = await _conversations(db, ids_in(row.conversation_id for row in found.items), history)
    listed = [
        ConversationReport(row, known[row.conversation_id or 0])
        for row in found.items
        if row.conversation_id in known
    ]
    return Page(listed, found.has_more)


async def post_report_by_id(db: AsyncConnection, viewer: Viewer, report_id: int) -> PostReport:
    """One report of a post: of the viewer's own, or one that they may deal with; else NotFound."""
    row = await _one(db, viewer, report_id, rules.POST)
    posts = await known_posts(db, viewer, ids_in([row.post_id]))
    if row.post_id not in posts:
        raise NotFound
    return PostReport(row, posts[row.post_id or 0])


async def comment_report_by_id(db: AsyncConnection, viewer: Viewer, report_id: int) -> CommentReport:
    """One report of a comment; as `post_report_by_id`."""
    row = await _one(db, viewer, report_id, rules.COMMENT)
    comments = await comments_by_ids(db, viewer, ids_in([row.comment_id]))
    if row.comment_id not in comments:
        raise NotFound
    return CommentReport(row, comments[row.comment_id or 0])


async def message_report_by_id(db: AsyncConnection, viewer: Viewer, report_id: int) -> MessageReport:
    """One report of a private message; as `post_report_by_id`."""
    row = await _one(db, viewer, report_id, rules.CONVERSATION)
    said = await messages_by_ids(db, ids_in([row.message_id]))
    if row.message_id not in said:
        raise NotFound
    return MessageReport(row, said[row.message_id or 0])


async def counts(db: AsyncConnection, viewer: Viewer, *, community_id: int | None = None) -> ReportCounts:
    """How many open reports the viewer has to deal with."""
    numbers: list[Any] = [
        func.count().filter(Report.type == kind) for kind in (rules.POST, rules.COMMENT, rules.CONVERSATION)
    ]
    mine = [
        may_handle(viewer),
        Report.status.in_(rules.OPEN),
        *_equal({Report.in_community_id: community_id}),
    ]
    row = (await db.execute(select(*numbers).where(*mine), as_seen_by(viewer))).one()
    return ReportCounts(row[0], row[1], row[2])


def _equal(wanted: dict[Any, int | None]) -> list[ColumnElement[bool]]:
    given = {column: value for column, value in wanted.items() if value is not None}
    return [column == value if is_id(value) else false() for column, value in given.items()]


def ids_in(ids: Any) -> list[int]:
    """The ids, each once."""
    return sorted({id_ for id_ in ids if id_ is not None})


async def _page(
    db: AsyncConnection,
    viewer: Viewer,
    conditions: Sequence[ColumnElement[bool]],
    open_only: bool,
    page: int,
    size: int,
) -> Page[ReportRow]:
    statement = reports().where(may_handle(viewer), *conditions).order_by(Report.id.desc())
    if open_only:
        statement = statement.where(Report.status.in_(rules.OPEN))
    rows = await db.execute(window(statement, page, size), as_seen_by(viewer))
    return page_of(map(REPORT.load, rows), size)


async def _one(db: AsyncConnection, viewer: Viewer, report_id: int, kind: int) -> ReportRow:
    if not is_id(report_id):
        raise NotFound
    visible = or_(Report.reporter_id == VIEWER_ID, may_handle(viewer))
    statement = reports().where(Report.id == report_id, Report.type == kind, visible)
    row = (await db.execute(statement, as_seen_by(viewer))).one_or_none()
    if row is None:
        raise NotFound
    return REPORT.load(row)


def _in_targets(read: Callable[[dict[str, Any]], Any], missing: Any = None) -> Read:
    """What a report's targets say; an old row may hold anything there."""
    return Read(Report.targets, lambda found: read(found) if isinstance(found, dict) else missing, missing)


REPORT = Loader(
    ReportRow,
    {
        "kind": func.coalesce(Report.type, literal_column(str(rules.PERSON))),
        "reason": or_empty(Report.reasons),
        "resolved": ~or_false(Report.status.in_(rules.OPEN)),
        "handed_up": or_false(Report.status == rules.ESCALATED),
        "updated_at": or_long_ago(Report.updated, Report.created_at),
        "post_id": Report.suspect_post_id,
        "comment_id": Report.suspect_post_reply_id,
        "conversation_id": Report.suspect_conversation_id,
        "message_id": _in_targets(lambda found: found.get(rules.MESSAGE_ID)),
        "targets": _in_targets(dict, {}),
        "reporter": author_loader(_REPORTER, _REPORTER_AVATAR),
    },
    Report,
)


def reports() -> Select[Any]:
    """SQL: the columns of `REPORT`, of all reports."""
    return (
        select(*REPORT.columns)
        .join(_REPORTER, _REPORTER.id == Report.reporter_id)
        .outerjoin(_REPORTER_AVATAR, _REPORTER_AVATAR.id == _REPORTER.avatar_id)
    )


async def messages_by_ids(db: AsyncConnection, ids: list[int]) -> dict[int, MessageRow]:
    """Private messages by id, for those who deal with a report of one."""
    if not ids:
        return {}
    found = [MESSAGE.load(row) for row in await db.execute(messages().where(ChatMessage.id.in_(ids)))]
    return {message.id: message for message in found}


async def _conversations(db: AsyncConnection, ids: list[int], history: int) -> dict[int, ConversationInfo]:
    """What is to be told of conversations, by id, in three statements."""
    if not ids:
        return {}
    heads = await db.execute(select(*_CONVERSATION.columns).where(Conversation.id.in_(ids)))
    members = await _members(db, ids)
    said = await _newest_messages(db, ids, history)
    return {
        head[0]: _CONVERSATION.load(head, members.get(head[0], []), said.get(head[0], [])) for head in heads
    }


_CONVERSATION = Loader(
    ConversationInfo,
    {
        "creator_id": or_zero(Conversation.user_id),
        "updated_at": or_long_ago(Conversation.updated_at, Conversation.created_at),
    },
    Conversation,
)


async def _members(db: AsyncConnection, ids: list[int]) -> dict[int, list[AuthorRow]]:
    rows = await db.execute(
        select(ConversationMember.conversation_id, *_MEMBERS.columns)
        .join(_MEMBER, _MEMBER.id == ConversationMember.user_id)
        .outerjoin(_MEMBER_AVATAR, _MEMBER_AVATAR.id == _MEMBER.avatar_id)
        .where(ConversationMember.conversation_id.in_(ids))
        .order_by(_MEMBER.id)
    )
    found: dict[int, list[AuthorRow]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(_MEMBERS.load(row[1:]))
    return found


async def _newest_messages(db: AsyncConnection, ids: list[int], most: int) -> dict[int, list[MessageRow]]:
    place = func.row_number().over(partition_by=ChatMessage.conversation_id, order_by=ChatMessage.id.desc())
    ranked = (
        select(ChatMessage.id, place.label("place")).where(ChatMessage.conversation_id.in_(ids)).subquery()
    )
    newest = select(ranked.c.id).where(ranked.c.place <= literal_column(str(int(most))))
    rows = await db.execute(messages().where(ChatMessage.id.in_(newest)).order_by(ChatMessage.id.desc()))
    found: dict[int, list[MessageRow]] = {}
    for message in map(MESSAGE.load, rows):
        found.setdefault(message.conversation_id or 0, []).append(message)
    return found
