"""On which day of the month a post is repeated: the columns that PieFed has say only when it is published next.

A post of the 31st is published on the last day of shorter months, and on the 31st again.
"""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.posts.choices import Repeat
from service.forum.posts.schedule import SHORTEST_MONTH, Schedule
from service.storage.tables import MonthlyDay


async def keep_day(session: AsyncSession, post_id: int, schedule: Schedule | None) -> None:
    """Keep the day of a schedule, where not all months have it."""
    await session.execute(delete(MonthlyDay).where(MonthlyDay.post_id == post_id))
    if schedule and schedule.repeat is Repeat.MONTHLY and schedule.at.day > SHORTEST_MONTH:
        session.add(MonthlyDay(post_id=post_id, day=schedule.at.day))


async def day_of(session: AsyncSession, post_id: int) -> int | None:
    """Return the day on which a post is repeated; None for that of the time when it is published next."""
    day: int | None = await session.scalar(select(MonthlyDay.day).where(MonthlyDay.post_id == post_id))
    return day
