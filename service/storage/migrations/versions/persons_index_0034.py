"""Read what somebody wrote last without reading and sorting all that they ever wrote.

Revision ID: 0034
Revises: 0033
"""

from service.storage.migrations.versions.hot_path_indexes_0002 import build_all

revision = "0034"
down_revision = "0033"

# Without them the planner takes the index of the person, or that of the dates, and plans each profile anew to find out
# which costs less.
INDEXES = {
    "pieloop_ix_post_of_person": "post (user_id, posted_at DESC, id DESC) WHERE deleted = false AND status > 0",
    "pieloop_ix_post_reply_of_person": "post_reply (user_id, posted_at DESC, id DESC) WHERE deleted IS NOT TRUE",
}


def upgrade() -> None:
    """Build the indexes without blocking writers."""
    build_all(INDEXES)
