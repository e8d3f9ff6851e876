"""Let the vectors of searches be made anew where their words change, and not at every vote and every new comment.

The triggers keep their names and functions, pyfedi's own ones as well.

Revision ID: 0031
Revises: 0030
"""

import re

from alembic import op

from service.storage.migrations.versions.hot_path_indexes_0002 import PATIENCE

revision = "0031"
down_revision = "0030"

TRIGGERS = """
    SELECT pg_get_triggerdef(of_table.oid), made.prosrc
    FROM pg_trigger of_table JOIN pg_class ON pg_class.oid = of_table.tgrelid
    JOIN pg_proc made ON made.oid = of_table.tgfoid
    WHERE relnamespace = 'public'::regnamespace AND NOT tgisinternal
        AND tgname = relname || '_search_vector_trigger' AND cardinality(tgattr) = 0
    ORDER BY tgname
"""
ALWAYS, ARGUMENT, READ = "BEFORE INSERT OR UPDATE ON", re.compile(r"'([^']*)'"), re.compile(r"\bNEW\.(\w+)")
VECTOR = "search_vector"


def upgrade() -> None:
    """Make the triggers anew, which is a matter of moments."""
    connection = op.get_bind()
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
    for definition, source in connection.exec_driver_sql(TRIGGERS).all():
        if columns := _columns_of(definition, source):
            narrow = definition.replace(ALWAYS, f"BEFORE INSERT OR UPDATE OF {', '.join(columns)} ON")
            connection.exec_driver_sql(narrow.replace("CREATE TRIGGER", "CREATE OR REPLACE TRIGGER", 1))


def _columns_of(definition: str, source: str) -> list[str]:
    """What a vector is made of: a function of PostgreSQL's own is told so, others read it."""
    told = ARGUMENT.findall(definition)[2:]  # after the vector and the language
    return told or sorted({*READ.findall(source)} - {VECTOR})
