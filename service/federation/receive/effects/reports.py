"""Reports from elsewhere: of what stands here, by people of other servers; and that they were dealt with."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.receive.act import Act, Ignored
from service.federation.receive.announcing import wrapped_for
from service.federation.receive.known import Group, Thing
from service.forum.accounts.author import LOCAL_INSTANCE
from service.forum.reports import operations as reports
from service.forum.reports.operations import Complaint
from service.forum.reports.rules import OPEN, REASON_LENGTH
from service.storage.tables import CommunityMember, Report, User

NO_WORDS = "No reason was given."
MOST_TOLD = 100  # servers


async def file(session: AsyncSession, act: Act) -> bool:
    """Ask the moderators to look at the first thing of a list that is here."""
    thing = _reported(act)
    reason = (act.activity.reason or "").strip()[:REASON_LENGTH] or NO_WORDS
    complaint = Complaint(reason=reason, to_remote=False)
    operation = reports.report_post if thing.kind == "post" else reports.report_comment
    await operation(session, act.author, thing.id, complaint)
    if act.place is not None and act.place.local and act.via is None:
        inboxes = await _who_should_know(session, act, act.place, thing)
        act.outgoing += await wrapped_for(session, act, act.place, inboxes)
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


async def _who_should_know(session: AsyncSession, act: Act, place: Group, thing: Thing) -> Sequence[str]:
    """The inboxes of moderators elsewhere and of the author's home: who reports has told nobody but the community."""
    moderators = select(CommunityMember.user_id).where(
        CommunityMember.community_id == place.id, CommunityMember.is_moderator.is_(True)
    )
    homes = (
        select(User.ap_inbox_url)
        .distinct()
        .where(
            or_(User.id == thing.author_id, User.id.in_(moderators)),
            User.instance_id.not_in((LOCAL_INSTANCE, act.author.instance_id)),
            User.ap_inbox_url != "",
        )
        .limit(MOST_TOLD)
    )
    return [inbox for inbox in await session.scalars(homes) if inbox]


def _reported(act: Act) -> Thing:
    named = (act.activity.object_id, *act.activity.others)
    found = next((thing for one in named if (thing := act.known.thing(one)) is not None), None)
    if found is None:
        raise Ignored("not here", "What is reported is not here.")
    return found
