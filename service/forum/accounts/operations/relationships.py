"""What one person is to another: noted, watched, followed."""

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import notifications
from service.forum.accounts import rules
from service.forum.accounts.operations.rows import person_row
from service.forum.accounts.viewer import Viewer
from service.forum.errors import Forbidden, Invalid, NotFound
from service.forum.events import PersonFollowed
from service.storage.clock import utcnow
from service.storage.locking import lock_name
from service.storage.outbox import record
from service.storage.tables import User, UserBlock, UserFollower, UserFollowRequest, UserNote


async def set_note(session: AsyncSession, viewer: Viewer, account_id: int, text: str | None) -> None:
    """Write down something about a person that only the viewer sees; an empty text or None forgets it.

    Raises:
        NotFound: there is no such person.
        Invalid: the text is too long.
    """
    note = (text or "").strip()
    rules.refuse({"note": rules.too_long(note, rules.NOTE_LENGTH)})
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
        raise Invalid({"person_id": "You cannot watch your own posts."})
    person = await person_row(session, viewer, account_id)
    if not watched:
        await notifications.unwatch(session, viewer.id, notifications.USER, account_id)
        return
    await notifications.watch(
        session, viewer.id, notifications.USER, account_id, person.title or person.user_name or ""
    )


async def follow(session: AsyncSession, viewer: Viewer, account_id: int) -> bool:
    """Follow a person. Idempotent.

    Returns:
        Whether it holds at once: others wait for the person's own consent, or for that of their server.

    Raises:
        Invalid: it is the viewer.
        NotFound: there is no such person.
        Forbidden: they blocked the viewer.
    """
    if account_id == viewer.id:
        raise Invalid({"user_id": "You cannot follow yourself."})
    person = await person_row(session, viewer, account_id)
    if person.deleted or person.banned:
        raise NotFound
    blocked = exists().where(UserBlock.blocker_id == account_id, UserBlock.blocked_id == viewer.id)
    if await session.scalar(select(blocked)):
        raise Forbidden("This person does not want you to follow them.", code="blocked")
    accepted = person.ap_id is None and not person.ap_manually_approves_followers
    made = await session.execute(
        insert(UserFollower)
        .values(
            local_user_id=viewer.id,
            remote_user_id=account_id,
            is_accepted=accepted,
            is_inward=False,
            created_at=utcnow(),
        )
        .on_conflict_do_nothing()
        .returning(UserFollower.is_accepted)
    )
    if made.first() is None:
        return bool(
            await session.scalar(select(UserFollower.is_accepted).where(*_following(viewer, account_id)))
        )
    request = None if accepted else UserFollowRequest(user_id=viewer.id, follow_id=account_id)
    if request is not None:
        session.add(request)
        await session.flush()
    event = PersonFollowed(
        account_id=viewer.id,
        followed_id=account_id,
        followed=True,
        request_id=None if request is None else request.id,
    )
    await record(session, event, federate=viewer.local)
    return accepted


async def unfollow(session: AsyncSession, viewer: Viewer, account_id: int) -> None:
    """Follow a person no longer; nothing happens if the viewer did not. NotFound if there is no such person."""
    if not rules.is_id(account_id) or not await session.scalar(select(exists().where(User.id == account_id))):
        raise NotFound
    await session.execute(
        delete(UserFollowRequest).where(
            UserFollowRequest.user_id == viewer.id, UserFollowRequest.follow_id == account_id
        )
    )
    gone = await session.execute(
        delete(UserFollower).where(*_following(viewer, account_id)).returning(UserFollower.local_user_id)
    )
    if gone.first() is not None:
        event = PersonFollowed(account_id=viewer.id, followed_id=account_id, followed=False)
        await record(session, event, federate=viewer.local)


def _following(viewer: Viewer, account_id: int) -> list[ColumnElement[bool]]:
    return [UserFollower.local_user_id == viewer.id, UserFollower.remote_user_id == account_id]
