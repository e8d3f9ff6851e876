"""An account's end by its owner's wish: it comes after a time in which they can change their mind."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.operations.sanctions import (
    check_may_be_deleted,
    delete_account,
    may_be_deleted,
)
from service.forum.accounts.queries.authors import author_of
from service.forum.accounts.viewer import Viewer
from service.forum.events import EmailRequested
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import Departure

WAITING = timedelta(days=7)
AT_ONCE = 20  # accounts that one step deletes


async def ask_to_leave(session: AsyncSession, viewer: Viewer, *, removes_content: bool) -> datetime:
    """Let the viewer's account be deleted after the waiting time; asking again begins it anew.

    Parameters:
        removes_content: all that they wrote goes, too.

    Returns:
        When it is deleted; naive UTC.

    Raises:
        Forbidden: it is the only administrator's.
    """
    await check_may_be_deleted(session, viewer.id)
    now = utcnow()
    values = {"asked_at": now, "due_at": now + WAITING, "removes_content": removes_content}
    wanted = insert(Departure).values(user_id=viewer.id, **values)
    await session.execute(wanted.on_conflict_do_update(index_elements=["user_id"], set_=values))
    day = f"{now + WAITING:%-d %B %Y}"
    await record(session, EmailRequested(occasion="leaving", account_id=viewer.id, reason=day))
    return now + WAITING


async def stay(session: AsyncSession, viewer: Viewer) -> None:
    """Let the viewer's account be; nothing happens if it was not to be deleted."""
    await session.execute(delete(Departure).where(Departure.user_id == viewer.id))


async def delete_departed(session: AsyncSession) -> int:
    """Delete some of the accounts whose waiting time is over; return how many it dealt with."""
    due = (
        delete(Departure)
        .where(
            Departure.user_id.in_(
                select(Departure.user_id)
                .where(Departure.due_at <= utcnow())
                .order_by(Departure.due_at)
                .limit(AT_ONCE)
                .with_for_update(skip_locked=True)
            )
        )
        .returning(Departure.user_id, Departure.removes_content)
    )
    rows = (await session.execute(due)).all()
    for account_id, removes_content in rows:
        author = await author_of(await session.connection(), account_id)
        if author is not None and await may_be_deleted(session, account_id):
            await delete_account(session, author, account_id, removes_content=removes_content)
    return len(rows)
