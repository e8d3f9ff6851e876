"""Texts that were there before their words were kept: read batch by batch, the newest first, while the site goes on.

Where reading has come to stands in the database, so that it goes on there whoever was stopped.
"""

from sqlalchemy import TextClause, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.storage.tables import WordsBacklog

BATCH = 250  # texts in a transaction

# As the triggers of the migration 0006 note them; whoever changes a text meanwhile has noted it already.
_READ = """
    WITH batch AS (
        SELECT id, {written} AS written FROM public.{table} WHERE id < :below ORDER BY id DESC LIMIT :most
    ), noted AS (
        INSERT INTO pieloop.{ours} SELECT id, pieloop.words(written) FROM batch ON CONFLICT DO NOTHING
    )
    SELECT min(id) AS reached, count(*) AS number FROM batch
"""
_READING: dict[str, TextClause] = {
    "post": text(
        _READ.format(
            table="post", ours="post_words", written="coalesce(title, '') || ' ' || coalesce(body, '')"
        )
    ),
    "post_reply": text(_READ.format(table="post_reply", ours="comment_words", written="coalesce(body, '')")),
}


async def unread(db: AsyncConnection) -> int:
    """Return how many texts are still to be read, at most: they are told by their ids, which have gaps."""
    return await db.scalar(select(func.coalesce(func.sum(WordsBacklog.below - 1), 0))) or 0


async def read_some(session: AsyncSession) -> int:
    """Read the next texts, and return how many; 0 when nothing is left, or somebody else is reading."""
    next_one = select(WordsBacklog.source, WordsBacklog.below).order_by(WordsBacklog.source).limit(1)
    while waiting := (await session.execute(next_one.with_for_update(skip_locked=True))).first():
        source, below = waiting
        batch = (await session.execute(_READING[source], {"below": below, "most": BATCH})).one()
        this = WordsBacklog.source == source
        if batch.number:
            await session.execute(update(WordsBacklog).where(this).values(below=batch.reached))
            return int(batch.number)
        await session.execute(delete(WordsBacklog).where(this))
    return 0
