"""Sockets: every connection to PostgreSQL belongs to exactly one process, by the kernel's own tables."""

import asyncio
import subprocess
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import make_url

from laboratory.experiment import Experiment, Laboratory, Trial, some_of
from laboratory.kernel import Link, command_line, descendants, links
from laboratory.load import clients, keep_queue
from laboratory.programs import Program, connect, environ, ready, running, web, with_http, work
from service.config import Config
from service.errors import StartupError
from service.lifecycle import open_redis
from service.processes.postgres import SOCKET_NAME
from service.processes.serve import find_settings

if TYPE_CHECKING:
    import asyncpg

MEDIA_CHILD = "service.media.child"
WITHIN = 30.0
BACKENDS = (
    "SELECT pid, application_name FROM pg_stat_activity"
    " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND application_name LIKE 'pieloop.%'"
)


@dataclass
class Look:
    """What one look at a group has found.

    Attributes:
        owners: how many connections each process of the group has.
        media: its image processes.
        shared: connections that more than one process holds.
        misowned: image processes and parents that hold a connection.
        matched: backends whose name and whose other end tell of the same process.
        strange: backends of which this is not so.
    """

    owners: dict[int, int] = field(default_factory=dict)
    media: set[int] = field(default_factory=set)
    shared: int = 0
    misowned: int = 0
    matched: int = 0
    strange: int = 0

    @property
    def faults(self) -> int:
        """Return everything that must not be."""
        return self.shared + self.misowned + self.strange

    def complete(self, owners: int) -> bool:
        """Tell whether so many processes have connections and an image process each."""
        return len(self.owners) >= owners and len(self.media) >= owners

    @property
    def sockets(self) -> int:
        """Return the connections of the group."""
        return sum(self.owners.values())


async def trials(laboratory: Laboratory) -> AsyncGenerator[Trial, None]:
    """Look at Hypercorn's workers, at ours, at arq's, all under load; then at a forked pool of processes."""
    place, processes, workers = laboratory.place / "logs", laboratory.sizes.web, laboratory.sizes.workers
    config = with_http(laboratory.config, processes=processes)
    hypercorn = running(
        *("-m", "hypercorn", "--config", find_settings(), "--workers", processes, "--bind", config.http.bind),
        "laboratory.site:app", place=place, environ=environ(config),
    )  # fmt: skip
    async with hypercorn as program, _asked(config, "/laboratory/picture", processes):
        await ready(program, config)
        yield await _looked(
            laboratory, f"hypercorn --workers {processes} laboratory.site:app", program, processes
        )
    async with web(place, config, processes) as program, _asked(config, "/laboratory/picture", processes):
        yield await _looked(
            laboratory,
            f"the supervisor of pieloop serve, {processes} processes of laboratory.site:app",
            program,
            processes,
        )
    async with work(place, config, workers) as program, _given(config, workers):
        yield await _looked(
            laboratory,
            f"the supervisor of pieloop work, {workers} processes of arq laboratory.jobs.WorkerSettings",
            program,
            workers,
        )
    look = await _held(place, config)
    found = f"{look.sockets} sockets, {look.shared} of them held by several processes"
    yield some_of("a pool of processes forked from one that has an engine", look.shared, found)


def judge(
    group: Iterable[int], parents: Iterable[int], links: Iterable[Link], named: Iterable[tuple[int, str]] = ()
) -> Look:
    """Judge what one look has found.

    Parameters:
        group: all its processes, parents and image processes among them.
        parents: those that may own nothing.
        links: the connections to the server.
        named: the backends of the group: process id and application name.
    """
    look, group = Look(), set(group)
    look.media = {pid for pid in group if MEDIA_CHILD in command_line(pid)}
    without = look.media | set(parents)
    owner_of: dict[int, int] = {}
    for link in links:
        mine = link.holders & group
        if not mine:
            continue
        look.shared += len(link.holders) > 1
        look.misowned += len(mine & without)
        owner = min(mine)
        look.owners[owner] = look.owners.get(owner, 0) + 1
        owner_of |= dict.fromkeys(link.servers, owner)
    for backend, name in named:
        if f".{owner_of.get(backend)}@" in name:
            look.matched += 1
        else:
            look.strange += 1
    return look


def socket_of(config: Config) -> Path:
    """Return the path of the server's socket."""
    host = make_url(config.database.direct_url).query["host"]
    return Path(str(host)) / SOCKET_NAME


async def _looked(laboratory: Laboratory, what: str, program: Program, owners: int) -> Trial:
    """Look many times, under load, and judge all looks together."""
    config = laboratory.config
    looks: list[Look] = []
    connection = await connect(config)
    try:
        async with asyncio.timeout(WITHIN):
            # The image processes and all pools come up with the load.
            while not (looks and (looks[-1].faults or looks[-1].complete(owners))):
                looks.append(await _look(connection, config, program))
                await asyncio.sleep(0.1)
        for _ in range(laboratory.sizes.looks):
            looks.append(await _look(connection, config, program))
            await asyncio.sleep(0.1)
    except TimeoutError:
        raise StartupError(f"{what}: not everybody came up: {looks[-1]} {program.said()[-2000:]}") from None
    finally:
        connection.terminate()
    last = looks[-1]
    found = (
        f"{len(looks)} looks at up to {max(look.sockets for look in looks)} sockets of {len(last.owners)} processes: "
        f"{sum(look.shared for look in looks)} shared, {sum(look.misowned for look in looks)} held by a parent or "
        f"one of {len(last.media)} image processes; {sum(look.matched for look in looks)} backends matched, "
        f"{sum(look.strange for look in looks)} not"
    )
    holds = not any(look.faults for look in looks) and len(last.owners) == owners and last.matched > 0
    return Trial(
        what, "every socket and every backend has one owner, parents and image processes none", found, holds
    )


async def _look(connection: "asyncpg.Connection[Any]", config: Config, program: Program) -> Look:
    """Look at a group; what seems wrong is looked at again, since between fork and exec a starting program holds all.

    So does a connection that is just being made or closed have no two ends for a moment.
    """
    for _ in range(3):
        group = [program.child.pid, *descendants(program.child.pid)]
        before = {tuple(row) for row in await connection.fetch(BACKENDS)}
        seen = links(socket_of(config))
        after = {tuple(row) for row in await connection.fetch(BACKENDS)}
        look = judge(group, [program.child.pid], seen, before & after)
        if not look.faults:
            break
        await asyncio.sleep(0.05)
    return look


@asynccontextmanager
async def _asked(config: Config, path: str, processes: int) -> AsyncIterator[None]:
    """Keep web processes busy with statements and pictures while the body runs."""
    enough = asyncio.Event()
    async with clients(config) as callers, asyncio.TaskGroup() as group:
        group.create_task(callers.until(enough, "/laboratory/echo?answers=20&pause=0.005", 6 * processes))
        group.create_task(callers.until(enough, path, processes))
        try:
            yield
        finally:
            enough.set()


@asynccontextmanager
async def _given(config: Config, workers: int) -> AsyncIterator[None]:
    """Keep workers busy with statements and pictures while the body runs."""
    enough = asyncio.Event()
    jobs = (("echo", 20, 0.005, 0.0), ("echo", 20, 0.005, 0.0), ("picture",))
    async with open_redis(config) as redis, asyncio.TaskGroup() as group:
        group.create_task(keep_queue(redis, enough, 12 * workers, jobs))
        try:
            yield
        finally:
            enough.set()


async def _held(place: Path, config: Config) -> Look:
    """Look at an engine in a parent, and at the pool of processes that it forks."""
    arguments = ("-m", "laboratory.inherited", "hold", config.database.url)
    async with running(*arguments, place=place, environ=environ(config), stdin=subprocess.PIPE) as program:
        async with asyncio.timeout(WITHIN):
            while not program.said().endswith("\n"):
                await asyncio.sleep(0.05)
        group = [program.child.pid, *descendants(program.child.pid)]
        return judge(group, [], links(socket_of(config)))


EXPERIMENT = Experiment(
    "sockets",
    "Seen from outside, by the descriptors of every process and the kernel's socket table: each connection to "
    "PostgreSQL has exactly one owner, and it is the process that the connection's name tells of.",
    trials,
)
