"""What those are told who run the site or a community: an application, a report."""

from typing import Any
from urllib.parse import quote

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.columns import is_administrator
from service.forum.communities.roles import moderates
from service.forum.moderation.rules import shorten
from service.forum.notifications import words
from service.forum.notifications.rules import (
    APPLIED,
    HANDED_UP,
    REGISTRATION,
    REPORT,
    REPORT_HANDED_UP,
    REPORTED,
    SUSPICIOUS_LINK,
    TITLE_LENGTH,
    TOPIC_SUGGESTED,
    UNKNOWN,
)
from service.forum.notifications.shapes import News
from service.forum.notifications.telling import tell
from service.forum.reports.rules import is_grave
from service.storage.tables import CommunityMember, Domain, Post, Registration, Report, User


async def about_application(session: AsyncSession, application_id: int) -> set[int]:
    """Tell the administrators that somebody applied for an account; return who was told."""
    row = (
        await session.execute(select(Registration.user_id).where(Registration.id == application_id))
    ).one_or_none()
    if row is None:
        return set()
    administrators = await session.scalars(_administrators())
    news = News(
        kind=REGISTRATION,
        subtype=APPLIED,
        title=words.NEW_REGISTRATION,
        url=f"/admin/approve_registrations?account={row.user_id}",
        author_id=row.user_id,
        targets={"application_id": application_id, "user_id": row.user_id},
    )
    return await tell(session, administrators.all(), news)


async def about_report(session: AsyncSession, report_id: int) -> set[int]:
    """Tell of a report those who are to deal with it: the community's moderators.

    The administrators hear of what is grave, and of what nobody else deals with.

    Returns:
        The ids of those who were told.
    """
    report = await session.get(Report, report_id)
    if report is None or report.reporter_id is None or report.type not in REPORTED:
        return set()
    told = set(await session.scalars(_moderators(report.in_community_id)))
    if not told or is_grave(report.reasons, report.description):
        told |= set(await session.scalars(_administrators()))
    news = News(
        kind=REPORT,
        subtype=REPORTED[report.type],
        title=words.NEW_REPORT,
        url="/reports",
        author_id=report.reporter_id,
        targets=_targets(report),
    )
    return await tell(session, sorted(told), news)


async def about_report_handed_up(session: AsyncSession, report_id: int, by_id: int) -> set[int]:
    """Tell the administrators that a moderator wants them to deal with a report; return who was told."""
    report = await session.get(Report, report_id)
    if report is None:
        return set()
    news = News(
        kind=HANDED_UP,
        subtype=REPORT_HANDED_UP,
        title=words.ESCALATED,
        url="/reports?show=handed-up",
        author_id=by_id,
        targets=_targets(report),
    )
    return await tell(session, sorted(set(await session.scalars(_administrators()))), news)


async def about_suggestion(session: AsyncSession, by_id: int, name: str, communities: str) -> set[int]:
    """Tell the administrators of a topic that a member misses; the link opens the form with it."""
    named = shorten(f"Suggested topic: {name} ({' '.join(communities.split())})", TITLE_LENGTH)
    news = News(
        kind=UNKNOWN,
        subtype=TOPIC_SUGGESTED,
        title=named,
        url=f"/admin/topic/add?name={quote(name, safe='')}",
        author_id=by_id,
        targets={"author_id": by_id, "communities": communities},
    )
    return await tell(session, sorted(set(await session.scalars(_administrators()))), news)


async def about_link(session: AsyncSession, post_id: int) -> set[int]:
    """Tell moderators and administrators of a post that leads to a website of which they want to know.

    Returns:
        The ids of those who were told.
    """
    wanted = (
        select(Post.id, Post.title, Post.user_id, Post.community_id, Domain.notify_mods, Domain.notify_admins)
        .join(Domain, Domain.id == Post.domain_id)
        .where(Post.id == post_id, or_(Domain.notify_mods.is_(True), Domain.notify_admins.is_(True)))
    )
    row = (await session.execute(wanted)).one_or_none()
    if row is None:
        return set()
    told = set(await session.scalars(_moderators(row.community_id))) if row.notify_mods else set()
    if row.notify_admins:
        told |= set(await session.scalars(_administrators()))
    news = News(
        kind=REPORT,
        subtype=SUSPICIOUS_LINK,
        title=words.SUSPICIOUS,
        url=f"/post/{post_id}",
        author_id=row.user_id,
        targets={"post_id": post_id, "orig_post_title": row.title or ""},
    )
    return await tell(session, sorted(told), news)


def _targets(report: Report) -> dict[str, Any]:
    return {
        "report_id": report.id,
        "post_id": report.suspect_post_id,
        "comment_id": report.suspect_post_reply_id,
        "community_id": report.in_community_id,
        "conversation_id": report.suspect_conversation_id,
    }


def _moderators(community_id: int | None) -> Select[int]:
    return select(CommunityMember.user_id).where(
        CommunityMember.community_id == community_id,
        moderates(),
    )


def _administrators() -> Select[int]:
    return select(User.id).where(is_administrator(), User.is_local, User.deleted.is_not(True))
