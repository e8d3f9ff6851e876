"""Remember which community followed another that moved, so that the old name leads to it.

Revision ID: 0017
Revises: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Make the table."""
    op.get_bind().exec_driver_sql(
        """
        CREATE TABLE pieloop.successor (
            community_id INTEGER NOT NULL,
            successor_id INTEGER NOT NULL,
            PRIMARY KEY (community_id)
        )
        """
    )
