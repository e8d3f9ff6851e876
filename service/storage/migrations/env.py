"""Alembic's environment: runs the revisions on the connection that `service.storage.migrate` hands over.

Each revision is one transaction of its own, so one of them may leave it (`autocommit_block`) to build an index
CONCURRENTLY.
"""

from alembic import context

from service.storage.schema import VERSION_TABLE
from service.storage.tables import Base
from service.storage.tables.own import SCHEMA


def run() -> None:
    """Run what `alembic.command` asked for."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Base.metadata,
        version_table=VERSION_TABLE,
        version_table_schema=SCHEMA,
        include_schemas=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
