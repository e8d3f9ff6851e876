"""Find what has no words of ours yet by pyfedi's vectors, and give back what made accounts here strangers to pyfedi.

Its API takes accounts for local ones that have no domain; those that were completed here had the site's.

Revision ID: 0027
Revises: 0026
"""

from alembic import op

from service.storage.migrations.versions.search_words_0006 import BACKLOG

revision = "0027"
down_revision = "0026"

# As in 0010, with what the workers have not come to. Its vectors know English: see 0006.
FUNCTION = """
    CREATE OR REPLACE FUNCTION pieloop.{ours}_with(wanted text, at_most integer) RETURNS integer[]
    LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
    DECLARE
        asked tsquery := pieloop.asked(wanted);
        english tsquery;
        upto integer := (SELECT below FROM pieloop.words_backlog WHERE source = '{table}');
        found integer[] := ARRAY(SELECT {key} FROM pieloop.{ours} WHERE words @@ asked LIMIT at_most);
    BEGIN
        IF upto IS NULL OR cardinality(found) >= at_most THEN
            RETURN found;
        END IF;
        english := websearch_to_tsquery('pg_catalog.english', left(wanted, 500));
        RETURN found || ARRAY(
            SELECT id FROM public.{table}
            WHERE search_vector @@ english AND id < upto AND id <> ALL (found)
            LIMIT at_most - cardinality(found)
        );
    END $$
"""
AT_HOME = """
    UPDATE public."user" SET ap_domain = NULL WHERE ap_domain IS NOT NULL AND ap_id IS NULL AND instance_id = 1
"""


def upgrade() -> None:
    """Make the functions anew, which is a matter of moments."""
    connection = op.get_bind()
    connection.exec_driver_sql(BACKLOG)
    for table, key, ours in (
        ("post", "post_id", "post_words"),
        ("post_reply", "comment_id", "comment_words"),
    ):
        connection.exec_driver_sql(FUNCTION.format(table=table, key=key, ours=ours))
    connection.exec_driver_sql(AT_HOME)
