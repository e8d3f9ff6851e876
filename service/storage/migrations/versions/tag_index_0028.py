"""Find the posts with a hashtag, and count them, without reading all hashtags of all posts.

Revision ID: 0028
Revises: 0027
"""

from alembic import op

from service.storage.migrations.versions.hot_path_indexes_0002 import PATIENCE, build

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Build the index without blocking writers."""
    with op.get_context().autocommit_block():
        op.execute(f"SET lock_timeout = '{PATIENCE}s'")
        build(op.get_bind(), "pieloop_ix_post_tag_tag", "post_tag (tag_id)")
