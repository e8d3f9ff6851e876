"""Remember the ids of activities that may be taken back, since an Undo has to name them.

Servers that had something from us before are entered as peers, so that none of them misses what comes next.

Revision ID: 0016
Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"

STATEMENTS = (
    """
    CREATE TABLE pieloop.said (
        about VARCHAR(1100) NOT NULL,
        activity_id VARCHAR(255) NOT NULL,
        said_at TIMESTAMP WITHOUT TIME ZONE DEFAULT timezone('utc', now()) NOT NULL,
        PRIMARY KEY (about)
    )
    """,
    """
    INSERT INTO pieloop.peer (instance_id, state)
    SELECT id, CASE WHEN gone_forever THEN 'gone' WHEN dormant THEN 'dormant' ELSE 'awake' END
    FROM public.instance WHERE id <> 1 AND domain IS NOT NULL
    ON CONFLICT DO NOTHING
    """,
)


def upgrade() -> None:
    """Make the table, and enter the peers."""
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
