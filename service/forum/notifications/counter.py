"""The count of unread notifications on an account."""

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.notifications.relevance import is_relevant
from service.storage.tables import Notification, User


async def lock_counter(session: AsyncSession, account_id: int) -> None:
    """Lock the account's row, so that whoever tells it something meanwhile adds to the new count."""
    await session.execute(select(User.id).where(User.id == account_id).with_for_update(key_share=True))


async def recount(session: AsyncSession, account_id: int) -> None:
    """Count anew what an account has not read of what stands; its row is locked already."""
    unread = (
        select(func.count())
        .where(Notification.user_id == account_id, Notification.read.is_(False), is_relevant())
        .scalar_subquery()
    )
    await session.execute(
        update(User)
        .where(User.id == account_id)
        .values(unread_notifications=unread)
        .execution_options(synchronize_session=False)
    )
