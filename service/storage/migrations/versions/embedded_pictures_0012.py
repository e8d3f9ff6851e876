"""Remember which pictures of ours the texts of posts and comments show.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

revision = "0012"
down_revision = "0011"

STATEMENTS = (
    """
    CREATE TABLE pieloop.embedded_picture (
        file_id INTEGER NOT NULL,
        post_id INTEGER NOT NULL,
        comment_id INTEGER DEFAULT 0 NOT NULL,
        PRIMARY KEY (file_id, post_id, comment_id)
    )
    """,
    "CREATE INDEX ix_embedded_picture_text ON pieloop.embedded_picture (post_id, comment_id)",
)


def upgrade() -> None:
    """Make the table; what stands in older texts is not looked for."""
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
