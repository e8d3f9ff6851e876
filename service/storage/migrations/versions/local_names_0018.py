"""Find communities and feeds of this site by their names in any case, as accounts are found by pyfedi's own index.

Revision ID: 0018
Revises: 0017
"""

from service.storage.migrations.versions.hot_path_indexes_0002 import build_all

revision = "0018"
down_revision = "0017"

INDEXES = {
    "pieloop_ix_community_local_name": "community (lower(name)) WHERE ap_id IS NULL",
    "pieloop_ix_feed_local_name": "feed (lower(name)) WHERE ap_id IS NULL",
}


def upgrade() -> None:
    """Build the indexes without blocking writers."""
    build_all(INDEXES)
