"""PostgreSQL and Redis from wheels, below the data directory, for `pieloop up` and for the tests.

No port is opened: both listen on sockets in a directory that is ours alone. They end when we end, however that comes
(see processes/tether.py).
"""

import asyncio
import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from service.config import Config
from service.errors import StartupError
from service.processes.postgres import SOCKET_NAME, postgres_url, start_postgres
from service.processes.progress import Report, silent
from service.processes.server import Server
from service.processes.valkey import start_valkey, valkey_url

# sun_path has 108 bytes with its closing zero.
LONGEST_SOCKET = 107
LEAST_FREE = 96 * 1024 * 1024


@dataclass(frozen=True)
class Servers:
    """Where the embedded servers listen; an empty address for one that was not asked for."""

    database_url: str
    superuser_url: str
    redis_url: str
    watches: tuple[asyncio.Task[None], ...]

    async def failed(self) -> None:
        """Wait for ever, or until a server has died and cannot be started again.

        Raises:
            StartupError: the server's last words.
        """
        if not self.watches:
            await asyncio.Event().wait()
        await asyncio.gather(*(asyncio.shield(watch) for watch in self.watches))


@asynccontextmanager
async def run_embedded(
    data_dir: Path,
    *,
    postgres: bool = True,
    redis: bool = True,
    max_connections: int = 100,
    durable: bool = True,
    report: Report = silent,
) -> AsyncIterator[Servers]:
    """Run the embedded servers while the body runs, bring back one that dies, stop them in order afterwards.

    Enter it in the main thread: the servers are stopped when the thread that started them ends.

    Parameters:
        data_dir: everything is kept here; made where there is none.
        postgres: whether PostgreSQL is wanted.
        redis: whether Redis is wanted.
        max_connections: PostgreSQL's limit.
        durable: False for tests: faster, and a crash of the machine may lose the data.
        report: is told each step.

    Raises:
        StartupError: another Pieloop runs on this directory, the disk is full, the directory is not ours, or a
            server does not start; the sentence says which.
    """
    data_dir = data_dir.absolute()
    async with AsyncExitStack() as stack:
        with _explaining(data_dir):
            data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
            stack.enter_context(lock(data_dir))
            _check_disk(data_dir)
            sockets = stack.enter_context(_socket_directory(data_dir))
            watches: list[asyncio.Task[None]] = []
            database_url = superuser_url = redis_url = ""
            if postgres:
                server = await start_postgres(
                    data_dir / "postgres",
                    sockets / "postgres",
                    max_connections=max_connections,
                    durable=durable,
                    report=report,
                )
                watches.append(_look_after(stack, server, report))
                database_url, superuser_url = server.url(), server.url("postgres", "postgres")
            if redis:
                valkey = await start_valkey(
                    data_dir / "valkey", sockets / "valkey" / "socket", durable=durable, report=report
                )
                watches.append(_look_after(stack, valkey, report))
                redis_url = valkey.url()
        yield Servers(database_url, superuser_url, redis_url, tuple(watches))


async def find_postgres(data_dir: Path) -> str | None:
    """Return the address of the PostgreSQL that another process runs on this directory; None if none answers."""
    sockets = _sockets(data_dir) / "postgres"
    return postgres_url(sockets) if await _answers(sockets / SOCKET_NAME) else None


async def find_redis(data_dir: Path) -> str | None:
    """Return the address of the Redis that another process runs on this directory; None if none answers."""
    socket = _sockets(data_dir) / "valkey" / "socket"
    return valkey_url(socket) if await _answers(socket) else None


async def with_running_servers(config: Config) -> Config:
    """Return the configuration with the addresses of the embedded servers that run, where it has none of its own."""
    database, redis = config.database, config.redis
    if not database.url and (url := await find_postgres(config.data_dir)):
        database = msgspec.structs.replace(database, url=url, direct_url=url)
    if not redis.url and (url := await find_redis(config.data_dir)):
        redis = msgspec.structs.replace(redis, url=url)
    return msgspec.structs.replace(config, database=database, redis=redis)


def _sockets(data_dir: Path) -> Path:
    # `run` may be a link to a place with a shorter path.
    return (data_dir.absolute() / "run").resolve()


async def _answers(socket: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(str(socket))
    except OSError:
        return False
    writer.close()
    return True


@contextmanager
def lock(data_dir: Path) -> Iterator[None]:
    """Hold the data directory for this process alone; the system lets go of it when the process ends, in any way.

    Raises:
        StartupError: another process holds it.
    """
    with (data_dir / "lock").open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise StartupError(f"Pieloop is already running on {data_dir} (process {holder}).") from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _look_after(stack: AsyncExitStack, server: Server, report: Report) -> asyncio.Task[None]:
    """Watch over a server that has started, until the stack ends and stops it."""
    watch: asyncio.Task[None] = asyncio.create_task(server.look_after())

    async def end() -> None:
        with report(f"Stopping {server.name}"):
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
            await server.stop()

    stack.push_async_callback(end)
    return watch


@contextmanager
def _socket_directory(data_dir: Path) -> Iterator[Path]:
    """Make a private directory for the sockets, and remove it afterwards.

    It is `run` in the data directory. Where a socket's path would be too long for the system, it is a short one among
    the system's temporary files, and `run` a link to it.
    """
    run = data_dir / "run"
    _remove_sockets(run)
    if len(os.fsencode(run / "postgres" / SOCKET_NAME)) <= LONGEST_SOCKET:
        run.mkdir()
        directory = run
    else:
        directory = Path(tempfile.mkdtemp(prefix="pieloop-"))
        run.symlink_to(directory)
    directory.chmod(0o711)
    for name in ("postgres", "valkey"):
        (directory / name).mkdir(mode=0o700)
    try:
        yield directory
    finally:
        _remove_sockets(run)


def _remove_sockets(run: Path) -> None:
    if run.is_symlink():
        target = run.readlink()
        if target.name.startswith("pieloop-") and target.is_dir() and target.stat().st_uid == os.geteuid():
            shutil.rmtree(target, ignore_errors=True)
        run.unlink()
    elif run.exists():
        shutil.rmtree(run)


def _check_disk(data_dir: Path) -> None:
    free = shutil.disk_usage(data_dir).free
    if free < LEAST_FREE:
        raise StartupError(
            f"The disk of {data_dir} is full: {free >> 20} MB are free and {LEAST_FREE >> 20} MB are needed."
        )


@contextmanager
def _explaining(data_dir: Path) -> Iterator[None]:
    """Turn what the file system refuses into a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StartupError(f"The disk of {data_dir} is full.") from error
        where = error.filename or data_dir
        raise StartupError(f"The data directory cannot be used: {where}: {error.strerror}.") from error
