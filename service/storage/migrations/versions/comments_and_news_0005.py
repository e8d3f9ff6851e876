"""Add the indexes for what is unread: somebody's comments below a post, and what people were told and have not read.

Revision ID: 0005
Revises: 0004
"""

from service.storage.migrations.versions.hot_path_indexes_0002 import build_all

revision = "0005"
down_revision = "0004"

INDEXES = {
    "pieloop_ix_post_reply_by": (
        "post_reply (post_id, user_id, created_at) INCLUDE (instance_id) WHERE deleted IS NOT TRUE"
    ),
    "pieloop_ix_notification_unread": "notification (user_id) WHERE read IS FALSE",
    "pieloop_ix_notification_unread_post": "notification ((targets ->> 'post_id')) WHERE read IS FALSE",
}


def upgrade() -> None:
    """Build each index without blocking writers; one that an interrupted run left half built is built anew."""
    build_all(INDEXES)
