"""Let the audit log tell how an act ended, and remember the accounts that are switched off.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from service.storage.migrations.versions.hot_path_indexes_0002 import build_all

revision = "0004"
down_revision = "0003"

SCHEMA = "pieloop"
NOW = sa.text("timezone('utc', now())")

# Local names by what they look like: see `forum.accounts.rules.look_alike`.
LOOK_ALIKE = "\"user\" (lower(translate(user_name, 'I10', 'llO'))) WHERE ap_id IS NULL"


def upgrade() -> None:
    """Build the index on the shared table while the site goes on; then change our own tables in one transaction."""
    build_all({"pieloop_ix_user_look_alike": LOOK_ALIKE})
    op.add_column(
        "audit_log",
        sa.Column("result", sa.String(60), server_default=sa.text("'done'"), nullable=False),
        schema=SCHEMA,
    )
    op.create_index("ix_audit_log_action", "audit_log", ["action", "id"], schema=SCHEMA)
    op.create_table(
        "disabled_account",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("disabled_at", sa.DateTime(), server_default=NOW, nullable=False),
        sa.Column("reason", sa.String(500)),
        sa.Column("was_verified", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("user_id"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_pieloop_disabled_account_expires_at", "disabled_account", ["expires_at"], schema=SCHEMA
    )
