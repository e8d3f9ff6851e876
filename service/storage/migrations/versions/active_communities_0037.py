"""Find the communities where somebody wrote last without looking through all of them.

Revision ID: 0037
Revises: 0036
"""

from service.storage.migrations.versions.hot_path_indexes_0002 import build_all

revision = "0037"
down_revision = "0036"

# Each comment writes it, with the other indexes of its community; pages with such a list are a hundred times as many.
INDEX = "community (last_active DESC NULLS LAST, id) WHERE banned IS NOT TRUE"


def upgrade() -> None:
    """Build the index without blocking writers."""
    build_all({"pieloop_ix_community_active": INDEX})
