"""What the commands do: find or start the database, take or restore a backup, and say in words what was done."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from service.backup.contents import Manifest
from service.backup.restore import restore
from service.backup.take import take
from service.config import Config
from service.embedded import run_embedded, with_running_servers


async def back_up(config: Config, directory: Path) -> str:
    """Take a backup; return what to tell.

    Raises:
        StartupError: see `take`.
    """
    async with _with_database(config) as reachable:
        manifest = await take(reachable, directory)
    told = f"Backed up {_amounts(manifest)} to {directory}."
    if manifest.media_files is None:
        told += " The images are in the bucket: back that up by itself."
    return told


async def bring_back(config: Config, directory: Path) -> str:
    """Restore a backup; return what to tell.

    Raises:
        StartupError: see `restore`.
    """
    async with _with_database(config) as reachable:
        manifest = await restore(reachable, directory)
    return f"Restored {_amounts(manifest)}, taken at {manifest.taken_at:%Y-%m-%d %H:%M} UTC from {manifest.domain}."


@asynccontextmanager
async def _with_database(config: Config) -> AsyncIterator[Config]:
    """Give the configuration an address: the configured one, the running embedded server's, or one started for now."""
    reachable = await with_running_servers(config)
    if reachable.database.url:
        yield reachable
        return
    async with run_embedded(config.data_dir, redis=False) as servers:
        url = servers.database_url
        yield msgspec.structs.replace(
            config, database=msgspec.structs.replace(config.database, url=url, direct_url=url)
        )


def _amounts(manifest: Manifest) -> str:
    files = "" if manifest.media_files is None else f" and {manifest.media_files:,} image files"
    return f"{sum(manifest.rows.values()):,} rows in {len(manifest.rows)} tables{files}"
