"""Add the indexes that the hot reads want on shared tables, while the site goes on.

Their names begin with `pieloop_ix_`; pyfedi neither needs nor minds them.

Revision ID: 0002
Revises: 0001
"""

from collections.abc import Mapping

from alembic import op
from sqlalchemy import Connection, text

revision = "0002"
down_revision = "0001"

INDEXES = {
    # Top of the year and of all time: pyfedi's own index begins with the date.
    "pieloop_ix_post_top": (
        "post ((up_votes - down_votes) DESC, posted_at DESC) WHERE deleted = false AND status > 0"
    ),
    # Hot within a community: pyfedi's own index has no rank, so all of a community's posts would be read and sorted.
    "pieloop_ix_post_community_hot": (
        "post (community_id, sticky DESC, ranking DESC, posted_at DESC) WHERE deleted = false AND status > 0"
    ),
    # Somebody's vote on a list of posts or comments.
    "pieloop_ix_post_vote_mine": "post_vote (user_id, post_id)",
    "pieloop_ix_post_reply_vote_mine": "post_reply_vote (user_id, post_reply_id)",
}

# Building waits for older transactions to end, and nobody waits for the building.
PATIENCE = 600  # seconds

IS_INVALID = text("SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")


def upgrade() -> None:
    """Build each index without blocking writers; one that an interrupted run left half built is built anew."""
    build_all(INDEXES)


def build_all(indexes: Mapping[str, str]) -> None:
    """Build indexes on tables of pyfedi, by their names, while others go on writing."""
    with op.get_context().autocommit_block():
        op.execute(f"SET lock_timeout = '{PATIENCE}s'")
        for name, definition in indexes.items():
            build(op.get_bind(), name, definition)


def build(connection: Connection, name: str, definition: str, *, schema: str = "public") -> None:
    """Build one index."""
    if connection.execute(IS_INVALID, {"name": f"{schema}.{name}"}).scalar():
        connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY {schema}.{name}")
    connection.exec_driver_sql(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {schema}.{definition}")
