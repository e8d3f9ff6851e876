"""Who wants to be told of what."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    DateTime,
    Integer,
    String,
    and_,
    bindparam,
    delete,
    exists,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.moderation.rules import shorten
from service.storage.clock import utcnow
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


# May end a statement, or be a part of one; `watched` has its parameters.
WATCHING = """
    INSERT INTO notification_subscription (user_id, type, entity_id, name, created_at)
    SELECT :watcher_id, :watched_kind, :watched_id, :watched_name, :watched_at WHERE :watches
"""
WATCHED: tuple[BindParameter[Any], ...] = (
    *(bindparam(name, type_=Integer) for name in ("watcher_id", "watched_kind", "watched_id")),
    bindparam("watched_name", type_=String),
    bindparam("watched_at", type_=DateTime),
    bindparam("watches", type_=Boolean),
)
_WATCH = text(WATCHING).bindparams(*WATCHED)


async def watch_new(
    session: AsyncSession, account_id: int, kind: int, entity_id: int, name: str = ""
) -> None:
    """As `watch`, of what has just been made, which nobody can have watched before."""
    await session.execute(_WATCH, watched(account_id, kind, entity_id, name))


def watched(
    account_id: int, kind: int, entity_id: int, name: str = "", *, wanted: bool = True
) -> dict[str, Any]:
    """Return the parameters of WATCHING; see `watch`.

    Parameters:
        wanted: whether it is to be watched at all.
    """
    return {
        "watcher_id": account_id,
        "watched_kind": kind,
        "watched_id": entity_id,
        "watched_name": shorten(name, 256),
        "watched_at": utcnow(),
        "watches": wanted,
    }


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
