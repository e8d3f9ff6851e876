"""What one person is to another: noted, watched."""

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import notifications
from service.forum.accounts import rules
from service.forum.accounts.operations.rows import person_row
from service.forum.accounts.viewer import Viewer
from service.forum.checks import refuse, too_long
from service.forum.errors import Invalid
from service.language import _
from service.storage.locking import lock_name
from service.storage.tables import UserNote


async def set_note(session: AsyncSession, viewer: Viewer, account_id: int, text: str | None) -> None:
    """Write down something about a person that only the viewer sees; an empty text or None forgets it.

    Raises:
        NotFound: there is no such person.
        Invalid: the text is too long.
    """
    note = (text or "").strip()
    refuse({"note": too_long(note, rules.NOTE_LENGTH)})
    await person_row(session, viewer, account_id)
    await lock_name(session, f"note:{viewer.id}:{account_id}")
    await session.execute(
        delete(UserNote).where(UserNote.user_id == viewer.id, UserNote.target_id == account_id)
    )
    if note:
        session.add(UserNote(user_id=viewer.id, target_id=account_id, body=note))


async def set_watched(session: AsyncSession, viewer: Viewer, account_id: int, *, watched: bool) -> None:
    """Tell the viewer of a person's posts from now on, or no longer. Idempotent. NotFound, Invalid."""
    if account_id == viewer.id:
        raise Invalid({"person_id": _("You can't turn on notifications for your own posts.")})
    person = await person_row(session, viewer, account_id)
    if not watched:
        await notifications.unwatch(session, viewer.id, notifications.USER, account_id)
        return
    await notifications.watch(
        session, viewer.id, notifications.USER, account_id, person.title or person.user_name or ""
    )
