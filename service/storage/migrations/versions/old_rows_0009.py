"""Fill what old rows of pyfedi leave NULL in posts and comments, and count again what was counted otherwise.

Every sort key, every flag that a list asks for, and where a comment stands. Bots' comments count as anybody's, and
a post counts the comments of only those of the same address that stand.

Revision ID: 0009
Revises: 0008
"""

from alembic import op
from sqlalchemy import TextClause, text

from service.storage.migrations.versions.hot_path_indexes_0002 import PATIENCE

revision = "0009"
down_revision = "0008"

BATCH = 5000  # rows in a transaction
# The index of the paths takes no longer ones.
LONGEST_PATH = 600

LONG_AGO = "timestamp '1970-01-01'"
# What stands for a NULL; in the terms of the row.
OF_BOTH = {
    "created_at": f"coalesce(posted_at, {LONG_AGO})",
    "posted_at": f"coalesce(created_at, {LONG_AGO})",
    "up_votes": "0",
    "down_votes": "0",
    "score": "coalesce(up_votes, 0) - coalesce(down_votes, 0)",
    "ranking": "0",
    "deleted": "false",
    "from_bot": "false",
    "nsfw": "false",
    "sticky": "false",
}
OF_POSTS = {
    "last_active": f"coalesce(posted_at, created_at, {LONG_AGO})",
    "ranking_scaled": "coalesce(ranking, 0)",
    "reply_count": "0",
    "status": "1",
    "instance_sticky": "false",
    "nsfl": "false",
    "ai_generated": "false",
    "comments_enabled": "true",
    "type": "2",
}
OF_COMMENTS = {
    "replies_enabled": "true",
    "child_count": (
        "(SELECT count(*) FROM post_reply below WHERE below.path @> ARRAY[post_reply.id]"
        " AND below.id <> post_reply.id AND below.deleted IS NOT TRUE)"
    ),
}

PLACES = text(f"""
    WITH lost AS (
        SELECT comment.id, coalesce(parent.path, ARRAY[0]) || comment.id AS path
        FROM post_reply comment LEFT JOIN post_reply parent ON parent.id = comment.parent_id
        WHERE comment.path IS NULL AND (parent.id IS NULL OR cardinality(parent.path) < {LONGEST_PATH})
        LIMIT {BATCH}
    )
    UPDATE post_reply SET path = lost.path, root_id = lost.path[2], depth = cardinality(lost.path) - 2
    FROM lost WHERE post_reply.id = lost.id
""")  # noqa: S608
LAST = "SELECT max(id) FROM {table}"
COMMENTS = text("""
    UPDATE post SET reply_count = counted.number FROM (
        SELECT post_id, count(*) AS number FROM post_reply
        WHERE deleted IS NOT TRUE AND post_id > :after AND post_id <= :last GROUP BY post_id HAVING bool_or(from_bot)
    ) counted
    WHERE post.id = counted.post_id AND reply_count IS DISTINCT FROM counted.number
""")
STORIES = text("""
    UPDATE post SET reply_count_cross_posted = counted.number FROM (
        SELECT id, coalesce(reply_count, 0) + (
            SELECT coalesce(sum(other.reply_count), 0) FROM post other
            WHERE other.id = ANY (post.cross_posts) AND other.deleted IS NOT TRUE
        ) AS number
        FROM post WHERE id > :after AND id <= :last
    ) counted
    WHERE post.id = counted.id AND reply_count_cross_posted IS DISTINCT FROM counted.number
""")


def upgrade() -> None:
    """Go through the tables in short transactions while the site goes on; a run that is cut off is done again."""
    with op.get_context().autocommit_block():
        op.execute(f"SET lock_timeout = '{PATIENCE}s'")
        connection = op.get_bind()
        while connection.execute(PLACES).rowcount:
            pass
        by_batches("post", _fill("post", OF_BOTH | OF_POSTS))
        by_batches("post_reply", _fill("post_reply", OF_BOTH | OF_COMMENTS))
        by_batches("post", COMMENTS)
        by_batches("post", STORIES)


def _fill(table: str, columns: dict[str, str]) -> TextClause:
    values = ", ".join(f"{name} = coalesce({table}.{name}, {value})" for name, value in columns.items())
    missing = " OR ".join(f"{name} IS NULL" for name in columns)
    return text(f"UPDATE {table} SET {values} WHERE id > :after AND id <= :last AND ({missing})")  # noqa: S608


def by_batches(table: str, step: TextClause) -> None:
    """Run a statement over a table, so many ids in each transaction."""
    connection = op.get_bind()
    end = connection.execute(text(LAST.format(table=table))).scalar() or 0
    for after in range(0, end, BATCH):
        connection.execute(step, {"after": after, "last": after + BATCH})
