"""Keep what other servers send as bytes, and remember for a month what was here.

Nothing was ever written to the table that is replaced.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

SCHEMA = "pieloop"
NOW = sa.text("timezone('utc', now())")


def upgrade() -> None:
    """Replace the table of received activities, and make the one of those that were seen."""
    op.drop_table("received", schema=SCHEMA)
    op.create_table(
        "received",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("host", sa.String(256), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(), server_default=NOW, nullable=False),
        sa.Column("available_at", sa.DateTime(), server_default=NOW, nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("parked_at", sa.DateTime()),
        sa.Column("last_error", sa.String(1000)),
        sa.PrimaryKeyConstraint("seq"),
        schema=SCHEMA,
        postgresql_with={
            "fillfactor": 80,
            "autovacuum_vacuum_scale_factor": 0,
            "autovacuum_vacuum_threshold": 5000,
        },
    )
    op.create_index(
        "ix_received_waiting",
        "received",
        ["lane", "seq"],
        schema=SCHEMA,
        postgresql_where=sa.text("parked_at IS NULL"),
    )
    op.create_table(
        "seen",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Date(), server_default=sa.text("current_date"), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        schema=SCHEMA,
    )
    op.create_index("ix_pieloop_seen_day", "seen", ["day"], schema=SCHEMA)
