"""Takes a backup while the site runs: the database as it is at one moment, then the image files that it names."""

import asyncio
import hashlib
import os
import shutil
from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from service.backup.contents import DATABASE, FILES, SECRET_KEY, Manifest, write_manifest
from service.backup.postgres_tools import find_tool, run_tool
from service.config import Config
from service.errors import StartupError
from service.storage.engine import create_engine, database_address
from service.storage.schema import schema_state
from service.version import own_version

TABLES = text("""
    SELECT format('%I.%I', nspname, relname) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind IN ('r', 'p') AND NOT relispartition AND nspname IN ('public', 'pieloop') ORDER BY 1
""")


async def take(config: Config, directory: Path) -> Manifest:
    """Write a backup into a new directory.

    Files are written before a row names them and never change, so files copied after the database's moment are all
    that its rows name, but for pictures that somebody deleted in between.

    Parameters:
        config: the whole configuration, with the database's address.
        directory: made, with room for the dump and for all images; it may not hold a backup already.

    Raises:
        StartupError: there is something in the directory, the database cannot be reached, or a program is missing.
    """
    _make_empty(directory)
    engine = create_engine(config, "migrate")
    try:
        async with engine.connect() as opened:
            connection = await opened.execution_options(isolation_level="REPEATABLE READ")
            state = await schema_state(connection)
            taken_at = await connection.scalar(text("SELECT now() AT TIME ZONE 'utc'"))
            rows = await count_rows(connection)
            await _dump(config, connection, directory / DATABASE)
    except (DBAPIError, OSError) as error:
        raise StartupError(f"The database could not be backed up: {error}.") from error
    finally:
        await engine.dispose()
    files = await asyncio.to_thread(_copy_files, config, directory)
    assert isinstance(taken_at, datetime)  # noqa: S101 - for the type checker
    manifest = Manifest(
        version=own_version(),
        revision=state.revision,
        domain=config.site.domain,
        taken_at=taken_at,
        rows=rows,
        media_files=files,
        database_sha256=await asyncio.to_thread(sha256_of, directory / DATABASE),
    )
    write_manifest(directory, manifest)
    return manifest


async def count_rows(connection: AsyncConnection) -> dict[str, int]:
    """Return how many rows each table of the site has, by its qualified name."""
    tables = [name for (name,) in await connection.execute(TABLES)]
    return {
        name: await connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0  # noqa: S608 - quoted by format
        for name in tables
    }


def sha256_of(file: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _make_empty(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(directory.iterdir()):
            raise StartupError(f"{directory} is not empty: name a new directory for the backup.")
    except OSError as error:
        raise StartupError(f"{directory} cannot be used: {error.strerror}.") from error


async def _dump(config: Config, connection: AsyncConnection, file: Path) -> None:
    """Dump what this very transaction sees, so that the counted rows and the dumped ones are the same."""
    server = int(await connection.scalar(text("SELECT current_setting('server_version_num')")) or 0) // 10000
    snapshot = await connection.scalar(text("SELECT pg_export_snapshot()"))
    await run_tool(
        await asyncio.to_thread(find_tool, "pg_dump", server),
        database_address(config, direct=True),
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        f"--snapshot={snapshot}",
        f"--file={file}",
    )


def _copy_files(config: Config, directory: Path) -> int | None:
    """Copy the images and the secret key; return how many images."""
    kept_key = config.data_dir / SECRET_KEY
    if kept_key.exists():
        shutil.copy2(kept_key, directory / SECRET_KEY)
    if config.store.kind != "local":
        return None
    return sum(copy_tree(config.data_dir / folder, directory / folder) for folder in FILES)


def copy_tree(source: Path, target: Path) -> int:
    """Copy all files below a directory, those that vanish meanwhile apart; return how many there are."""
    copied = 0
    for folder, _, names in os.walk(source):
        place = target / Path(folder).relative_to(source)
        place.mkdir(parents=True, exist_ok=True)
        for name in names:
            try:
                shutil.copy2(Path(folder) / name, place / name)
            except FileNotFoundError:
                continue
            copied += 1
    return copied
