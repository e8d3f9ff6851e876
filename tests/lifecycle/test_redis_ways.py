"""The ways to Redis: over TLS with certificates on both sides, and to the master that Sentinels name."""

import asyncio
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from arq.constants import default_queue_name
from redis.asyncio import Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.sentinel import SentinelManagedSSLConnection
from redis.exceptions import RedisError

from service import redis_pools
from service.config import Config, RedisConfig
from service.config.checks import check_together
from service.config.errors import ConfigError
from service.doctor.redis import look_at_redis
from service.errors import StartupError
from service.lifecycle import Resources, open_redis, open_resources
from service.processes.valkey import _find_binary
from service.redis_pools import redis_client
from tests.federate.authority import Papers, issue
from tests.workers.events import recorded
from workers.relay import sweep

PASSWORD = "of the drill"


def with_redis(config: Config, patience: float = 0.01, /, **changes: Any) -> Config:
    """Return the configuration with another way to Redis, which is given up at once."""
    redis = msgspec.structs.replace(RedisConfig(timeout=10), **changes)
    database = msgspec.structs.replace(config.database, start_timeout=patience)
    return check_together(msgspec.structs.replace(config, redis=redis, database=database))


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    """An authority that nobody else trusts, and a certificate for `localhost`."""
    return issue(["localhost"], tmp_path)


@asynccontextmanager
async def over_tls(redis_url: str, papers: Papers) -> AsyncIterator[int]:
    """Let the run's Redis be reached over TLS by those who show a certificate; yield the port."""
    context = papers.for_servers()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(papers.authority)

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(parse_url(redis_url)["path"])
        ways = [asyncio.ensure_future(copy(reader, back)), asyncio.ensure_future(copy(there, writer))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        back.close()
        writer.close()

    async with await asyncio.start_server(forward, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)


async def test_over_tls_both_sides_show_who_they_are(config: Config, redis_url: str, papers: Papers) -> None:
    ours = {"cert_file": str(papers.certificate), "key_file": str(papers.certificate)}
    all_of_it = {"ca_file": str(papers.authority), **ours}
    async with over_tls(redis_url, papers) as port:
        url = f"rediss://localhost:{port}/{parse_url(redis_url)['db']}"
        another_name = url.replace("localhost", "127.0.0.1")
        for ways in (
            {"url": url, **all_of_it},
            {"url": f"{another_name}?ssl_check_hostname=false", **all_of_it},
        ):
            async with open_redis(with_redis(config, **ways)) as redis:
                await redis.set("said", "over TLS")
                assert await redis.get("said") == b"over TLS"
            seen = await look_at_redis(with_redis(config, **ways))
            assert all(one.well for one in seen.findings), seen
        for what, refused in (
            ("nobody vouches for the server", {"url": url, **ours}),
            ("the server is called otherwise", {"url": another_name, **all_of_it}),
            ("we show no certificate", {"url": url, "ca_file": str(papers.authority)}),
            ("the file is none", {"url": url, **all_of_it, "ca_file": __file__}),
            ("there is no such file", {"url": url, **all_of_it, "key_file": "/nowhere"}),
        ):
            with pytest.raises(StartupError):
                async with open_redis(with_redis(config, **refused)):
                    pytest.fail(what)
            [finding] = (await look_at_redis(with_redis(config, **refused))).findings
            assert not finding.well, what


def test_sentinels_are_asked_in_the_same_way_as_the_master(config: Config, papers: Papers) -> None:
    ways: dict[str, Any] = {
        "ca_file": str(papers.authority),
        "sentinels": ("a:1", "[::1]:2"),
        "sentinel_password": PASSWORD,
    }
    pool: Any = redis_client(with_redis(config, url="rediss://ana:secret@/3", **ways)).connection_pool
    assert pool.connection_class is SentinelManagedSSLConnection
    assert {"db": 3, "username": "ana", "password": "secret"}.items() <= pool.connection_kwargs.items()
    told = [one.connection_pool.connection_kwargs for one in pool.sentinel_manager.sentinels]
    assert [(one["host"], one["port"]) for one in told] == [("a", 1), ("::1", 2)]
    for one in (*told, pool.connection_kwargs):
        assert one["ssl_ca_certs"] == str(papers.authority)
        assert one["ssl_check_hostname"]
        assert one["socket_timeout"] == 10
    assert told[0]["password"] == PASSWORD


@pytest.mark.parametrize(
    "redis",
    [
        {"sentinels": ("a",)},
        {"sentinels": ("a:1",), "url": "unix:///tmp/a"},
        {"cert_file": "/a"},
        {"key_file": "/a"},
    ],
)
def test_what_is_no_way_is_refused(config: Config, redis: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"^redis\."):
        with_redis(config, **redis)
    assert with_redis(config, sentinels=("a:1",)).redis.url == "redis://"


@contextmanager
def valkey(folder: Path, name: str, *options: object) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Valkey with a configuration of its own, which it may write to."""
    place = folder / name
    place.mkdir()
    (place / "conf").write_text("\n".join(map(str, options)) + "\n", encoding="utf-8")
    command: list[str | Path] = [
        _find_binary(),
        place / "conf",
        *(["--sentinel"] if name == "sentinel" else []),
    ]
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=place)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


async def until_said(port: int, command: str, wanted: str) -> None:
    """Wait until a server answers a command so; it may not serve yet."""
    redis: Any = Redis(port=port)
    async with redis:
        while True:
            try:
                if wanted in str(await redis.execute_command(*command.split())):
                    return
            except (RedisError, OSError):
                pass
            await asyncio.sleep(0.02)


async def until_queued(resources: Resources) -> None:
    """Look for events whose wake-up got lost, as every worker does, until Redis takes one."""
    while True:
        try:
            await sweep(resources)
            if await resources.redis.zcard(default_queue_name):
                return
        except (RedisError, OSError):
            pass
        await asyncio.sleep(0.02)


async def test_a_new_master_takes_over_and_no_event_is_lost(config: Config, tmp_path: Path) -> None:
    first, second, sentinel = free_ports(3)
    plain = ("bind 127.0.0.1", "save ''", "appendonly no", "repl-diskless-sync-delay 0")
    watching = (
        f"port {sentinel}",
        "bind 127.0.0.1",
        f"sentinel monitor ours 127.0.0.1 {first} 1",
        "sentinel down-after-milliseconds ours 300",
        "sentinel failover-timeout ours 3000",
    )
    with (
        valkey(tmp_path, "first", f"port {first}", *plain) as master,
        valkey(tmp_path, "second", f"port {second}", *plain, f"replicaof 127.0.0.1 {first}"),
        valkey(tmp_path, "sentinel", *watching),
    ):
        await until_said(second, "INFO replication", "'master_link_status': 'up'")
        await until_said(sentinel, "SENTINEL REPLICAS ours", str(second))
        ways = {"sentinels": (f"127.0.0.1:{sentinel}",), "sentinel_master": "ours"}
        async with open_resources(with_redis(config, 60, **ways), "worker") as worker:
            await recorded(worker.database)
            await until_queued(worker)
            async with Redis(port=first) as old:
                assert await old.zcard(default_queue_name) == 1
                await old.flushall()  # what it has not passed on when it dies
            master.kill()
            await until_queued(worker)
        async with Redis(port=second) as new:
            assert (await new.info("replication"))["role"] == "master"
            assert await new.zcard(default_queue_name) == 1


def test_files_that_are_not_named_are_none() -> None:
    """An empty name would be opened."""
    said = redis_pools._tls(RedisConfig(), {})
    assert [said[name] for name in ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")] == [None] * 3
    assert (said["ssl_cert_reqs"], said["ssl_check_hostname"]) == ("required", True)
