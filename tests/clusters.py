"""Copies PostgreSQL's cluster where a new one is wanted: what initdb makes in a second is the same each time.

The servers of the run keep a copy of theirs, before anything was done with it. A test that is about how a cluster is
made has `started_from_nothing()`.
"""

import asyncio
import os
from pathlib import Path

from service.processes import postgres
from service.processes.logs import Log
from service.processes.postgres import Installation
from tests.preloaded import forks

KEPT_VARIABLE = "TESTS_CLUSTER"

_create = postgres._create_cluster


def copy_clusters() -> None:
    """Let servers that this process starts have copies from now on."""
    postgres._create_cluster = _copy


async def _copy(installation: Installation, cluster: Path, log: Log, *, durable: bool) -> None:
    kept = Path(os.environ.get(KEPT_VARIABLE, os.devnull) + f".{installation.account}")
    if not (forks() and kept.exists()):
        await _create(installation, cluster, log, durable=durable)
        return
    draft = cluster.with_name("cluster.new")
    await postgres._remove(draft, installation)
    await _copy_files(kept, draft)
    draft.rename(cluster)


async def _make_and_keep(installation: Installation, cluster: Path, log: Log, *, durable: bool) -> None:
    await _create(installation, cluster, log, durable=durable)
    await _copy_files(cluster, Path(os.environ[KEPT_VARIABLE] + f".{installation.account}"))


def keep_the_first(place: Path) -> None:
    """Keep a copy of what the servers of this run make of their own.

    Parameters:
        place: where, below a directory of ours; the account that owns the files is added to the name.
    """
    os.environ[KEPT_VARIABLE] = str(place)
    postgres._create_cluster = _make_and_keep


async def _copy_files(source: Path, target: Path) -> None:
    process = await asyncio.create_subprocess_exec("cp", "-a", source, target)
    assert await process.wait() == 0
