"""How long the log is kept: who is further behind than that goes on from the oldest row left, which is counted."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.storage.clock import utcnow

AT_ONCE = 2000

OLD = text("""
    SELECT max(id) FROM (
        SELECT id FROM pieloop.sent_activity WHERE created_at < :before ORDER BY id LIMIT :most
    ) old
""")
SKIP = text("""
    WITH mine AS (
        SELECT DISTINCT person.instance_id, member.community_id
        FROM pieloop.peer
        JOIN public."user" person ON person.instance_id = peer.instance_id
        JOIN public.community_member member ON member.user_id = person.id
        WHERE peer.cursor < :upto AND peer.state <> 'gone'
    ), missed AS (
        SELECT peer.instance_id, count(*) AS rows
        FROM pieloop.peer JOIN pieloop.sent_activity sent ON sent.id > peer.cursor AND sent.id <= :upto
        WHERE peer.state <> 'gone' AND NOT sent.id = ANY(peer.done_above) AND (
            sent.to_everybody
            OR EXISTS (
                SELECT FROM mine
                WHERE mine.instance_id = peer.instance_id AND mine.community_id = sent.community_id
            )
            OR EXISTS (
                SELECT FROM pieloop.addressed
                WHERE addressed.activity_id = sent.id AND addressed.instance_id = peer.instance_id
            )
        )
        GROUP BY peer.instance_id
    )
    UPDATE pieloop.peer SET skipped = skipped + missed.rows FROM missed
    WHERE missed.instance_id = peer.instance_id
""")
FORGET = (
    text("DELETE FROM pieloop.addressed WHERE activity_id <= :upto"),
    text("DELETE FROM pieloop.undelivered WHERE activity_id <= :upto"),
    text("DELETE FROM pieloop.sent_activity WHERE id <= :upto"),
)


async def forget_sent(session: AsyncSession, days: int) -> int:
    """Delete some of what was appended longer ago; return how many rows, 0 when nothing is left.

    Parameters:
        session: of a write.
        days: how long an activity is kept.
    """
    before = utcnow() - timedelta(days=days)
    upto = (await session.execute(OLD, {"before": before, "most": AT_ONCE})).scalar_one()
    if upto is None:
        return 0
    await session.execute(SKIP, {"upto": upto})
    for statement in FORGET:
        done = await session.execute(statement, {"upto": upto})
    count: int = done.rowcount  # type: ignore[attr-defined]
    return count
