"""Reports from elsewhere: of what stands here, by people of other servers; and that they were dealt with."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.receive.act import Act, Ignored
from service.federation.receive.known import Thing
from service.forum.reports import operations as reports
from service.forum.reports.operations import Complaint
from service.forum.reports.rules import OPEN, REASON_LENGTH
from service.storage.tables import Report

NO_WORDS = "No reason was given."


async def file(session: AsyncSession, act: Act) -> bool:
    """Ask the moderators to look at the first thing of a list that is here."""
    thing = _reported(act)
    reason = (act.activity.reason or "").strip()[:REASON_LENGTH] or NO_WORDS
    complaint = Complaint(reason=reason, to_remote=False)
    operation = reports.report_post if thing.kind == "post" else reports.report_comment
    await operation(session, act.author, thing.id, complaint)
    return False


async def resolve(session: AsyncSession, act: Act) -> bool:
    """The reports of the same thing by the same person are dealt with."""
    inner = act.step.inner
    if inner is None:
        raise Ignored("not here", "That report is not here.")
    thing, reporter = act.known.thing(inner.object_id), act.known.person(inner.actor)
    if thing is None or reporter is None:
        raise Ignored("not here", "That report is not here.")
    about = (
        Report.suspect_post_reply_id == thing.id
        if thing.kind == "comment"
        else Report.suspect_post_id == thing.id
    )
    filed = select(Report.id).where(Report.reporter_id == reporter.id, Report.status.in_(OPEN), about)
    for report_id in (await session.scalars(filed)).all():
        await reports.set_resolved(session, act.author, report_id, resolved=True)
    return False


def _reported(act: Act) -> Thing:
    named = (act.activity.object_id, *act.activity.others)
    found = next((thing for one in named if (thing := act.known.thing(one)) is not None), None)
    if found is None:
        raise Ignored("not here", "What is reported is not here.")
    return found
