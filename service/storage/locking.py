"""Locks on what has no row of its own: whoever decides about it decides alone until the transaction ends."""

from typing import Any

from sqlalchemy import ColumnElement, String, bindparam, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession


def locking(key: ColumnElement[str]) -> ColumnElement[Any]:
    """SQL: as `lock_name`, in a statement that asks for something else as well.

    What that statement reads may be older than the lock; what the next one reads is not.

    Parameters:
        key: what `key_of` returns.
    """
    return func.pg_advisory_xact_lock(func.hashtextextended(key, literal_column("0")))


def key_of(name: str) -> str:
    """Return by what a thing is locked that is called so."""
    return f"pieloop:{name}"


_LOCK = select(locking(bindparam("lock_key", type_=String)))


async def lock_name(session: AsyncSession, *names: str) -> None:
    """Let nobody else decide about the same things until this transaction ends; waits for whoever does.

    Parameters:
        names: what they are called, as `name:cats`. They are locked in one order, so that two who want the same never
            wait in a ring.
    """
    for name in sorted(names):
        await session.execute(_LOCK, {"lock_key": key_of(name)})
