"""Keep how pages look to an account.

Revision ID: 0035
Revises: 0034
"""

from alembic import op

revision = "0035"
down_revision = "0034"

TABLE = """
    CREATE TABLE pieloop.account_look (
        user_id INTEGER NOT NULL,
        words VARCHAR(80) NOT NULL,
        PRIMARY KEY (user_id)
    )
"""


def upgrade() -> None:
    """Make the table."""
    op.get_bind().exec_driver_sql(TABLE)
