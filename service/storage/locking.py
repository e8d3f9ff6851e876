"""Locks on what has no row of its own: whoever decides about it decides alone until the transaction ends."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession


async def lock_name(session: AsyncSession, *names: str) -> None:
    """Let nobody else decide about the same things until this transaction ends; waits for whoever does.

    Parameters:
        names: what they are called, as `name:cats`. They are locked in one order, so that two who want the same never
            wait in a ring.
    """
    for name in sorted(names):
        key = func.hashtextextended(f"pieloop:{name}", 0)
        await session.execute(select(func.pg_advisory_xact_lock(key)))
