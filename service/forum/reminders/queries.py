"""The reminders of a member."""

from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.viewer import Viewer
from service.forum.reminders.rules import STORED, WAITING_MAX
from service.forum.reminders.shapes import ReminderRow
from service.storage.tables import Comment, Post, Reminder

_OF_COMMENT = and_(Reminder.reminder_type == STORED["comment"], Comment.id == Reminder.reminder_destination)
_STATEMENT = (
    select(
        Reminder.id,
        Reminder.remind_at,
        Reminder.reminder_type,
        Reminder.reminder_destination,
        func.coalesce(Comment.post_id, Reminder.reminder_destination),
        func.coalesce(Post.title, ""),
    )
    .outerjoin(Comment, _OF_COMMENT)
    .join(Post, Post.id == func.coalesce(Comment.post_id, Reminder.reminder_destination))
    .where(Reminder.reminder_type.in_(STORED.values()), Reminder.remind_at.is_not(None))
)
_KINDS = {stored: kind for kind, stored in STORED.items()}


async def waiting(db: AsyncConnection, viewer: Viewer) -> list[ReminderRow]:
    """Return the reminders that a member waits for, the next one first."""
    statement = _STATEMENT.where(Reminder.user_id == viewer.id).order_by(Reminder.remind_at, Reminder.id)
    rows: Any = await db.execute(statement.limit(WAITING_MAX))
    return [
        ReminderRow(id_, at, _KINDS[kind], entity, post, title) for id_, at, kind, entity, post, title in rows
    ]
