"""What was told becomes read, unread or settled, and the counters follow."""

from sqlalchemy import ColumnElement, String, and_, cast, delete, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id
from service.forum.errors import NotFound
from service.forum.notifications.counter import lock_counter, recount
from service.forum.notifications.relevance import target
from service.forum.notifications.rules import HANDED_UP, MESSAGE, REGISTRATION, REPORT
from service.storage.tables import Notification, Post


async def mark(session: AsyncSession, viewer: Viewer, notification_id: int, *, read: bool) -> None:
    """Mark one of the viewer's notifications as read or unread; NotFound if it is not theirs."""
    if not is_id(notification_id):
        raise NotFound
    await lock_counter(session, viewer.id)
    marked = await session.execute(
        update(Notification)
        .where(Notification.id == notification_id, Notification.user_id == viewer.id)
        .values(read=read)
        .returning(Notification.id)
    )
    if marked.first() is None:
        raise NotFound
    await recount(session, viewer.id)


async def mark_all_read(session: AsyncSession, viewer: Viewer) -> None:
    """Mark all of the viewer's notifications as read; what arrives meanwhile stays unread and counted."""
    await _mark_read(session, viewer.id, Notification.user_id == viewer.id)


async def mark_comment_read(
    session: AsyncSession, account_id: int, comment_id: int, *, read: bool = True
) -> None:
    """Mark what an account was told about a comment as read or unread."""
    await _mark_read(session, account_id, target("comment_id") == comment_id, read=read)


async def mark_message_read(session: AsyncSession, account_id: int, message_id: int, *, read: bool) -> None:
    """Mark what an account was told of a private message as read or unread."""
    await _mark_read(session, account_id, _about_message("message_id", message_id), read=read)


async def mark_conversation_read(session: AsyncSession, account_id: int, conversation_id: int) -> None:
    """Mark what an account was told of a whole conversation as read."""
    await _mark_read(session, account_id, _about_message("conversation_id", conversation_id))


async def settle_report(session: AsyncSession, report_id: int) -> None:
    """Mark what moderators were told about a report as read: it has been dealt with."""
    about_reports = Notification.notif_type.in_((REPORT, HANDED_UP))
    await _settle(session, and_(about_reports, target("report_id") == report_id))


async def settle_registration(session: AsyncSession, account_id: int) -> None:
    """Mark what the administrators were told about an application as read: it has been decided on."""
    await _settle(
        session, and_(Notification.notif_type == REGISTRATION, Notification.author_id == account_id)
    )


async def recount_unread_of_post(session: AsyncSession, post_id: int) -> set[int]:
    """Count anew for all who have not read what they were told of a post whose text or comments went or came.

    Returns:
        Their ids.
    """
    return await _recount(session, _post().in_([str(post_id)]))


async def recount_unread_of_community(session: AsyncSession, community_id: int) -> set[int]:
    """Count anew for all who have not read what they were told of a community's posts; return their ids."""
    posts = select(cast(Post.id, String)).where(Post.community_id == community_id)
    return await _recount(session, _post().in_(posts))


async def recount_for(session: AsyncSession, account_id: int) -> None:
    """Count anew what one account has not read: it wants to see more or less from now on."""
    await lock_counter(session, account_id)
    await recount(session, account_id)


async def _recount(session: AsyncSession, about: ColumnElement[bool]) -> set[int]:
    """Count anew for all who were told, in the order of ids, so that two at once never wait in a ring."""
    unread = select(Notification.user_id).where(Notification.read.is_(False), about).distinct()
    account_ids = sorted(id_ for id_ in await session.scalars(unread) if id_ is not None)
    for account_id in account_ids:
        await recount_for(session, account_id)
    return set(account_ids)


def _post() -> ColumnElement[str]:
    """SQL: the id of the post among the targets, as a text: so the index has it."""
    found: ColumnElement[str] = Notification.targets.op("->>")(literal_column("'post_id'"))
    return found


async def forget_author(session: AsyncSession, account_id: int) -> None:
    """Delete all that was told because of an account, and all it was told; before its row goes away."""
    await settle_registration(session, account_id)
    await session.execute(
        delete(Notification).where(
            or_(Notification.author_id == account_id, Notification.user_id == account_id)
        )
    )


async def _settle(session: AsyncSession, about: ColumnElement[bool]) -> None:
    """Mark it as read for all who were told, in the order of ids, so that two at once never wait in a ring."""
    told = await session.scalars(select(Notification.user_id).where(about).distinct())
    for account_id in sorted(id_ for id_ in told.all() if id_ is not None):
        await _mark_read(session, account_id, about)


async def _mark_read(
    session: AsyncSession, account_id: int, which: ColumnElement[bool], *, read: bool = True
) -> None:
    await lock_counter(session, account_id)
    await session.execute(
        update(Notification)
        .where(Notification.user_id == account_id, which, Notification.read.is_not(read))
        .values(read=read)
        .execution_options(synchronize_session=False)
    )
    await recount(session, account_id)


def _about_message(kind_of_id: str, entity_id: int) -> ColumnElement[bool]:
    return and_(Notification.notif_type == MESSAGE, target(kind_of_id) == entity_id)
