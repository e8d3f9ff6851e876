"""What is made of a report by those who deal with it: settled, handed up, or acted on."""

from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import notifications
from service.forum.accounts.author import Author
from service.forum.accounts.columns import as_seen_by
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id
from service.forum.comments import operations as comments
from service.forum.communities.standing import check_may_moderate, load_standing
from service.forum.errors import Invalid, NotFound
from service.forum.events import ReportHandedUp, ReportResolved
from service.forum.posts import operations as posts
from service.forum.reports import rules
from service.forum.reports.operations.rows import count_open
from service.forum.reports.queries import may_handle
from service.language import _
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import Comment, Post, Report

# What is done with what was reported; each settles all that is reported of it.
Verdict = Literal["remove", "lock", "dismiss", "ignore"]


async def set_resolved(session: AsyncSession, author: Author, report_id: int, *, resolved: bool) -> None:
    """Say that a report has been dealt with, or not yet. Idempotent. NotFound if it is not for the author."""
    report = await _handled(session, author, report_id)
    if (report.status == rules.RESOLVED) == resolved:
        return
    report.status = rules.RESOLVED if resolved else rules.NEW
    report.updated = utcnow()
    await session.flush()
    await count_open(session, report, -1 if resolved else 1)
    if resolved:
        await notifications.settle_report(session, report.id)
    event = ReportResolved(report_id=report.id, by_id=author.id, resolved=resolved)
    await record(session, event, federate=author.local)


async def decide(
    session: AsyncSession, viewer: Viewer, report_id: int, verdict: Verdict, *, reason: str = ""
) -> None:
    """Act on what was reported, and settle every open report of it.

    Parameters:
        verdict: take it down; take no more answers; leave it; leave it, and hear no more of it.
        reason: why it is taken down or locked, for the mod log.

    Raises:
        NotFound: there is no such report for the viewer.
        Forbidden, Gone: as the operation on a post or comment has it.
        Invalid: it cannot be done with what was reported.
    """
    report = await _handled(session, viewer, report_id)
    if verdict != "dismiss" and report.type not in (rules.POST, rules.COMMENT):
        raise Invalid({"verdict": _("You can only do that with posts and comments.")})
    await _carry_out(session, viewer, report, verdict, reason)
    for twin_id in await _open_twins(session, viewer, report):
        await set_resolved(session, viewer, twin_id, resolved=True)


async def hand_up(session: AsyncSession, viewer: Viewer, report_id: int) -> None:
    """Let the site's administrators deal with a report; they are told. Idempotent.

    Raises:
        NotFound: there is no such open report for the viewer.
    """
    report = await _handled(session, viewer, report_id)
    if report.status not in rules.OPEN:
        raise NotFound(_("This report has already been resolved."))
    if report.status == rules.ESCALATED:
        return
    report.status, report.updated = rules.ESCALATED, utcnow()
    await session.flush()
    await record(session, ReportHandedUp(report_id=report.id, by_id=viewer.id))


async def _carry_out(
    session: AsyncSession, viewer: Viewer, report: Report, verdict: Verdict, reason: str
) -> None:
    is_post = report.type == rules.POST
    thing_id = (report.suspect_post_id if is_post else report.suspect_post_reply_id) or 0
    if verdict == "remove":
        remove = posts.set_removed if is_post else comments.set_removed
        await remove(session, viewer, thing_id, removed=True, reason=reason)
    elif verdict == "lock":
        lock = posts.set_locked if is_post else comments.set_locked
        await lock(session, viewer, thing_id, locked=True, reason=reason)
    elif verdict == "ignore":
        kind = Post if is_post else Comment
        await session.execute(update(kind).where(kind.id == thing_id).values(reports=rules.IGNORES_REPORTS))


async def _open_twins(session: AsyncSession, viewer: Viewer, report: Report) -> list[int]:
    """The open reports of the same thing; of people and messages each report is a matter of its own."""
    same = Report.id == report.id
    if report.type == rules.POST:
        same = (Report.type == rules.POST) & (Report.suspect_post_id == report.suspect_post_id)
    elif report.type == rules.COMMENT:
        same = Report.suspect_post_reply_id == report.suspect_post_reply_id
    statement = select(Report.id).where(same, Report.status.in_(rules.OPEN), may_handle(viewer))
    return list(await session.scalars(statement.order_by(Report.id), as_seen_by(viewer)))


async def _handled(session: AsyncSession, author: Author, report_id: int) -> Report:
    """A report that is the author's to deal with, locked; moderators of other servers' deal with their communities'."""
    if not is_id(report_id):
        raise NotFound
    statement = select(Report).where(Report.id == report_id).with_for_update(of=Report)
    if isinstance(author, Viewer):
        statement = statement.where(may_handle(author))
    report = (await session.scalars(statement, as_seen_by(author))).one_or_none()
    if report is None:
        raise NotFound
    if not isinstance(author, Viewer):
        standing = await load_standing(session, author, report.in_community_id)
        check_may_moderate(author, standing)
    return report
