"""Who wants to be told of what."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, delete, exists, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.moderation.rules import shorten
from service.storage.locking import lock_name
from service.storage.tables import NotificationSubscription


async def watch(session: AsyncSession, account_id: int, kind: int, entity_id: int, name: str = "") -> None:
    """Tell an account of news about something from now on. Idempotent.

    Parameters:
        kind: USER (their posts), COMMUNITY, TOPIC or FEED (posts in it), POST (comments on it), REPLY (answers to it).
        entity_id: the id of that.
        name: what it is called, for the account's list.
    """
    await lock_name(session, f"watch:{account_id}:{kind}:{entity_id}")
    if await session.scalar(select(exists().where(*_watching(account_id, kind, entity_id)))):
        return
    await watch_new(session, account_id, kind, entity_id, name)


async def watch_new(
    session: AsyncSession, account_id: int, kind: int, entity_id: int, name: str = ""
) -> None:
    """As `watch`, of what has just been made, which nobody can have watched before."""
    row = {"user_id": account_id, "type": kind, "entity_id": entity_id, "name": shorten(name, 256)}
    await session.execute(insert(NotificationSubscription).values(row))


async def unwatch(session: AsyncSession, account_id: int, kind: int, entity_id: int) -> None:
    """Tell an account no longer; nothing happens if it was not told."""
    await session.execute(delete(NotificationSubscription).where(*_watching(account_id, kind, entity_id)))


async def forget_watchers(session: AsyncSession, kind: int, entity_id: int) -> None:
    """Tell nobody any more of what is gone."""
    await session.execute(
        delete(NotificationSubscription).where(
            NotificationSubscription.type == kind, NotificationSubscription.entity_id == entity_id
        )
    )


async def watchers_of(session: AsyncSession, things: Sequence[tuple[int, int | None]]) -> set[int]:
    """Those who watch one of these things, each a kind and an id."""
    wanted = [
        and_(NotificationSubscription.type == kind, NotificationSubscription.entity_id == entity_id)
        for kind, entity_id in things
        if entity_id is not None
    ]
    if not wanted:
        return set()
    rows = await session.scalars(select(NotificationSubscription.user_id).where(or_(*wanted)))
    return {account_id for account_id in rows.all() if account_id is not None}


def _watching(account_id: int, kind: int, entity_id: int) -> list[ColumnElement[bool]]:
    return [
        NotificationSubscription.user_id == account_id,
        NotificationSubscription.type == kind,
        NotificationSubscription.entity_id == entity_id,
    ]
