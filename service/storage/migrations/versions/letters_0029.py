"""Keep the words that administrators give letters, and which feeds they took down.

Revision ID: 0029
Revises: 0028
"""

from alembic import op

revision = "0029"
down_revision = "0028"

STATEMENTS = (
    """
    CREATE TABLE pieloop.letter_words (
        kind VARCHAR(20) NOT NULL,
        subject VARCHAR(150) DEFAULT '' NOT NULL,
        body VARCHAR(10000) DEFAULT '' NOT NULL,
        PRIMARY KEY (kind)
    )
    """,
    """
    CREATE TABLE pieloop.removed_feed (
        feed_id INTEGER NOT NULL,
        PRIMARY KEY (feed_id)
    )
    """,
)


def upgrade() -> None:
    """Make the tables."""
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
