"""Find the posts with a hashtag, and count them, without reading all hashtags of all posts.

Revision ID: 0028
Revises: 0027
"""

from service.storage.migrations.versions.hot_path_indexes_0002 import build_all

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Build the index without blocking writers."""
    build_all({"pieloop_ix_post_tag_tag": "post_tag (tag_id)"})
