"""The one queue of all that moderators are asked to look at, with what they want to know of those concerned."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from service.forum.accounts.columns import as_seen_by, author_loader, picture
from service.forum.accounts.shapes import AuthorRow
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id
from service.forum.comments.queries import comments_by_ids
from service.forum.comments.shapes import CommentRow
from service.forum.communities.columns import community_loader
from service.forum.communities.shapes import CommunityRow
from service.forum.errors import NotFound
from service.forum.moderation.history import pasts_of
from service.forum.paging import Page, page_of, window
from service.forum.posts.queries import held_back_ids, known_posts
from service.forum.reports import rules
from service.forum.reports.queries.by_kind import REPORT, ids_in, may_handle, messages_by_ids, reports
from service.forum.reports.shapes import QueueCounts, Queued, ReportRow
from service.storage.rows import if_there
from service.storage.statements import literal_limit
from service.storage.tables import Community, Report, User

Part = Literal["open", "handed-up", "settled"]

_SUSPECT, _SUSPECT_AVATAR = aliased(User, name="suspect"), picture("suspect_avatar")
_ICON = picture("icon")
_SUSPECT_LOADER = if_there(author_loader(_SUSPECT, _SUSPECT_AVATAR))
_COMMUNITY_LOADER = if_there(community_loader(_ICON))

_CONCERNED = func.coalesce(Report.suspect_community_id, Report.in_community_id)

# A report with whom and what it is about.
Found = tuple[ReportRow, AuthorRow | None, CommunityRow | None]


async def queue(
    db: AsyncConnection,
    viewer: Viewer,
    *,
    part: Part = "open",
    community_id: int | None = None,
    page: int = 1,
    size: int = 20,
) -> Page[Queued]:
    """A page of the reports that the viewer is to deal with, of every kind, the newest first.

    Parameters:
        part: what waits, what of it was handed up to the administrators, or what has been dealt with.
        community_id: of this community alone.
        page: from 1.
        size: reports a page.
    """
    rows = (await db.execute(_statement(viewer, part, community_id, page, size), as_seen_by(viewer))).all()
    found = page_of(map(_load, rows), size)
    return Page(await _completed(db, viewer, found.items), found.has_more)


async def queued(db: AsyncConnection, viewer: Viewer, report_id: int) -> Queued:
    """One report as the queue shows it; NotFound if it is not the viewer's to deal with."""
    if not is_id(report_id):
        raise NotFound
    statement = _everything().where(may_handle(viewer), Report.id == report_id)
    rows = (await db.execute(statement, as_seen_by(viewer))).all()
    if not rows:
        raise NotFound
    return (await _completed(db, viewer, [_load(rows[0])]))[0]


async def queue_counts(
    db: AsyncConnection, viewer: Viewer, *, community_id: int | None = None
) -> QueueCounts:
    """How much waits in each part of the queue, in one statement."""

    def number_of(found: Any) -> Any:
        some = found.limit(literal_limit(QueueCounts.MOST + 1)).subquery()
        return select(func.count()).select_from(some).scalar_subquery()

    def reported(part: Part) -> Any:
        found = select(Report.id).where(may_handle(viewer), _is_in(part))
        return found if community_id is None else found.where(_CONCERNED == community_id)  # noqa: SIM300 - SQL

    waiting = held_back_ids(viewer, community_id)
    counted = await db.execute(
        select(number_of(reported("open")), number_of(reported("handed-up")), number_of(waiting)),
        as_seen_by(viewer),
    )
    return QueueCounts(*counted.one())


def _statement(viewer: Viewer, part: Part, community_id: int | None, page: int, size: int) -> Any:
    statement = _everything().where(may_handle(viewer), _is_in(part)).order_by(Report.id.desc())
    if community_id is not None:
        statement = statement.where(community_id == _CONCERNED)
    return window(statement, page, size)


def _everything() -> Any:
    return (
        reports()
        .add_columns(*_SUSPECT_LOADER.columns, *_COMMUNITY_LOADER.columns)
        .outerjoin(_SUSPECT, _SUSPECT.id == Report.suspect_user_id)
        .outerjoin(_SUSPECT_AVATAR, _SUSPECT_AVATAR.id == _SUSPECT.avatar_id)
        .outerjoin(Community, Community.id == _CONCERNED)
        .outerjoin(_ICON, _ICON.id == Community.icon_id)
    )


def _is_in(part: Part) -> ColumnElement[bool]:
    if part == "settled":
        return Report.status.not_in(rules.OPEN)
    return Report.status == rules.ESCALATED if part == "handed-up" else Report.status.in_(rules.OPEN)


def _load(row: Sequence[Any]) -> Found:
    suspect_at = len(REPORT.columns)
    community_at = suspect_at + len(_SUSPECT_LOADER.columns)
    return (
        REPORT.load(row),
        _SUSPECT_LOADER.load(row[suspect_at:]),
        _COMMUNITY_LOADER.load(row[community_at:]),
    )


def _above(comment: CommentRow | None, known: Mapping[int, CommentRow]) -> CommentRow | None:
    return known.get(comment.parent_id or 0) if comment else None


async def _completed(db: AsyncConnection, viewer: Viewer, found: list[Found]) -> list[Queued]:
    """The reports with what is reported, each kind in one statement."""
    rows = [row for row, *_ in found]
    posts = await known_posts(db, viewer, ids_in(row.post_id for row in rows if row.kind == rules.POST))
    comments = await comments_by_ids(db, viewer, ids_in(row.comment_id for row in rows))
    above = await comments_by_ids(db, viewer, ids_in(one.parent_id for one in comments.values()))
    messages = await messages_by_ids(db, ids_in(row.message_id for row in rows))
    pasts = await pasts_of(db, ids_in(suspect.id for _, suspect, _ in found if suspect))
    return [
        Queued(
            report=row,
            suspect=suspect,
            past=pasts.get(suspect.id) if suspect else None,
            community=community,
            post=posts.get(row.post_id or 0) if row.kind == rules.POST else None,
            comment=comments.get(row.comment_id or 0),
            message=messages.get(row.message_id or 0),
            above=_above(comments.get(row.comment_id or 0), above),
        )
        for row, suspect, community in found
    ]
