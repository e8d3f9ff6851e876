"""Remember wrong passwords, links for new passwords, ends of tokens and what the clock said.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

from service.storage.migrations.versions.hot_path_indexes_0002 import build_all

revision = "0007"
down_revision = "0006"

# The name that somebody's private votes travel under, which nobody else may have.
ALT_NAME = '"user" (lower(alt_user_name)) WHERE alt_user_name IS NOT NULL'

STATEMENTS = (
    """
    CREATE TABLE pieloop.sign_in_attempts (
        key BYTEA NOT NULL,
        failures INTEGER NOT NULL,
        last_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
        next_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
        letter_at TIMESTAMP WITHOUT TIME ZONE,
        PRIMARY KEY (key)
    )
    """,
    "CREATE INDEX ix_pieloop_sign_in_attempts_last_at ON pieloop.sign_in_attempts (last_at)",
    """
    CREATE TABLE pieloop.password_reset (
        token_hash BYTEA NOT NULL,
        user_id INTEGER NOT NULL,
        created_at TIMESTAMP WITHOUT TIME ZONE DEFAULT timezone('utc', now()) NOT NULL,
        expires_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
        PRIMARY KEY (token_hash)
    )
    """,
    "CREATE INDEX ix_pieloop_password_reset_user_id ON pieloop.password_reset (user_id)",
    """
    CREATE TABLE pieloop.token_end (
        user_id INTEGER NOT NULL,
        ended_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
        PRIMARY KEY (user_id)
    )
    """,
    """
    CREATE TABLE pieloop.clock_reading (
        id SMALLINT NOT NULL,
        seen_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
        steady_since TIMESTAMP WITHOUT TIME ZONE NOT NULL,
        PRIMARY KEY (id)
    )
    """,
)


def upgrade() -> None:
    """Build the index on the shared table while the site goes on; then make our own tables."""
    build_all({"pieloop_ix_user_alt_name": ALT_NAME})
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
