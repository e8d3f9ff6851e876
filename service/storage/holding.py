"""Holding what has no row of its own: whoever decides about it decides alone until the transaction ends."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession


async def hold(session: AsyncSession, *things: str) -> None:
    """Let nobody else decide about the same things until this transaction ends; waits for whoever does.

    Parameters:
        things: names, as `name:cats`. They are taken in one order, so that two who want the same never wait in a ring.
    """
    for thing in sorted(things):
        key = func.hashtextextended(f"pieloop:{thing}", 0)
        await session.execute(select(func.pg_advisory_xact_lock(key)))
