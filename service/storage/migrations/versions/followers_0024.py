"""Know of each Follow that was kept who follows whom by it, so that a later answer can name it.

Revision ID: 0024
Revises: 0023
"""

from alembic import op

revision = "0024"
down_revision = "0023"

STATEMENTS = (
    "ALTER TABLE pieloop.follow ADD COLUMN follower_id INTEGER",
    "ALTER TABLE pieloop.follow ADD COLUMN followed VARCHAR(20)",
    "ALTER TABLE pieloop.follow ADD COLUMN followed_id INTEGER",
    "CREATE INDEX ix_follow_follower ON pieloop.follow (follower_id)",
)


def upgrade() -> None:
    """Add the columns."""
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
