"""Add the index of the posts that are held back for review: a moderator's queue finds them without reading all others.

Revision ID: 0019
Revises: 0018
"""

from service.storage.migrations.versions.hot_path_indexes_0002 import build_all

revision = "0019"
down_revision = "0018"

NAME, DEFINITION = "pieloop_ix_post_held_back", "post (id) WHERE status = 0"


def upgrade() -> None:
    """Build the index without blocking writers."""
    build_all({NAME: DEFINITION})
