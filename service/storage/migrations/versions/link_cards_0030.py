"""Keep what pages say of themselves to which posts lead.

Revision ID: 0030
Revises: 0029
"""

from alembic import op

revision = "0030"
down_revision = "0029"

TABLE = """
    CREATE TABLE pieloop.link_card (
        post_id INTEGER NOT NULL,
        url VARCHAR(2048) NOT NULL,
        title VARCHAR(300) NOT NULL,
        description VARCHAR(1000) DEFAULT '' NOT NULL,
        PRIMARY KEY (post_id)
    )
"""


def upgrade() -> None:
    """Make the table."""
    op.get_bind().exec_driver_sql(TABLE)
