"""Keep which accounts are to be deleted when, and which e-mail addresses wait to be confirmed by old and new.

Revision ID: 0020
Revises: 0019
"""

from alembic import op

revision = "0020"
down_revision = "0019"

STATEMENTS = (
    """
    CREATE TABLE pieloop.departure (
        user_id INTEGER NOT NULL,
        asked_at TIMESTAMP WITHOUT TIME ZONE DEFAULT timezone('utc', now()) NOT NULL,
        due_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
        removes_content BOOLEAN NOT NULL,
        PRIMARY KEY (user_id)
    )
    """,
    "CREATE INDEX ix_pieloop_departure_due_at ON pieloop.departure (due_at)",
    """
    CREATE TABLE pieloop.email_change (
        user_id INTEGER NOT NULL,
        email VARCHAR(255) NOT NULL,
        old_token_hash BYTEA,
        new_token_hash BYTEA,
        old_agreed BOOLEAN NOT NULL,
        new_agreed BOOLEAN NOT NULL,
        created_at TIMESTAMP WITHOUT TIME ZONE DEFAULT timezone('utc', now()) NOT NULL,
        expires_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
        PRIMARY KEY (user_id)
    )
    """,
)


def upgrade() -> None:
    """Make the tables."""
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
