"""The operation behind `pieloop migrate`: brings the schema up to date, once, whoever else tries at the same time."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from service.config import Config, SiteConfig
from service.errors import StartupError
from service.storage.driver_errors import LOCK_TIMEOUT, sqlstate
from service.storage.engine import create_engine
from service.storage.schema import FORMER_VERSION_TABLE, VERSION_TABLE, SchemaState, schema_state
from service.storage.tables.own import SCHEMA

SCRIPTS = Path(__file__).parent / "migrations"
LOCK = 0x70_69_65_6C_6F_6F_70  # the advisory lock's number: "pieloop"
WAIT_FOR_OTHER = 120  # seconds, for another migration to finish
ASK_AGAIN = 0.2  # seconds
WAIT_FOR_TABLE = 5  # seconds, for a table that somebody else has locked

Progress = Callable[[str], None]


@dataclass(frozen=True)
class MigrationReport:
    """What a migration found and did.

    Attributes:
        before: the state that was found.
        after: the state that was left.
        seconds: how long it took, the wait for another migration included.
    """

    before: SchemaState
    after: SchemaState
    seconds: float

    @property
    def changed(self) -> bool:
        """Whether anything had to be done."""
        return self.before != self.after


async def migrate(config: Config, progress: Progress = lambda _: None) -> MigrationReport:
    """Bring the database's schema up to date, on a connection of its own that goes round PgBouncer.

    An empty database gets everything, one of pyfedi's only the schema `pieloop`. Of several at once one works and the
    others wait for it, then find nothing to do.

    Parameters:
        config: the whole configuration.
        progress: is told in a few words what is being done.

    Raises:
        StartupError: the database is another program's, too old or too new, cannot be reached, or is locked.
    """
    started = time.monotonic()
    engine = create_engine(config, "migrate")
    try:
        async with engine.connect() as connection:
            before, after = await _migrate_alone(connection, config.site, progress)
    except (DBAPIError, OSError) as error:
        raise StartupError(_explain(error)) from error
    finally:
        await engine.dispose()
    return MigrationReport(before, after, time.monotonic() - started)


async def _migrate_alone(
    connection: AsyncConnection, site: SiteConfig, progress: Progress
) -> tuple[SchemaState, SchemaState]:
    await _take_lock(connection, progress)
    try:
        before = await schema_state(connection)
        await connection.rollback()  # Alembic begins its own transactions
        if before.kind in {"ahead", "outdated", "foreign", "elsewhere"}:
            raise StartupError(before.advice)
        if before.kind == "current":
            return before, before
        progress("creating all tables" if before.kind == "empty" else "migrating the database")
        await connection.run_sync(_upgrade, site)
        await _keep_schemas_apart(connection)
        after = await schema_state(connection)
        await connection.rollback()
        return before, after
    finally:
        await _release_lock(connection)


async def _take_lock(connection: AsyncConnection, progress: Progress) -> None:
    """Take the session's advisory lock; unlike a transaction's it lasts while an index is built CONCURRENTLY."""
    if not await _try_lock(connection):
        progress("waiting for another migration to finish")
        await _wait_for_lock(connection)
    await connection.execute(text(f"SET lock_timeout = '{WAIT_FOR_TABLE}s'"))
    await connection.execute(text("SET search_path = public"))
    await connection.commit()


async def _wait_for_lock(connection: AsyncConnection) -> None:
    """Ask again and again, outside any transaction: an index that is built CONCURRENTLY waits for all of them."""
    deadline = time.monotonic() + WAIT_FOR_OTHER
    while not await _try_lock(connection):
        if time.monotonic() > deadline:
            raise StartupError(
                f"Another migration is still running after {WAIT_FOR_OTHER} s. Check what it's waiting for."
            )
        await asyncio.sleep(ASK_AGAIN)


async def _try_lock(connection: AsyncConnection) -> bool:
    taken = await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": LOCK})
    await connection.rollback()
    return bool(taken)


async def _release_lock(connection: AsyncConnection) -> None:
    """Closing the connection would do, but only once the server has noticed."""
    if not connection.invalidated:
        await connection.rollback()
        await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
        await connection.commit()


async def _keep_schemas_apart(connection: AsyncConnection) -> None:
    """Let a role that is called as our schema make tables in `public`, as pyfedi's upgrades and its restores expect."""
    alike = text("""
        SELECT format('ALTER ROLE %I IN DATABASE %I SET search_path = public', current_user, current_database())
        WHERE current_user = :schema AND NOT EXISTS (
            SELECT FROM pg_db_role_setting, unnest(setconfig) AS setting
            WHERE setting LIKE 'search_path=%'
                AND setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = current_user))
                AND setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
        )
    """)
    statement = await connection.scalar(alike, {"schema": SCHEMA})
    if statement is not None:
        await connection.execute(text(statement))
    await connection.commit()


def _upgrade(connection: Connection, site: SiteConfig) -> None:
    # Alembic's version table lies in our schema, so the schema must be there before the first revision.
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    connection.execute(
        text(f"ALTER TABLE IF EXISTS {SCHEMA}.{FORMER_VERSION_TABLE} RENAME TO {VERSION_TABLE}")
    )
    connection.commit()
    alembic = AlembicConfig()
    alembic.set_main_option("script_location", str(SCRIPTS))
    alembic.attributes |= {"connection": connection, "site": site}
    command.upgrade(alembic, "head")


def _explain(error: DBAPIError | OSError) -> str:
    if isinstance(error, OSError):
        return f"The database cannot be reached for the migration: {error}."
    reason = str(getattr(error.orig, "__cause__", None) or error.orig).splitlines()[0].rstrip(".")
    if sqlstate(error) == LOCK_TIMEOUT:
        return (
            f"The migration gave up waiting for a lock ({reason}) and was undone: "
            "stop what is writing to the database, or try again."
        )
    return f"The migration failed and was undone: {reason}."
