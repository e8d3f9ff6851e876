"""Give a database that was made here what pyfedi finds in those that it makes itself.

It searches with `parse_websearch`, takes a theme's permission for one row a person and community, keeps the words of
feeds, and warns of regular jobs that never ran. A database of its own is left as it is.

What was written here without a language gets the site's: pyfedi cannot edit what has none.

Revision ID: 0021
Revises: 0020
"""

from alembic import op
from sqlalchemy import text

from service.storage.migrations.versions.hot_path_indexes_0002 import PATIENCE
from service.storage.migrations.versions.old_rows_0009 import by_batches

revision = "0021"
down_revision = "0020"

# pyfedi's own databases have this function, whether its migrations or its init-db made them.
IS_PYFEDIS = text("SELECT to_regproc('public.community_search_vector_update') IS NOT NULL")
HAS_SEARCH = text("SELECT to_regprocedure('public.parse_websearch(regconfig, text)') IS NOT NULL")

# A word with its quotes becomes the beginning of a word, so that what is typed finds longer ones.
SEARCH = (
    """
    CREATE FUNCTION public.parse_websearch(config regconfig, search_query text) RETURNS tsquery
    LANGUAGE sql IMMUTABLE AS $$
        SELECT CAST(
            regexp_replace(
                CAST(websearch_to_tsquery(config, lower(search_query)) AS text), '[^ ]*''[^ ]*', '\\&:*', 'g'
            ) AS tsquery
        )
    $$
    """,
    """
    CREATE FUNCTION public.parse_websearch(search_query text) RETURNS tsquery
    LANGUAGE sql IMMUTABLE AS $$ SELECT public.parse_websearch('pg_catalog.simple', search_query) $$
    """,
)
HAS_KEY = text("""
    SELECT EXISTS (
        SELECT FROM pg_constraint WHERE conrelid = 'public.community_theme_allowed'::regclass AND contype = 'p'
    )
""")
KEY = (
    """
    DELETE FROM public.community_theme_allowed one USING public.community_theme_allowed other
    WHERE one.ctid < other.ctid AND (one.community_id, one.user_id) = (other.community_id, other.user_id)
    """,
    "ALTER TABLE public.community_theme_allowed ADD PRIMARY KEY (community_id, user_id)",
)
SPEAK = "UPDATE public.{table} SET language_id = ({language}) WHERE id > :after AND id <= :last AND language_id IS NULL"
REST: tuple[str, ...] = (
    """
    CREATE OR REPLACE TRIGGER feed_search_vector_trigger BEFORE INSERT OR UPDATE ON public.feed
        FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger(
            'search_vector', 'pg_catalog.english', 'name', 'description')
    """,
    "UPDATE public.feed SET name = name WHERE search_vector IS NULL",
    "UPDATE public.cron_job_log SET last_run = timezone('utc', now()) WHERE last_run IS NULL",
)


LANGUAGE = """
    SELECT coalesce(
        (SELECT language_id FROM public.site WHERE id = 1), (SELECT id FROM public.language WHERE code = 'en')
    )
"""


def upgrade() -> None:
    """Add what is missing."""
    _make_at_home()
    with op.get_context().autocommit_block():
        op.execute(f"SET lock_timeout = '{PATIENCE}s'")
        for table in ("post", "post_reply"):
            by_batches(table, text(SPEAK.format(table=table, language=LANGUAGE)))


def _make_at_home() -> None:
    connection = op.get_bind()
    if connection.execute(IS_PYFEDIS).scalar():
        return
    wanted = REST
    for is_there, statements in ((HAS_SEARCH, SEARCH), (HAS_KEY, KEY)):
        wanted += () if connection.execute(is_there).scalar() else statements
    for statement in wanted:
        connection.exec_driver_sql(statement)
