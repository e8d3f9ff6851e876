"""Rows of the outbox: recorded without anything else around them, and watched."""

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.events import PreviewRequested
from service.storage import outbox
from service.storage.transaction import Database

NO_POST = 1_999_999_999


async def recorded(database: Database, post_id: int = NO_POST) -> int:
    """Record that a preview is wanted; return the row's id. A post that is not there needs none: its row just goes."""

    async def record(session: AsyncSession) -> int:
        await outbox.record(session, PreviewRequested(post_id=post_id))
        await session.flush()
        newest: int = (await session.execute(text("SELECT max(id) FROM pieloop.outbox"))).scalar_one()
        return newest

    return await database.write(record)


async def waiting(database: Database) -> int:
    """Count the rows that are for jobs; what other servers are to hear of is a drain's."""
    async with database.read() as db:
        statement = text("SELECT count(*) FROM pieloop.outbox WHERE topic <> :topic")
        found: int = (await db.execute(statement, {"topic": outbox.FEDERATION})).scalar_one()
    return found


async def worked_off(database: Database, within: float = 60) -> None:
    """Wait until the outbox is empty."""
    async with asyncio.timeout(within):
        while await waiting(database):
            await asyncio.sleep(0.02)
