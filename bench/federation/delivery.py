"""`python -m bench.federation.delivery`: how fast one worker takes a backlog to many servers, beside signing alone.

The worker is the one that sites run; what receives is a process of its own that verifies every signature. The backlog
is Announces of votes in one community, each on a post of its own.
"""

import asyncio
import json
import os
import secrets
import socket
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import click
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy.ext.asyncio import AsyncSession

from service.config import Config, DatabaseConfig, LogConfig, RedisConfig, SiteConfig
from service.embedded import run_embedded
from service.federation.deliver import leases
from service.federation.deliver.log import append
from service.federation.deliver.outgoing import Outgoing, Signer
from service.federation.signatures import cavage
from service.processes.progress import to_stream
from service.storage.engine import create_engine
from service.storage.migrate import migrate
from service.storage.tables import Community, CommunityMember, Instance, User
from service.storage.transaction import Database

DOMAIN = "bench.example"
TICKS = os.sysconf("SC_CLK_TCK")


@click.command()
@click.option("--peers", default=200, show_default=True)
@click.option("--activities", default=50, show_default=True, help="Announces, each to all peers.")
@click.option("--hanging", default=0, show_default=True, help="More peers, which accept and never answer.")
def bench(peers: int, activities: int, hanging: int) -> None:
    """Deliver a backlog and say how fast that went."""
    asyncio.run(_bench(peers, activities, hanging))


async def _bench(peers: int, activities: int, hanging: int) -> None:
    key = generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    report = to_stream(sys.stderr)
    with tempfile.TemporaryDirectory() as directory:
        async with run_embedded(Path(directory), report=report) as servers:
            config = msgspec.structs.replace(
                Config(),
                data_dir=Path(directory),
                site=SiteConfig(domain=DOMAIN, secret_key=secrets.token_hex()),
                database=DatabaseConfig(url=servers.database_url, direct_url=servers.database_url),
                redis=RedisConfig(url=servers.redis_url),
                log=LogConfig(level="error"),
            )
            await migrate(config)
            engine = create_engine(config, "worker")
            database, port = Database(engine), _free_port()
            await database.write(_people, pem, [*_hosts(peers), *_hanging(hanging)], port)
            async with _sink(Path(directory), public, port):
                await database.write(append, [_announce(number) for number in range(activities)])
                async with _worker(config) as worker:
                    figures = await _until_all_there(port, peers * activities, worker)
            await engine.dispose()
    _print(figures, _signing_alone(key), peers, activities, hanging)


async def _until_all_there(port: int, wanted: int, worker: asyncio.subprocess.Process) -> dict[str, float]:
    """Count from the first delivery that arrives, so that the start of the worker is left out."""
    first, began, cpu_began = 0, 0.0, 0.0
    while True:
        right, wrong = await asyncio.to_thread(_counts, port)
        if wrong:
            raise click.ClickException(f"{wrong} signatures do not hold.")
        if right and not began:
            first, began, cpu_began = right, time.monotonic(), _cpu(worker.pid)
        if right >= wanted:
            seconds, cpu = time.monotonic() - began, _cpu(worker.pid) - cpu_began
            return {"deliveries": right - first, "seconds": seconds, "cpu": cpu}
        if worker.returncode is not None:
            raise click.ClickException("The worker has ended.")
        await asyncio.sleep(0.05)


def _print(figures: dict[str, float], signing: float, peers: int, activities: int, hanging: int) -> None:
    wall, cpu = figures["deliveries"] / figures["seconds"], figures["deliveries"] / figures["cpu"]
    click.echo(f"{peers} peers, {activities} activities, {hanging} peers that hang")
    click.echo(f"deliveries a second: {wall:.0f}; a second of the worker's processor: {cpu:.0f}")
    click.echo(
        f"signing alone, a second of processor: {signing:.0f}; share of it reached: {cpu / signing:.0%}"
    )


def _signing_alone(key: object) -> float:
    """Sign as deliveries are signed, and nothing else, for two seconds of processor."""
    body, count, began = _announce(1).body, 0, time.process_time()
    while time.process_time() - began < 2:
        cavage.signed_headers(
            "POST",
            "http://127.0.0.1:8000/inbox",
            body,
            key_id=f"https://{DOMAIN}/c/cats#main-key",
            key=key,  # type: ignore[arg-type]
            now=time.time(),
        )
        count += 1
    return count / (time.process_time() - began)


async def _people(session: AsyncSession, pem: str, hosts: list[str], port: int) -> None:
    group = Community(name="cats", ap_profile_id=f"https://{DOMAIN}/c/cats", private_key=pem, instance_id=1)
    session.add(group)
    await session.flush()
    for host in hosts:
        there = Instance(domain=host, inbox=f"http://{host}:{port}/inbox", software="lemmy")
        session.add(there)
        await session.flush()
        person = User(user_name=host, instance_id=there.id, ap_inbox_url=there.inbox)
        session.add(person)
        await session.flush()
        session.add(CommunityMember(user_id=person.id, community_id=group.id))
    await session.flush()
    await session.execute(leases.MEET)


def _announce(number: int) -> Outgoing:
    identity = f"https://{DOMAIN}/activities/announce/{number}"
    document = {
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": identity,
        "type": "Announce",
        "actor": f"https://{DOMAIN}/c/cats",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "cc": [f"https://{DOMAIN}/c/cats/followers"],
        "object": {
            "id": f"https://{DOMAIN}/activities/like/{number}",
            "type": "Like",
            "actor": f"https://{DOMAIN}/u/ana",
            "object": f"https://{DOMAIN}/post/{number}",
            "audience": f"https://{DOMAIN}/c/cats",
        },
    }
    return Outgoing(
        id=identity,
        kind="Announce/Like",
        body=json.dumps(document).encode(),
        signer=Signer("community", 1),
        lane=f"p{number}/v1",
        community_id=1,
    )


def _hosts(count: int) -> list[str]:
    return [f"127.1.{number // 250}.{number % 250 + 1}" for number in range(count)]


def _hanging(count: int) -> list[str]:
    return [f"127.2.{number}.255" for number in range(count)]


@asynccontextmanager
async def _sink(directory: Path, public: str, port: int) -> AsyncIterator[None]:
    (directory / "key.pem").write_text(public)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.federation.sink", str(port), str(directory / "key.pem")
    )
    try:
        await asyncio.to_thread(_wait_for, port)
        yield
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def _worker(config: Config) -> AsyncIterator[asyncio.subprocess.Process]:
    settings = {
        "PIELOOP_DATA_DIR": str(config.data_dir),
        "PIELOOP_SITE_DOMAIN": DOMAIN,
        "PIELOOP_SITE_SECRET_KEY": config.site.secret_key,
        "PIELOOP_DATABASE_URL": config.database.url,
        "PIELOOP_DATABASE_DIRECT_URL": config.database.direct_url,
        "PIELOOP_REDIS_URL": config.redis.url,
        "PIELOOP_LOG_LEVEL": "error",
        "PIELOOP_OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "arq", "workers.settings.WorkerSettings", env=os.environ | settings
    )
    try:
        yield process
    finally:
        process.terminate()
        await process.wait()


def _counts(port: int) -> tuple[int, int]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
        right, wrong = answer.read().split()
    return int(right), int(wrong)


def _wait_for(port: int) -> None:
    while True:
        with suppress(OSError):
            _counts(port)
            return
        time.sleep(0.05)


def _cpu(pid: int) -> float:
    """Return the seconds of processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


if __name__ == "__main__":
    bench()
