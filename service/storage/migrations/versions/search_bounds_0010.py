"""Keep searches within bounds: the first of what has some words by the index alone, and comments by their votes.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

from service.storage.migrations.versions.hot_path_indexes_0002 import build_all

revision = "0010"
down_revision = "0009"

# For the words of a phrase the planner expects as many rows as have all of them, and would rather read every row there
# is than ask the index; so these ask it whatever it expects.
FUNCTION = """
    CREATE OR REPLACE FUNCTION pieloop.{table}_with(wanted text, at_most integer) RETURNS integer[]
    LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
    DECLARE
        asked tsquery := pieloop.asked(wanted);
    BEGIN
        RETURN ARRAY(SELECT {key} FROM pieloop.{table} WHERE words @@ asked LIMIT at_most);
    END $$
"""
# A search for a common word would sort all comments that have it.
TOP = "post_reply ((coalesce(up_votes, 0) - coalesce(down_votes, 0)) DESC, posted_at DESC, id DESC)"


def upgrade() -> None:
    """Make the functions; build the index without blocking writers."""
    for table, key in (("post_words", "post_id"), ("comment_words", "comment_id")):
        op.get_bind().exec_driver_sql(FUNCTION.format(table=table, key=key))
    build_all({"pieloop_ix_post_reply_top": TOP})
