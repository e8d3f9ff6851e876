"""Keep the day of the month on which posts are repeated.

Revision ID: 0033
Revises: 0032
"""

from alembic import op

revision = "0033"
down_revision = "0032"

TABLE = """
    CREATE TABLE pieloop.monthly_day (
        post_id INTEGER NOT NULL,
        day INTEGER NOT NULL,
        PRIMARY KEY (post_id)
    )
"""


def upgrade() -> None:
    """Make the table."""
    op.get_bind().exec_driver_sql(TABLE)
