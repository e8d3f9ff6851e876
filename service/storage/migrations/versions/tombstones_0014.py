"""Remember for a while which things of other servers were said to be deleted before they came.

Revision ID: 0014
Revises: 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"

STATEMENTS = (
    """
    CREATE TABLE pieloop.tombstone (
        key BYTEA NOT NULL,
        until TIMESTAMP WITHOUT TIME ZONE NOT NULL,
        PRIMARY KEY (key)
    )
    """,
    "CREATE INDEX ix_pieloop_tombstone_until ON pieloop.tombstone (until)",
)


def upgrade() -> None:
    """Make the table."""
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
