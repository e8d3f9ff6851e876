"""Add the words of posts and comments in any language, kept up by triggers whichever program writes.

pyfedi's own vectors know English alone: no stop words, no accents but as they were written, no parts of words, no
languages without spaces, no `C++`. Ours are made here, by functions, so that what is looked for is split as what was
written. Nothing is asked of the administrator: no extension is needed.

Words of what is there already are written down by the workers afterwards, from the newest to the oldest: a site with
hundreds of thousands of comments need not wait for them. Until then these are found by pyfedi's vectors.

Revision ID: 0006
Revises: 0005
"""

from pathlib import Path

from alembic import op
from sqlalchemy import text

from service.storage.migrations.versions.hot_path_indexes_0002 import PATIENCE, build

revision = "0006"
down_revision = "0005"

FUNCTIONS = Path(__file__).with_name("search_words_0006.sql")
IS_UTF8 = text("SELECT getdatabaseencoding() = 'UTF8'")
# Without Unicode there is nothing to fold.
PLAIN_FOLD = """
    CREATE OR REPLACE FUNCTION pieloop.fold(written text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN lower(written)
"""

# What is left to do: everything below an id.
BACKLOG = """
    CREATE TABLE IF NOT EXISTS pieloop.words_backlog (
        source VARCHAR(12) NOT NULL, below INTEGER NOT NULL, PRIMARY KEY (source)
    )
"""
# Table, our column for its id, its columns with text, our table.
TEXTS = (
    ("post", "post_id", ("title", "body"), "post_words"),
    ("post_reply", "comment_id", ("body",), "comment_words"),
)


def upgrade() -> None:
    """Make the functions, tables and triggers, which note what comes from now on; leave the rest to the workers."""
    connection = op.get_bind()
    for statement in FUNCTIONS.read_text(encoding="utf-8").strip().split("\n\n"):
        connection.exec_driver_sql(statement)
    if not connection.execute(IS_UTF8).scalar():
        connection.exec_driver_sql(PLAIN_FOLD)
    connection.exec_driver_sql(BACKLOG)
    for table, key, columns, ours in TEXTS:
        for statement in _statements(table, key, columns, ours):
            connection.exec_driver_sql(statement)
    with op.get_context().autocommit_block():
        op.execute(f"SET lock_timeout = '{PATIENCE}s'")
        for table, _, _, ours in TEXTS:
            build(connection, f"ix_{ours}_words", f"{ours} USING gin (words)", schema="pieloop")
            # After the triggers were made: what was written before is below.
            op.execute(_leave(table))


def _written(columns: tuple[str, ...], row: str) -> str:
    return " || ' ' || ".join(f"coalesce({row}.{column}, '')" for column in columns)


def _statements(table: str, key: str, columns: tuple[str, ...], ours: str) -> tuple[str, ...]:
    return (
        f"""
        CREATE TABLE IF NOT EXISTS pieloop.{ours} (
            {key} INTEGER NOT NULL, words TSVECTOR NOT NULL, PRIMARY KEY ({key})
        )
        """,
        f"""
        CREATE OR REPLACE FUNCTION pieloop.note_{ours}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO pieloop.{ours} VALUES (NEW.id, pieloop.words({_written(columns, "NEW")}))
            ON CONFLICT ({key}) DO UPDATE SET words = excluded.words;
            RETURN NULL;
        END $$
        """,  # noqa: S608
        f"""
        CREATE OR REPLACE FUNCTION pieloop.forget_{ours}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            DELETE FROM pieloop.{ours} WHERE {key} = OLD.id;
            RETURN NULL;
        END $$
        """,  # noqa: S608
        f"""
        CREATE OR REPLACE TRIGGER pieloop_note_words
        AFTER INSERT OR UPDATE OF {", ".join(columns)} ON public.{table}
        FOR EACH ROW EXECUTE FUNCTION pieloop.note_{ours}()
        """,
        f"""
        CREATE OR REPLACE TRIGGER pieloop_forget_words AFTER DELETE ON public.{table}
        FOR EACH ROW EXECUTE FUNCTION pieloop.forget_{ours}()
        """,
        # Also for rows that are copied in as a replica's.
        f"ALTER TABLE public.{table} ENABLE ALWAYS TRIGGER pieloop_note_words",
        f"ALTER TABLE public.{table} ENABLE ALWAYS TRIGGER pieloop_forget_words",
    )


def _leave(table: str) -> str:
    return f"""
        INSERT INTO pieloop.words_backlog (source, below)
        SELECT '{table}', max(id) + 1 FROM public.{table} HAVING max(id) IS NOT NULL
        ON CONFLICT (source) DO NOTHING
    """  # noqa: S608
