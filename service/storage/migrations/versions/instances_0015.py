"""Keep how the reading of other sites' lists went, and what was set for communities of a server before it was silenced.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

SCHEMA = "pieloop"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "followed_list",
        sa.Column("subscription_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tried_at", sa.DateTime()),
        sa.Column("read_at", sa.DateTime()),
        sa.Column("problem", sa.String(1000)),
        sa.PrimaryKeyConstraint("subscription_id"),
        schema=SCHEMA,
    )
    op.create_table(
        "silenced_community",
        sa.Column("community_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("show_popular", sa.Boolean(), nullable=False),
        sa.Column("show_all", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("community_id"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_pieloop_silenced_community_instance_id", "silenced_community", ["instance_id"], schema=SCHEMA
    )
