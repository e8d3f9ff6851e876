"""PgBouncer in transaction mode before a PostgreSQL: of a drill, or of the whole run with TESTS_PGBOUNCER=1."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from service.processes.postgres import SOCKET_NAME
from tests.lifecycle.drills import NOBODY

# Debian keeps it where only root looks.
PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
WANTED, PLACE = "TESTS_PGBOUNCER", "TESTS_PGBOUNCER_AT"
READY_WITHIN = 30.0  # seconds
# What PgBouncer does not pass on stands at the role (docs/pooling.md).
AT_THE_ROLE = {
    "jit": "off",
    "join_collapse_limit": "4",
    "statement_timeout": "'30s'",
    "lock_timeout": "'20s'",
}


class Bouncer:
    """A PgBouncer that runs.

    Attributes:
        place: the directory of its socket.
    """

    def __init__(self, place: Path, process: subprocess.Popen[bytes] | None = None) -> None:
        self.place = place
        self._process = process

    def lead_to(self, databases: Mapping[str, str], pool_size: int = 20) -> None:
        """Let databases be elsewhere from now on, as `bouncer` takes them."""
        assert self._process
        write_settings(self.place, databases, pool_size)
        self._process.send_signal(signal.SIGHUP)

    def before(self, url: str) -> str:
        """Return the address of a database by way of it."""
        return (
            make_url(url).update_query_dict({"host": str(self.place)}).render_as_string(hide_password=False)
        )


@contextmanager
def bouncer(databases: Mapping[str, str], *, pool_size: int = 20) -> Iterator["Bouncer"]:
    """Run PgBouncer.

    Parameters:
        databases: the names under which clients know them, `*` for all, and where each is, in PgBouncer's words.
        pool_size: connections that it opens for each database and role.
    """
    assert PGBOUNCER
    with tempfile.TemporaryDirectory(prefix="pb-") as name:
        place = Path(name)
        place.chmod(0o755)
        (place / "users").write_text('"postgres" ""\n"pieloop" ""\n', encoding="utf-8")
        write_settings(place, databases, pool_size)
        as_whom: list[str] = []
        if (
            os.geteuid() == 0
        ):  # which it does not run as; the servers' sockets may lie in a directory of root's
            os.chown(place, NOBODY, NOBODY)
            nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
            as_whom = [*nobody, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        process = subprocess.Popen([*as_whom, PGBOUNCER, "-q", str(place / "ini")])
        try:
            deadline = time.monotonic() + READY_WITHIN
            while not (place / SOCKET_NAME).exists():
                assert process.poll() is None, (place / "log").read_text(encoding="utf-8")
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield Bouncer(place, process)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def write_settings(place: Path, databases: Mapping[str, str], pool_size: int) -> None:
    """Say what it is to do; it reads this when it starts, and at RELOAD."""
    lines = [f"{name} = {where}" for name, where in databases.items()]
    (place / "ini").write_text(
        "\n".join(
            [
                "[databases]",
                *lines,
                "[pgbouncer]",
                "pool_mode = transaction",
                f"default_pool_size = {pool_size}",
                "max_client_conn = 1000",
                "auth_type = trust",
                f"auth_file = {place / 'users'}",
                "admin_users = postgres",
                "listen_port = 5432",
                f"unix_socket_dir = {place}",
                f"logfile = {place / 'log'}",
                "server_login_retry = 1",
            ]
        ),
        encoding="utf-8",
    )


def of_the_run(url: str) -> str:
    """Return the address of a database by way of the run's PgBouncer, where there is one."""
    place = os.environ.get(PLACE)
    return Bouncer(Path(place)).before(url) if place else url
