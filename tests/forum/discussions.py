"""Large discussions, put into the database at once: wide, deep, and both."""

from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.storage.transaction import Database


class Discussion(StrEnum):
    """How the comments of a discussion hang together: the number of each one's parent, as SQL of its own number."""

    FLAT = "NULL::int"
    WIDE = "CASE WHEN n = 1 THEN NULL ELSE 1 END"
    DEEP = "NULLIF(n - 1, 0)"
    # Threads of a hundred: ten answers, and nine answers to nearly all of these.
    MIXED = (
        "CASE WHEN n % 100 = 1 THEN NULL"
        " WHEN n % 100 BETWEEN 2 AND 11 THEN n - n % 100 + 1 ELSE n - n % 10 - 10 END"
    )
    # A handful of threads: each comment has about three answers.
    BUSHY = "CASE WHEN n <= 5 THEN NULL ELSE n / 3 END"


_INSERT = """
INSERT INTO post_reply (id, user_id, post_id, community_id, instance_id, parent_id, body, body_html, body_html_safe,
    created_at, posted_at, up_votes, down_votes, score, ranking, ap_id, depth, root_id, path, child_count,
    from_bot, deleted, nsfw, replies_enabled)
SELECT :base + n, :user_id, :post_id, :community_id, 1, :base + ({parents}), 'number ' || n,
    '<p>number ' || n || '</p>', true, at, at, 1, 0, 1, 1, 'https://pie.example/comment/' || (:base + n), 0, 0, '{{}}',
    0, false, false, false, true
FROM generate_series(1, :number) n, LATERAL (SELECT timestamp '2026-01-01' + n * interval '1 second' AS at) moment
"""
# The index of the paths takes no longer ones: deeper comments are as old rows without a path.
_PLACE = """
WITH RECURSIVE place(id, path) AS (
    SELECT id, ARRAY[0, id] FROM post_reply WHERE post_id = :post_id AND parent_id IS NULL
    UNION ALL SELECT c.id, p.path || c.id FROM post_reply c JOIN place p ON c.parent_id = p.id),
below(id, number) AS (
    SELECT above, count(*) - 1 FROM place, unnest(path) above GROUP BY above)
UPDATE post_reply c SET path = CASE WHEN cardinality(p.path) < 600 THEN p.path END, root_id = p.path[2],
    depth = cardinality(p.path) - 2, child_count = b.number
FROM place p JOIN below b USING (id) WHERE c.id = p.id
"""
_COUNT = """
UPDATE post SET reply_count = (SELECT count(*) FROM post_reply WHERE post_id = :post_id) WHERE id = :post_id
"""


async def discuss(
    database: Database,
    author_id: int,
    community_id: int,
    post_id: int,
    kind: Discussion,
    number: int = 10_000,
) -> list[int]:
    """Put so many comments below a post, and return their ids in the order in which they were written."""

    async def write(session: AsyncSession) -> list[int]:
        await session.execute(text("SET LOCAL statement_timeout = 0"))  # a busy machine takes long
        base = await session.scalar(text("SELECT coalesce(max(id), 0) FROM post_reply"))
        values = {
            "base": base,
            "user_id": author_id,
            "post_id": post_id,
            "community_id": community_id,
            "number": number,
        }
        await session.execute(text(_INSERT.format(parents=kind.value)), values)
        await session.execute(text(_PLACE), {"post_id": post_id})
        await session.execute(text(_COUNT), {"post_id": post_id})
        await session.execute(text("SELECT setval('post_reply_id_seq', :last)"), {"last": base + number})
        await session.execute(text("ANALYZE post_reply"))
        return [base + at for at in range(1, number + 1)]

    return await database.write(write)
