"""Find what somebody is told of, and what they keep, without reading what others are and do.

Revision ID: 0036
Revises: 0035
"""

from service.storage.migrations.versions.hot_path_indexes_0002 import build_all

revision = "0036"
down_revision = "0035"

# Without them each page of a community reads all who are told of its posts, or all that the reader is told of.
INDEXES = {
    "pieloop_ix_subscription_mine": "notification_subscription (user_id, type, entity_id)",
    "pieloop_ix_post_bookmark_mine": "post_bookmark (user_id, post_id)",
    "pieloop_ix_post_reply_bookmark_mine": "post_reply_bookmark (user_id, post_reply_id)",
}


def upgrade() -> None:
    """Build the indexes without blocking writers."""
    build_all(INDEXES)
