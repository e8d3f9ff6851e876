"""Keep what was taken down with a blocked server, so that exactly this can come back.

Revision ID: 0025
Revises: 0024
"""

from alembic import op

revision = "0025"
down_revision = "0024"

STATEMENTS = (
    """
    CREATE TABLE pieloop.withdrawal (
        host VARCHAR(256) NOT NULL,
        by_id INTEGER NOT NULL,
        reason VARCHAR(256) NOT NULL,
        removed BOOLEAN NOT NULL,
        PRIMARY KEY (host)
    )
    """,
    """
    CREATE TABLE pieloop.withdrawn (
        kind VARCHAR(10) NOT NULL,
        id INTEGER NOT NULL,
        host VARCHAR(256) NOT NULL,
        PRIMARY KEY (kind, id)
    )
    """,
    "CREATE INDEX ix_pieloop_withdrawn_host ON pieloop.withdrawn (host)",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
