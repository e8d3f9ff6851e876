"""Asking to be reminded, thinking better of it, and being reminded."""

from datetime import datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.viewer import Viewer
from service.forum.comments.queries import comment_by_id
from service.forum.errors import Conflict, NotFound
from service.forum.notifications.rules import REMINDED, REMINDER
from service.forum.notifications.shapes import News
from service.forum.notifications.telling import tell
from service.forum.posts.queries import post_by_id
from service.forum.reminders.rules import STORED, WAITING_MAX, Kind, check_time
from service.language import _
from service.storage.clock import utcnow
from service.storage.tables import Comment, Post, Reminder

BATCH = 100  # reminders in a transaction


async def set_reminder(
    session: AsyncSession, viewer: Viewer, kind: Kind, entity_id: int, at: datetime
) -> int:
    """Remind a member of a post or a comment at some time; return the reminder's id.

    Asking again for the same thing moves the reminder.

    Parameters:
        at: naive UTC.

    Raises:
        Invalid: the time has passed or is too far away.
        NotFound, Gone: there is no such post or comment for the member.
        Conflict: they wait for enough already.
    """
    check_time(at, utcnow())
    db = await session.connection()
    await (post_by_id if kind == "post" else comment_by_id)(db, viewer, entity_id)
    mine = select(Reminder).where(Reminder.user_id == viewer.id)
    same = mine.where(Reminder.reminder_type == STORED[kind], Reminder.reminder_destination == entity_id)
    reminder = await session.scalar(same.order_by(Reminder.id).limit(1).with_for_update())
    if reminder is None:
        number = await session.scalar(select(func.count()).select_from(mine.subquery())) or 0
        if number >= WAITING_MAX:
            raise Conflict(_("You have too many reminders. Delete one first."))
        reminder = Reminder(user_id=viewer.id, reminder_type=STORED[kind], reminder_destination=entity_id)
        session.add(reminder)
    reminder.remind_at = at
    await session.flush()
    return reminder.id


async def forget(session: AsyncSession, viewer: Viewer, reminder_id: int) -> None:
    """Take a reminder back. NotFound if the member has no such one."""
    mine = delete(Reminder).where(Reminder.id == reminder_id, Reminder.user_id == viewer.id)
    if not await session.scalar(mine.returning(Reminder.id)):
        raise NotFound(_("This reminder doesn't exist."))


async def remind(session: AsyncSession) -> int:
    """Tell members what is due, some at a time; return how many reminders were worked off.

    Of what is gone by then, or may not be read any more, nobody is told.
    """
    due = select(Reminder).where(or_(Reminder.remind_at <= utcnow(), Reminder.remind_at.is_(None)))
    due = due.order_by(Reminder.remind_at, Reminder.id).limit(BATCH).with_for_update(skip_locked=True)
    found = (await session.scalars(due)).all()
    for reminder in found:
        news = await _news(session, reminder)
        if news is not None and reminder.user_id is not None:
            await tell(session, [reminder.user_id], news)
        await session.delete(reminder)
    await session.flush()
    return len(found)


async def _news(session: AsyncSession, reminder: Reminder) -> News | None:
    """In PieFed's words; it is the member's own doing."""
    about = reminder.reminder_destination
    statement = select(Post.id, Post.title).where(Post.deleted.is_not(True))
    if reminder.reminder_type == STORED["post"]:
        row = (await session.execute(statement.where(Post.id == about))).one_or_none()
        place = "" if row is None else f"/post/{row.id}"
        title, targets = "Reminder: {}", {"post_id": about}
    elif reminder.reminder_type == STORED["comment"]:
        below = statement.join(Comment, Comment.post_id == Post.id)
        found = below.where(Comment.id == about, Comment.deleted.is_not(True))
        row = (await session.execute(found)).one_or_none()
        place = "" if row is None else f"/post/{row.id}/comment/{about}"
        title, targets = "Reminder: comment on {}", {"comment_id": about}
    else:
        return None
    if row is None:
        return None
    return News(
        kind=REMINDER,
        subtype=REMINDED,
        title=title.format(row.title),
        url=place,
        author_id=reminder.user_id,
        targets=targets | {"post_id": row.id},
    )
