"""Add what we know of pictures beyond pyfedi's `file`, and the inventory of the store.

Pictures that were stored before are entered from what `file` says of them; the next sweep finds their files.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = (
    """
    CREATE TABLE pieloop.picture (
        file_id INTEGER NOT NULL,
        original VARCHAR(120),
        medium VARCHAR(120),
        thumbnail VARCHAR(120),
        waiting VARCHAR(120),
        problem VARCHAR(255),
        medium_width INTEGER,
        average VARCHAR(7),
        size BIGINT DEFAULT 0 NOT NULL,
        remote BOOLEAN DEFAULT false NOT NULL,
        kept_at TIMESTAMP WITHOUT TIME ZONE DEFAULT timezone('utc', now()) NOT NULL,
        unused_since TIMESTAMP WITHOUT TIME ZONE,
        PRIMARY KEY (file_id)
    )
    """,
    "CREATE INDEX ix_picture_original ON pieloop.picture (original) WHERE original IS NOT NULL",
    "CREATE INDEX ix_picture_medium ON pieloop.picture (medium) WHERE medium IS NOT NULL",
    "CREATE INDEX ix_picture_thumbnail ON pieloop.picture (thumbnail) WHERE thumbnail IS NOT NULL",
    "CREATE INDEX ix_picture_waiting ON pieloop.picture (waiting) WHERE waiting IS NOT NULL",
    "CREATE INDEX ix_picture_remote ON pieloop.picture (kept_at) WHERE remote",
    """
    CREATE TABLE pieloop.stored_object (
        path VARCHAR(120) NOT NULL,
        announced_at TIMESTAMP WITHOUT TIME ZONE,
        doomed_at TIMESTAMP WITHOUT TIME ZONE,
        PRIMARY KEY (path)
    )
    """,
    r"""
    INSERT INTO pieloop.picture (file_id, original, medium, thumbnail, size, remote)
    SELECT
        id,
        substring(source_url FROM '/(media/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{64}\.(?:webp|avif))$'),
        file_path,
        thumbnail_path,
        coalesce((SELECT max(size) FROM public.user_file WHERE file_id = file.id), 0),
        NOT EXISTS (SELECT FROM public.user_file WHERE file_id = file.id)
            AND coalesce(source_url, '') !~ '/media/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{64}\.(webp|avif)$'
    FROM public.file
    WHERE file_path ~ '^media/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{64}\.(webp|avif)$'
    """,
)


def upgrade() -> None:
    """Create both tables; enter the pictures that are there."""
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
