"""Keep the activities by which others follow here, since some servers take them back by their ids alone.

Revision ID: 0023
Revises: 0022
"""

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Make the table."""
    op.get_bind().exec_driver_sql(
        """
        CREATE TABLE pieloop.follow (
            key BYTEA NOT NULL,
            body BYTEA NOT NULL,
            heard_at TIMESTAMP WITHOUT TIME ZONE DEFAULT timezone('utc', now()) NOT NULL,
            PRIMARY KEY (key)
        )
        """
    )
