"""Find the posts whose galleries show a picture without reading all galleries.

Revision ID: 0032
Revises: 0031
"""

from service.storage.migrations.versions.hot_path_indexes_0002 import build_all

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Build the index without blocking writers."""
    build_all({"pieloop_ix_post_file_file": "post_file (file_id)"})
