"""The primary dies while people write, and its standby is promoted; nginx and PgBouncer stand in between."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self

import pytest

from service.config import Config
from service.storage.engine import create_engine
from service.storage.transaction import Database
from tests.bouncer import PGBOUNCER, Bouncer, bouncer
from tests.databases import connect
from tests.faults.servers import OwnPostgres, own_postgres
from tests.faults.sizes import FAILOVER
from tests.http.people import Place, bearer, place
from tests.lifecycle.drills import eventually
from tests.servers import configuration
from tests.serving import ARQ, HYPERCORN, free_port, is_ready, program, settings_of
from tests.standby import Standby, standby_of

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
WRITERS, VISITORS = 4, 2
GIVEN_UP_AFTER = 200.0  # seconds
AT_THE_ROLE = (
    "synchronous_commit = 'on'",
    "jit = off",
    "join_collapse_limit = 4",
    "statement_timeout = '10s'",
)

pytestmark = [
    pytest.mark.skipif(not FAILOVER, reason="a drill for itself: make drills"),
    pytest.mark.skipif(
        not (PGBOUNCER and NGINX),
        reason="nginx or PgBouncer is not installed: the drill of a failover is not run",
    ),
]


class Crowd:
    """People who write and read what they wrote, and visitors, all through the proxy."""

    def __init__(self, port: int, member: Place) -> None:
        self.port, self.member = port, member
        self.written: list[float] = []
        self.acknowledged: list[str] = []
        self.unseen: list[str] = []
        self.writes: Counter[object] = Counter()
        self.reads: Counter[object] = Counter()
        self.visits: Counter[object] = Counter()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(WRITERS)]
        self._threads += [threading.Thread(target=self._visit) for _ in range(VISITORS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _write(self, number: int) -> None:
        turn = 0
        while not self._over.is_set():
            turn += 1
            title = f"Said by {number} as the {turn}. thing"
            status, made = self._ask(
                "POST", "/api/alpha/post", {"title": title, "community_id": self.member.community_id}
            )
            self.writes[status] += 1
            if status != 200:
                time.sleep(0.05)
                continue
            self.acknowledged.append(title)
            self.written.append(time.monotonic())
            self._look_for(title, made["post_view"]["post"]["id"])

    def _look_for(self, title: str, post_id: int) -> None:
        """What was acknowledged is seen by whoever wrote it, at once, whichever process answers."""
        while not self._over.is_set():
            status, _ = self._ask("GET", f"/api/alpha/post?id={post_id}")
            self.reads[status] += 1
            if status == 200:
                return
            if status in {400, 404}:
                self.unseen.append(title)
                return
            time.sleep(0.05)

    def _visit(self) -> None:
        while not self._over.is_set():
            self.visits[self._ask("GET", "/api/alpha/post/list?limit=5", signed_in=False)[0]] += 1
            time.sleep(0.02)

    def _ask(self, method: str, path: str, body: Any = None, *, signed_in: bool = True) -> tuple[object, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Content-Type": "application/json"} | (bearer(self.member.token) if signed_in else {})
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            said = answer.read()
            return answer.status, json.loads(said) if answer.status == 200 else None
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__, None
        finally:
            connection.close()


async def test_a_primary_dies_and_nothing_acknowledged_is_lost(
    redis_url: str, tmp_path: Path, record_property: Any
) -> None:
    with ExitStack() as stack:
        async with own_postgres(100) as primary, standby_of(primary.superuser_address, 100) as standby:
            await primary.execute(*(f"ALTER ROLE pieloop SET {setting}" for setting in AT_THE_ROLE))
            # From now on a commit is acknowledged when the standby has it.
            await primary.execute(
                "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"
            )
            config = configuration(primary.address, redis_url, tmp_path)
            member = await made_in(config)
            way = stack.enter_context(bouncer(leading_to(primary.sockets, standby.sockets)))
            port = stack.enter_context(site(config, way, primary, standby, tmp_path))
            eventually(lambda: reads_of_standby(port) > 0, within=GIVEN_UP_AFTER)
            crowd = stack.enter_context(Crowd(port, member))
            eventually(lambda: len(crowd.acknowledged) >= FAILOVER, within=GIVEN_UP_AFTER)
            visits_before = crowd.visits.copy()
            primary.kill()
            died = time.monotonic()
            eventually(lambda: crowd.writes.total() - len(crowd.acknowledged) > WRITERS, within=60)
            visits_meanwhile = crowd.visits - visits_before
            await standby.execute("SELECT pg_promote()")
            way.lead_to(leading_to(standby.sockets, standby.sockets))
            enough = len(crowd.acknowledged) + FAILOVER
            eventually(lambda: len(crowd.acknowledged) >= enough, within=GIVEN_UP_AFTER)
            crowd.__exit__()
            again = min(at for at in crowd.written if at > died) - died
            connection = await connect(standby.url(primary.address))
            kept = {row["title"] for row in await connection.fetch("SELECT title FROM post")}
            await connection.close()
            lost = set(crowd.acknowledged) - kept
            seen = [
                f"{len(crowd.acknowledged)} acknowledged, {len(lost)} lost, {len(crowd.unseen)} not seen by who wrote",
                f"first write {again:.1f} s after the death",
                f"writes {dict(crowd.writes)}, own reads {dict(crowd.reads)}, visits {dict(crowd.visits)}",
                f"visits while there was no primary {dict(visits_meanwhile)}",
            ]
            record_property("drill", ("a primary dies, its standby is promoted", "; ".join(seen)))
            assert not lost
            assert not crowd.unseen
            stack.close()


def leading_to(primary: Path, standby: Path) -> dict[str, str]:
    return {
        "pieloop": f"host={primary} dbname=pieloop user=pieloop",
        "pieloop_read": f"host={standby} dbname=pieloop user=pieloop",
    }


async def made_in(config: Config) -> Place:
    engine = create_engine(config, "web")
    try:
        return await place(Database(engine))
    finally:
        await engine.dispose()


@contextmanager
def site(config: Config, way: Bouncer, primary: OwnPostgres, standby: Standby, folder: Path) -> Iterator[int]:
    """Run the web processes, the workers and nginx; yield its port."""
    by_bouncer = f"postgresql://pieloop@/{{}}?host={way.place}"
    both = f"host={primary.sockets}:5432&host={standby.sockets}:5432"
    more = {
        "PIELOOP_DATABASE_URL": by_bouncer.format("pieloop"),
        "PIELOOP_DATABASE_READ_URLS": by_bouncer.format("pieloop_read"),
        "PIELOOP_DATABASE_DIRECT_URL": f"postgresql://pieloop@/pieloop?{both}&target_session_attrs=read-write",
        "PIELOOP_DATABASE_POOL": "null",
        "PIELOOP_DATABASE_READ_LAG": 4,
        "PIELOOP_HTTP_PROCESSES": 2,
        "PIELOOP_WORKER_PROCESSES": 2,
    }
    environ = settings_of(config, **more)
    ports = [free_port(), free_port()]
    with ExitStack() as stack:
        for port in ports:
            bind = ("--bind", f"127.0.0.1:{port}", "service:app")
            stack.enter_context(program(*HYPERCORN, *bind, environ=environ, cwd=folder))
        for _ in range(2):
            stack.enter_context(program(*ARQ, environ=environ, cwd=folder))
        for port in ports:
            eventually(partial(is_ready, port), within=GIVEN_UP_AFTER)
        yield stack.enter_context(nginx(ports, folder))


@contextmanager
def nginx(ports: list[int], folder: Path) -> Iterator[int]:
    """Share out requests among the processes."""
    assert NGINX
    own, front = folder / "nginx", free_port()
    own.mkdir()
    servers = " ".join(f"server 127.0.0.1:{port};" for port in ports)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {own}/{kind};" for kind in kinds)
    passing = "location / { proxy_pass http://site; proxy_set_header Host $host; }"
    (own / "conf").write_text(
        f"daemon off; pid {own}/pid; error_log {own}/error; events {{}}\n"
        f"http {{ access_log off; {temporary} upstream site {{ {servers} }}\n"
        f"server {{ listen 127.0.0.1:{front}; {passing} }} }}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen([NGINX, "-e", str(own / "error"), "-c", str(own / "conf")])
    try:
        eventually(lambda: is_ready(front), within=60)
        yield front
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def reads_of_standby(port: int) -> float:
    """Ask for a list as a visitor, then how many reads the standby took."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/api/alpha/post/list?limit=5")
        connection.getresponse().read()
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
    finally:
        connection.close()
    taken = [line for line in lines if line.startswith("pieloop_standby_reads_total{")]
    return sum(float(line.rpartition(" ")[2]) for line in taken)
