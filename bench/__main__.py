"""`python -m bench`: requests a second and latencies of the hot paths, each beside a hello-world in the same run."""

import asyncio
import json
import shutil
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click

from bench.load import Measured, find_wrk, measure, middle
from bench.site import HELLO, PASSWORD, PIELOOP, Landmarks, Served, find_landmarks, prepared, served
from bench.writes import commenting, voting
from service.config import Config
from service.demo.sizes import PRESETS
from service.errors import StartupError
from service.forum.accounts.tokens import issue_api_token
from service.processes.progress import to_stream
from service.storage.clock import utcnow

COLUMNS = (
    "request", "kB", "requests/s", "p50 ms", "p99 ms", "hello-world, requests/s", "ratio",
    "web, CPU ms", "ratio of CPU", "PostgreSQL, CPU ms", "goal",
)  # fmt: skip

# Whoever brings a cookie gets an answer of their own; others share one for a second ("again").
ALONE = {"Cookie": "seen=1"}
AGAIN_GOAL = 2.5  # times the hello-world's processor time


@dataclass(frozen=True)
class Request:
    """One kind of request that is measured.

    Attributes:
        goal: how many milliseconds of processor it is to take at most, of the web process and PostgreSQL together.
    """

    name: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    script: str = ""
    goal: float | None = None


@dataclass(frozen=True)
class Result:
    """A request's figures, the hello-world's of the same rounds, and how long the answer was, in bytes."""

    request: Request
    own: Measured
    hello: Measured
    size: int


@click.command()
@click.option("--keep", type=click.Path(path_type=Path), help="Keep servers and demo here, for the next run.")
@click.option("--size", type=click.Choice(list(PRESETS)), default="full", show_default=True)
@click.option("--processes", default=2, show_default=True, help="Web processes of each of the two servers.")
@click.option("--connections", default=16, show_default=True)
@click.option("--seconds", default=5, show_default=True, help="Of each run.")
@click.option("--rounds", default=3, show_default=True, help="Runs of each, in turns; the median counts.")
@click.option("--only", default="", help="Measure only what has this in its name.")
def bench(
    keep: Path | None, size: str, processes: int, connections: int, seconds: int, rounds: int, only: str
) -> None:
    """Measure the hot paths of a full site beside a hello-world of the same stack."""
    find_wrk()
    with _directory(keep) as data_dir:
        asyncio.run(_bench(data_dir.absolute(), size, processes, connections, seconds, rounds, only))


async def _bench(
    data_dir: Path, size: str, processes: int, connections: int, seconds: int, rounds: int, only: str
) -> None:
    report = to_stream()
    async with prepared(data_dir, processes, PRESETS[size], report) as config:
        landmarks = await find_landmarks(config)
        async with served(config, report) as servers:
            results = []
            tokens = [_token(config, account_id) for account_id in landmarks.writers]
            for request in await asyncio.to_thread(_requests, servers, landmarks, tokens):
                if only in request.name:
                    with report(f"Measuring {request.name}"):
                        results.append(
                            await asyncio.to_thread(_compare, servers, request, connections, seconds, rounds)
                        )
    users, communities, posts, comments, *votes = landmarks.rows
    print(
        f"\n{users:,} users, {communities:,} communities, {posts:,} posts, {comments:,} comments, "
        f"{sum(votes):,} votes. "
        f"{processes} processes each, wrk -t1 -c{connections} -d{seconds}s, median of {rounds} rounds in turns.\n"
    )
    print("\n".join(table(results)))


def _token(config: Config, account_id: int) -> str:
    site = config.site
    return issue_api_token(account_id, secret=site.secret_key, domain=site.domain, now=utcnow())


def _requests(servers: Served, landmarks: Landmarks, tokens: list[str]) -> list[Request]:
    api = "/api/alpha"
    member = {"Authorization": f"Bearer {_sign_in(servers, landmarks.member)}"}
    listed = f"{api}/post/list?limit=20&sort=Hot&type_=All"
    return [
        Request("front page", "/", ALONE),
        Request("front page, again", "/"),
        Request("community page", f"/c/{landmarks.community}", ALONE),
        Request("community page, again", f"/c/{landmarks.community}"),
        Request(f"post page, {landmarks.comments} comments", f"/post/{landmarks.post}", ALONE, goal=8),
        Request(f"post page, {landmarks.comments} comments, again", f"/post/{landmarks.post}"),
        Request("API post/list, 20, anonymous", listed, ALONE, goal=1.5),
        Request("API post/list, 20, anonymous, again", listed),
        Request(
            "API post/list, 50, signed in", f"{api}/post/list?limit=50&sort=Hot&type_=All", member, goal=3.5
        ),
        Request(
            "API comment/list, 100 of a post",
            f"{api}/comment/list?limit=100&sort=Hot&max_depth=20&post_id={landmarks.post}",
            ALONE,
            goal=4,
        ),
        Request("nodeinfo", "/nodeinfo/2.0"),
        Request("a vote", "/", script=voting(tokens, landmarks.posts), goal=3),
        Request("a comment", "/", script=commenting(tokens, landmarks.posts), goal=5),
    ]


def _sign_in(servers: Served, name: str) -> str:
    body = json.dumps({"username": name, "password": PASSWORD}).encode()
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{servers.pieloop}/api/alpha/user/login", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        token: str = json.load(answer)["jwt"]
        return token


def _compare(servers: Served, request: Request, connections: int, seconds: int, rounds: int) -> Result:
    """Measure a request and the hello-world in turns, so that a slow moment of the machine meets both."""
    url = servers.pieloop + request.path
    asked = urllib.request.Request(url, headers=request.headers)  # noqa: S310 - our own server
    with urllib.request.urlopen(asked) as answer:  # noqa: S310
        size = len(answer.read())
    own, hello = [], []
    for _ in range(rounds):
        hello.append(measure(servers.hello + "/", HELLO, seconds=seconds, connections=connections))
        own.append(
            measure(
                url,
                PIELOOP,
                seconds=seconds,
                connections=connections,
                headers=request.headers,
                script=request.script,
            )
        )
    return Result(request, middle(own), middle(hello), size)


def table(results: list[Result]) -> list[str]:
    """Return the results as the lines of a Markdown table."""
    lines = [
        f"| {' | '.join(COLUMNS)} |",
        f"|---|{'---:|' * (len(COLUMNS) - 1)}",
    ]
    for result in results:
        own, hello = result.own, result.hello
        lines.append(
            f"| {result.request.name} | {result.size / 1000:.1f} | {own.rate:,.0f} | {own.p50:.1f} | {own.p99:.1f} "
            f"| {hello.rate:,.0f} | 1 : {hello.rate / own.rate:.1f} "
            f"| {own.web:.2f} | {own.web / hello.web:.1f} | {own.database:.2f} | {_goal(result)} |"
        )
    return lines


def _goal(result: Result) -> str:
    """Return what a request may cost, and whether it does not cost more."""
    own, hello, goal = result.own, result.hello, result.request.goal
    if goal is not None:
        return _judged(f"{goal:g} ms", own.web + own.database <= goal)
    if result.request.name.endswith(", again"):
        return _judged(f"{AGAIN_GOAL:g} x hello", own.web + own.database <= AGAIN_GOAL * hello.web)
    return ""


def _judged(goal: str, is_reached: bool) -> str:
    return f"{goal}, {'reached' if is_reached else 'missed'}"


@contextmanager
def _directory(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield keep
        return
    made = Path(tempfile.mkdtemp(prefix="pieloop-bench-"))
    made.chmod(0o711)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


if __name__ == "__main__":
    try:
        bench()
    except StartupError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
