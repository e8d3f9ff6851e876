"""`python -m bench.federation.beside`: the same activities into whatever server, and out of it to many.

A crowd posts into a community of the server, comments and votes, each signed with a key of its own, which the server
fetches when it first hears of somebody. Measured are how many a second are accepted, how many are worked off, and what
processor and memory that takes. Then servers follow the community, and what reaches them of new comments is counted.

The server must be able to reach the crowd by its names, over TLS, and be told to allow addresses that are not public.
"""

import asyncio
import secrets
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import click
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from bench.federation.crowd import DOCUMENT, person
from bench.federation.posting import request, send
from bench.federation.traffic import Activity, Traffic
from bench.processor import Used, used_by
from service.federation.signatures import cavage

SOON = 15  # seconds until a server knows whom it has to tell
SETTLED = 60.0  # seconds without anything new after which no more is awaited


@dataclass
class Options:
    """What is measured, as the command line says."""

    site: str
    at: str
    community: str
    effects: str
    processes: tuple[int, ...]
    crowd: str
    followers: str
    address: str
    certificate: str
    certificate_key: str
    folder: Path
    activities: int
    seconds: float
    people: int
    connections: int
    servers: int
    comments: int


@dataclass
class Trial:
    """One server, and how it is measured."""

    options: Options
    keys: list[RSAPrivateKey]

    async def post(self, activities: list[Activity]) -> float:
        """Sign, then send; return the seconds that sending took."""
        letters = self.signed(activities)
        sent = await send(self.options.at, letters, self.options.connections)
        if any(status // 100 != 2 for status in sent.statuses):
            click.echo(f"  answers: {dict(sent.statuses)}")
        return sent.seconds

    def signed(self, activities: Iterable[Activity]) -> list[bytes]:
        """Requests with the activities, each signed by whom it is of."""
        return [_letter(one, self.options.site, self.keys[one.who % len(self.keys)]) for one in activities]

    def used(self) -> Used:
        """Processor and memory of its processes."""
        return used_by(self.options.processes)

    def done(self) -> int:
        """How many activities have had their effect."""
        return int(subprocess.run(self.options.effects, shell=True, check=True, capture_output=True).stdout)  # noqa: S602


@click.command()
@click.option("--site", required=True, help="The server's domain.")
@click.option("--at", required=True, help="Where it listens, without TLS: http://ADDRESS:PORT.")
@click.option("--community", required=True, help="The id of a community there.")
@click.option(
    "--effects", required=True, help="A command: prints how many posts, comments and votes there are."
)
@click.option(
    "--process", "processes", type=int, multiple=True, help="A process of the server, by its number."
)
@click.option("--crowd", required=True, help="The domain of the people; has to lead to --address.")
@click.option("--followers", default="", help="Domains of the followers, with {} for their number.")
@click.option("--address", default="127.0.0.1", show_default=True)
@click.option("--certificate", required=True, help="Of all of these names: a PEM file.")
@click.option("--certificate-key", required=True)
@click.option(
    "--keys",
    "folder",
    default=".",
    type=click.Path(path_type=Path),
    help="A directory where the people's keys are kept.",
)
@click.option("--activities", default=20_000, show_default=True)
@click.option("--seconds", default=300.0, show_default=True, help="No longer are they sent, or awaited.")
@click.option("--people", default=300, show_default=True)
@click.option("--connections", default=16, show_default=True)
@click.option("--servers", default=100, show_default=True, help="How many follow.")
@click.option("--comments", default=50, show_default=True, help="How many go to all of them.")
def bench(**given: Any) -> None:
    """Measure one server."""
    options = Options(**given)
    keys = _keys(options.folder, options.people)
    public = options.folder / "public.json"
    public.write_bytes(msgspec.json.encode([_public(key) for key in keys]))
    trial = Trial(options, keys)
    traffic = Traffic(options.crowd, options.community, options.people, secrets.token_hex(3))

    async def measure() -> None:
        async with _crowd(options, public):
            await _taking_in(trial, traffic)
            if options.followers:
                await _sending_out(trial, traffic)

    asyncio.run(measure())


async def _taking_in(trial: Trial, traffic: Traffic) -> None:
    for acts in traffic.beginning():
        start = trial.done()
        await trial.post(acts)
        await _until(trial.done, start + len(acts))
    count, connections = trial.options.activities, trial.options.connections
    letters, start = trial.signed(traffic.daily(count)), trial.done()
    before, began = trial.used(), time.monotonic()
    sent = await send(trial.options.at, letters, connections, trial.options.seconds)
    count = sent.statuses.total()
    there, peak, ended = await _until(trial.done, start + count, trial.used, trial.options.seconds)
    done, spent = there - start, trial.used().seconds - before.seconds
    click.echo(f"{count:,} activities over {connections} connections; answers {dict(sent.statuses)}")
    click.echo(f"  accepted: {count / sent.seconds:,.0f}/s")
    click.echo(f"  worked off: {done:,} of them, {done / (ended - began):,.0f}/s")
    click.echo(f"  processor: {spent * 1000 / max(done, 1):.2f} ms each")
    click.echo(f"  memory: {before.memory / 2**20:,.0f} MB before, {peak / 2**20:,.0f} MB at most")


async def _sending_out(trial: Trial, traffic: Traffic) -> None:
    options = trial.options
    hosts = [options.followers.format(number) for number in range(1, options.servers + 1)]
    _came(options.crowd, begin=True)
    accepted = 0
    for _ in range(2):  # some servers answer nobody of whom they have just heard
        if accepted < len(hosts):
            await trial.post([traffic.follow(host) for host in hosts])
            accepted, _, _ = await _until(lambda: _came(options.crowd)["Accept"], len(hosts))
    accepted = min(accepted, len(hosts))
    click.echo(f"{accepted} servers follow")
    await asyncio.sleep(SOON)
    _came(options.crowd, begin=True)
    wanted, before, began = accepted * options.comments, trial.used(), time.monotonic()
    await trial.post([traffic.comment() for _ in range(options.comments)])
    came, peak, ended = await _until(lambda: _came(options.crowd)["Announce"], wanted, trial.used)
    seconds, spent = ended - began, trial.used().seconds - before.seconds
    click.echo(f"{options.comments} comments to each: {came:,} of {wanted:,} came in {seconds:.1f} s")
    click.echo(f"  {came / seconds:,.0f}/s; processor: {spent * 1000 / max(came, 1):.2f} ms each")
    click.echo(f"  memory: {peak / 2**20:,.0f} MB at most")


async def _until(
    count: Callable[[], int],
    wanted: int,
    used: Callable[[], Used] | None = None,
    at_most: float = inf,
) -> tuple[int, int, float]:
    """Wait for as many, or until nothing comes any more; return how many there are, the most memory, and when."""
    last, since, peak, end = -1, time.monotonic(), 0, time.monotonic() + at_most
    while True:
        now = await asyncio.to_thread(count)
        peak = max(peak, used().memory if used else 0)
        if now != last:
            last, since = now, time.monotonic()
        if now >= wanted or time.monotonic() > min(end, since + SETTLED):
            return now, peak, since
        await asyncio.sleep(1)


def _came(host: str, *, begin: bool = False) -> Counter[str]:
    """What has come to the crowd's inboxes, by its kind."""
    with urllib.request.urlopen(f"https://{host}/counts{'?begin' if begin else ''}") as said:
        return Counter(msgspec.json.decode(said.read(), type=dict[str, int]))


@asynccontextmanager
async def _crowd(options: Options, public: Path) -> AsyncIterator[None]:
    said = [options.address, options.certificate, options.certificate_key, str(public)]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.federation.crowd", *said)
    try:
        while True:
            with suppress(OSError):
                (await asyncio.open_connection(options.address, 443))[1].close()
                break
            await asyncio.sleep(0.1)
        yield
    finally:
        process.kill()
        await process.wait()


def _letter(activity: Activity, site: str, key: RSAPrivateKey) -> bytes:
    body = msgspec.json.encode(activity.document)
    headers = cavage.signed_headers(
        "POST",
        f"https://{site}/inbox",
        body,
        key_id=f"{person(activity.host, activity.who)}#main-key",
        key=key,
        now=time.time(),
    )
    return request("/inbox", headers | {"Content-Type": DOCUMENT}, body)


def _keys(folder: Path, count: int) -> list[RSAPrivateKey]:
    """Return keys, those of the last time first: making them takes a while."""
    kept = folder / "private.json"
    pems: list[str] = msgspec.json.decode(kept.read_bytes()) if kept.exists() else []
    if len(pems) < count:
        with ProcessPoolExecutor() as pool:
            pems += pool.map(_pem, range(count - len(pems)))
        kept.write_bytes(msgspec.json.encode(pems))
    keys = [load_pem_private_key(pem.encode(), None) for pem in pems[:count]]
    return [key for key in keys if isinstance(key, RSAPrivateKey)]


def _pem(_: int) -> str:
    key = generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _public(key: RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


if __name__ == "__main__":
    bench()
