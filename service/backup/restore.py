"""Makes a site from a backup, in an empty place, and compares the two."""

import asyncio
import shutil
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from service.backup.contents import DATABASE, FILES, SECRET_KEY, Manifest, read_manifest
from service.backup.postgres_tools import find_tool, run_tool
from service.backup.take import copy_tree, count_rows, sha256_of
from service.config import Config
from service.errors import StartupError
from service.storage.engine import create_engine, database_address
from service.storage.schema import schema_state


async def restore(config: Config, directory: Path) -> Manifest:
    """Fill an empty database and an empty image store from a backup, all of it or nothing.

    Parameters:
        config: the whole configuration, with the database's address.
        directory: a backup.

    Raises:
        StartupError: the backup is incomplete or damaged, something is there already, or what was restored is not
            what was backed up.
    """
    manifest = read_manifest(directory)
    _check_files(config, directory, manifest)
    engine = create_engine(config, "migrate")
    try:
        server = await _check_empty(engine)
        program = await asyncio.to_thread(find_tool, "pg_restore", server)
        address = database_address(config, direct=True)
        await run_tool(
            program,
            address,
            "--no-owner",
            "--no-privileges",
            "--exit-on-error",
            "--single-transaction",
            str(directory / DATABASE),
        )
        async with engine.connect() as connection:
            rows = await count_rows(connection)
    except (DBAPIError, OSError) as error:
        raise StartupError(f"The database could not be restored: {error}.") from error
    finally:
        await engine.dispose()
    _compare(manifest, rows)
    await asyncio.to_thread(_copy_files, config, directory)
    return manifest


def _check_files(config: Config, directory: Path, manifest: Manifest) -> None:
    if sha256_of(directory / DATABASE) != manifest.database_sha256:
        raise StartupError(f"{directory / DATABASE} is damaged: its SHA-256 doesn't match the manifest.")
    for folder in (config.data_dir / name for name in FILES):
        if config.store.kind == "local" and folder.is_dir() and any(folder.iterdir()):
            raise StartupError(f"{folder} is not empty: restore into an empty data directory.")
    key = config.data_dir / SECRET_KEY
    if key.exists() and key.read_bytes() != _backed_up_key(directory):
        raise StartupError(f"{key} belongs to another site: restore into an empty data directory.")


def _backed_up_key(directory: Path) -> bytes | None:
    key = directory / SECRET_KEY
    return key.read_bytes() if key.exists() else None


async def _check_empty(engine: AsyncEngine) -> int:
    """Return the server's major version, if there is nothing in the database."""
    async with engine.connect() as connection:
        state = await schema_state(connection)
        if state.kind != "empty" or state.revision is not None:
            raise StartupError("The database is not empty: restore into a new one.")
        return (
            int(await connection.scalar(text("SELECT current_setting('server_version_num')")) or 0) // 10000
        )


def _compare(manifest: Manifest, rows: dict[str, int]) -> None:
    names = sorted(manifest.rows.keys() | rows.keys())
    different = [name for name in names if manifest.rows.get(name) != rows.get(name)]
    if different:
        counts = ", ".join(f"{name}: {manifest.rows.get(name)} / {rows.get(name)}" for name in different)
        raise StartupError(f"The restored data differs from the backup (rows in {counts}).")


def _copy_files(config: Config, directory: Path) -> None:
    config.data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    if config.store.kind == "local":
        for folder in FILES:
            copy_tree(directory / folder, config.data_dir / folder)
    if (directory / SECRET_KEY).exists():
        shutil.copy2(directory / SECRET_KEY, config.data_dir / SECRET_KEY)
