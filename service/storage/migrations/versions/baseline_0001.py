"""Create our own schema; on an empty database the shared tables and their first rows as well.

Revision ID: 0001
Revises:
"""

from pathlib import Path

from alembic import op
from sqlalchemy import Connection

from service.storage.schema import has_shared_tables
from service.storage.seed import sow

revision = "0001"
down_revision = None

BASELINE = Path(__file__).parent.parent / "baseline"


def upgrade() -> None:
    """Create what is missing; the shared tables of an existing database are left as they are."""
    connection = op.get_bind()
    if not has_shared_tables(connection):
        run_script(connection, "public.sql")
        sow(connection, op.get_context().config.attributes["site"])  # type: ignore[union-attr]
    run_script(connection, "pieloop.sql")


def run_script(connection: Connection, name: str) -> None:
    """Run the statements of a file, which blank lines separate."""
    for statement in (BASELINE / name).read_text(encoding="utf-8").strip().split("\n\n"):
        connection.exec_driver_sql(statement)
