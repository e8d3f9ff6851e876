"""`python -m bench.federation.acceptance`: how many signed activities a second two web processes take in.

In the same run, by the same clients, the same bodies are posted to the smallest application of the same stack: the
ratio of both is what a busy machine changes least.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import click
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bench.federation.posting import request, send
from bench.processor import spent
from bench.site import HELLO, PIELOOP, prepared, served
from service.config import Config
from service.demo.sizes import sizes_of
from service.federation.signatures import cavage
from service.processes.progress import to_stream
from service.storage.engine import create_engine
from service.storage.tables import Instance, User
from service.storage.transaction import Database

THERE = "https://there.example"
PEOPLE = 50


@click.command()
@click.option("--activities", default=6000, show_default=True)
@click.option("--connections", default=32, show_default=True)
@click.option("--processes", default=2, show_default=True)
def bench(activities: int, connections: int, processes: int) -> None:
    """Send signed activities to the inbox, and their bodies to the hello-world."""
    asyncio.run(_bench(activities, connections, processes))


async def _bench(activities: int, connections: int, processes: int) -> None:
    key = generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    report = to_stream(sys.stderr)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        async with prepared(Path(directory), processes, sizes_of("small"), report) as config:
            await _meet(config, public)
            async with served(config, report) as servers:
                letters = [_letter(number, key, servers.pieloop) for number in range(activities)]
                hello = [_plain(number, servers.hello) for number in range(activities)]
                own = await _sent(servers.pieloop, letters, connections, PIELOOP, 202)
                other = await _sent(servers.hello, hello, connections, HELLO, 200)
            stored = await _stored(config)
    click.echo(
        f"{activities:,} activities, {processes} processes, {connections} connections; {stored:,} on the disk"
    )
    click.echo(
        f"accepted: {own[0]:,.0f}/s; {own[1]:.2f} ms of the web processes, {own[2]:.2f} ms of PostgreSQL each"
    )
    click.echo(
        f"hello-world: {other[0]:,.0f}/s; {other[1]:.2f} ms of its processes each; ratio {own[0] / other[0]:.2f}"
    )
    click.echo(f"by the processors: {2000 / (own[1] + own[2]):,.0f}/s on two cores that do nothing else")


async def _sent(
    server: str, requests: Sequence[bytes], connections: int, app: str, wanted: int
) -> tuple[float, float, float]:
    """Send requests over some connections; return how many a second, and milliseconds of processor for each."""
    before = spent(app)
    sent = await send(server, requests, connections)
    if sent.statuses.keys() != {wanted}:
        raise click.ClickException(f"The answers were {dict(sent.statuses)}.")
    used = spent(app).since(before, len(requests))
    return len(requests) / sent.seconds, used.web, used.database


def _body(number: int) -> bytes:
    who = f"{THERE}/u/p{number % PEOPLE}"
    return msgspec.json.encode(
        {
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": f"{THERE}/activities/like/{number}",
            "type": "Like",
            "actor": who,
            "object": f"https://bench.example/post/{number % 200}",
            "audience": "https://bench.example/c/cats",
        }
    )


def _letter(number: int, key: object, server: str) -> bytes:
    body = _body(number)
    headers = cavage.signed_headers(
        "POST",
        f"{server}/inbox",
        body,
        key_id=f"{THERE}/u/p{number % PEOPLE}#main-key",
        key=key,  # type: ignore[arg-type]
        now=time.time(),
    )
    return request("/inbox", headers | {"Content-Type": "application/activity+json"}, body)


def _plain(number: int, server: str) -> bytes:
    headers = {"Host": urlsplit(server).netloc, "Content-Type": "application/activity+json"}
    return request("/", headers, _body(number))


async def _meet(config: Config, public: str) -> None:
    async def people(session: AsyncSession) -> None:
        there = Instance(domain="there.example", software="lemmy", inbox=f"{THERE}/inbox")
        session.add(there)
        await session.flush()
        session.add_all(
            User(
                user_name=f"p{number}",
                instance_id=there.id,
                ap_profile_id=f"{THERE}/u/p{number}",
                public_key=public,
            )
            for number in range(PEOPLE)
        )

    engine = create_engine(config, "migrate")
    await Database(engine).write(people)
    await engine.dispose()


async def _stored(config: Config) -> int:
    engine = create_engine(config, "migrate")
    async with engine.connect() as db:
        found: int = (await db.execute(text("SELECT count(*) FROM pieloop.received"))).scalar_one()
    await engine.dispose()
    return found


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUTF8", "1")
    bench()
