"""The counters that follow reports."""

from typing import Any

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.reports import rules
from service.storage.tables import Comment, Post, Report, User


async def count_open(session: AsyncSession, report: Report, change: int) -> None:
    """Keep the numbers of open reports on what was reported and on its author."""
    counted: tuple[tuple[Any, int | None], ...] = (
        (Comment, report.suspect_post_reply_id),
        (Post, report.suspect_post_id if report.type == rules.POST else None),
        (User, report.suspect_user_id),
    )
    for table, row_id in counted:
        if row_id is not None:
            await session.execute(
                update(table)
                .where(table.id == row_id, table.reports.is_distinct_from(rules.IGNORES_REPORTS))
                .values(reports=func.greatest(func.coalesce(table.reports, 0) + change, 0))
            )
