"""`python -m bench.alone`: what one request costs that is made for itself, in processor time, without a server.

The app is asked through ASGI in this process, so nothing is measured but itself and PostgreSQL, and beside it an empty
Quart application. To compare two versions, run each on a directory of its own, in turns, and take the least of each.
"""

import asyncio
import gc
import json
import time
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec
import uvloop
from quart import Quart

from bench.hello import hello
from bench.processor import spent
from bench.site import PIELOOP, Landmarks, find_landmarks, prepared
from service.assembly import build_app
from service.config import Config, DatabaseConfig
from service.demo.sizes import PRESETS
from service.forum.accounts import operations, queries
from service.forum.accounts.tokens import hash_of, issue_api_token, new_session_token
from service.http.application import Application
from service.http.context import EXTENSION
from service.http.passing.identity import COOKIE
from service.lifecycle import Resources
from service.processes.progress import to_stream
from service.storage.clock import utcnow

API = "/api/alpha"
WARMING = 10  # requests: PostgreSQL keeps the plan of the sixth

Headers = list[tuple[bytes, bytes]]


class Request(NamedTuple):
    """One kind of request; what is to be changed is sent in a body, another one each time."""

    name: str
    path: str
    headers: Headers
    method: str = "GET"
    next_body: Callable[[], bytes] = bytes


class Cost(NamedTuple):
    """Milliseconds of processor a request: of the app, and of PostgreSQL."""

    web: float
    database: float


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--size", type=click.Choice(list(PRESETS)), default="full", show_default=True)
@click.option("--rounds", default=5, show_default=True, help="The least of them counts.")
@click.option("--requests", default=50, show_default=True, help="Of each kind in a round.")
@click.option("--only", default="", help="Measure only what has this in its name.")
@click.option("--keep-read", default=DatabaseConfig().keep_read, show_default=True, help="As in config.toml.")
def alone(directory: Path, size: str, rounds: int, requests: int, only: str, keep_read: float) -> None:
    """Measure the hot requests on the demo in DIRECTORY, which is made if it is not there."""
    uvloop.run(_alone(directory.absolute(), size, rounds, requests, only, keep_read))


async def _alone(directory: Path, size: str, rounds: int, requests: int, only: str, keep_read: float) -> None:
    async with prepared(directory, 1, PRESETS[size], to_stream()) as config:
        landmarks = await find_landmarks(config)
        app, empty = build_app(_as_measured(config, keep_read)), Quart("empty")
        empty.add_url_rule("/", view_func=hello)
        async with app.test_app(), empty.test_app():
            wanted = [one for one in await _requests(app, landmarks) if only in one.name]
            for one in wanted:
                await _times(WARMING, app, one)
            gc.collect()
            gc.freeze()
            costs: dict[str, list[Cost]] = {}
            for _ in range(rounds):
                nothing = Request("hello-world", "/", [])
                costs.setdefault(nothing.name, []).append(await _cost(requests, empty, nothing))
                for one in wanted:
                    costs.setdefault(one.name, []).append(await _cost(requests, app, one))
    print("\n| request | web, ms | PostgreSQL, ms |\n|---|---:|---:|")
    for name, found in costs.items():
        print(f"| {name} | {min(one.web for one in found):.2f} | {min(one.database for one in found):.2f} |")


def _as_measured(config: Config, keep_read: float) -> Config:
    """Every answer is made, and nobody asks too often."""
    return msgspec.structs.replace(
        config,
        database=msgspec.structs.replace(config.database, keep_read=keep_read),
        http=msgspec.structs.replace(config.http, kept_for_strangers=0),
        limits=msgspec.structs.replace(config.limits, enabled=False),
    )


async def _requests(app: Application, landmarks: Landmarks) -> list[Request]:
    browser, program = await _signed_in(app, landmarks.member)
    pages = {
        "front page": "/",
        "community": f"/c/{landmarks.community}",
        f"post, {landmarks.comments} comments": f"/post/{landmarks.post}",
        "communities": "/communities",
        "profile": f"/u/{landmarks.member}",
        "search": "/search?q=coffee",
    }
    comments = f"{API}/comment/list?limit=100&sort=Hot&max_depth=20&post_id={landmarks.post}"
    return [
        *(Request(name, path, []) for name, path in pages.items()),
        *(Request(f"{name}, signed in", path, browser) for name, path in pages.items()),
        Request("API post/list, 20", f"{API}/post/list?limit=20&sort=Hot&type_=All", []),
        Request("API post/list, 50, signed in", f"{API}/post/list?limit=50&sort=Hot&type_=All", program),
        Request("API comment/list, 100 of a post", comments, []),
        *_writes(landmarks.posts, program),
    ]


def _writes(posts: list[int], headers: Headers) -> list[Request]:
    """What somebody does on one post after the other, and undoes with the next request."""

    def writes(
        name: str, path: str, body: Callable[[int, bool], dict[str, Any]], method: str = "POST"
    ) -> Request:
        numbers = count()

        def next_body() -> bytes:
            pairs, undoes = divmod(next(numbers), 2)
            return json.dumps(body(posts[pairs % len(posts)], undoes == 0)).encode()

        kind = (b"content-type", b"application/json")
        return Request(name, API + path, [*headers, kind], method, next_body)

    return [
        writes("vote", "/post/like", lambda post, up: {"post_id": post, "score": 1 if up else -1}),
        writes("comment", "/comment", lambda post, _: {"post_id": post, "body": f"It is {time.time()}"}),
        writes("bookmark", "/post/save", lambda post, save: {"post_id": post, "save": save}, "PUT"),
        writes("read mark", "/post/mark_as_read", lambda post, read: {"post_id": post, "read": read}),
    ]


async def _signed_in(app: Application, name: str) -> tuple[Headers, Headers]:
    """The headers of a member's browser, and of a program of theirs."""
    resources: Resources = app.extensions[EXTENSION]
    site, token = app.settings.site, new_session_token()
    async with resources.database.read() as db:
        known = await queries.credentials_of(db, name)
    assert known is not None, name
    await resources.database.write(
        operations.start_session, known.account_id, hash_of(token), checked_hash=known.password_hash
    )
    of_app = issue_api_token(known.account_id, secret=site.secret_key, domain=site.domain, now=utcnow())
    return [(b"cookie", f"{COOKIE}={token}".encode())], [(b"authorization", f"Bearer {of_app}".encode())]


async def _cost(times: int, app: Any, request: Request) -> Cost:
    database, web = spent(PIELOOP).database, time.process_time()
    await _times(times, app, request)
    used = time.process_time() - web, spent(PIELOOP).database - database
    return Cost(*(seconds / times * 1000 for seconds in used))


async def _times(times: int, app: Any, request: Request) -> None:
    for _ in range(times):
        status = await _ask(app, request)
        assert status == 200, (request.name, status)


async def _ask(app: Any, request: Request) -> int:
    """Ask as a server does that has parsed a request, and return the status."""
    path, _, query = request.path.partition("?")
    body = request.next_body()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"bench.example"), (b"content-length", b"%d" % len(body)), *request.headers],
        "client": ("127.0.0.1", 4000),
        "server": ("127.0.0.1", 80),
        "extensions": {},
    }
    sent: list[dict[str, Any]] = []
    await app(scope, _body_and_silence(body), _note(sent))
    status: int = sent[0]["status"]
    return status


def _body_and_silence(body: bytes) -> Callable[[], Awaitable[dict[str, Any]]]:
    """The body, and then nothing: the client waits for its answer."""
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> dict[str, Any]:
        for message in messages:
            return message
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    return receive


def _note(sent: list[dict[str, Any]]) -> Callable[[dict[str, Any]], Awaitable[None]]:
    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    return send


if __name__ == "__main__":
    alone()
