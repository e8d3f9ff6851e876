"""Remember the links that confirm an e-mail address.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"

STATEMENTS = (
    """
    CREATE TABLE pieloop.email_confirmation (
        token_hash BYTEA NOT NULL,
        user_id INTEGER NOT NULL,
        created_at TIMESTAMP WITHOUT TIME ZONE DEFAULT timezone('utc', now()) NOT NULL,
        expires_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
        PRIMARY KEY (token_hash)
    )
    """,
    "CREATE INDEX ix_pieloop_email_confirmation_user_id ON pieloop.email_confirmation (user_id)",
)


def upgrade() -> None:
    """Make the table."""
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
