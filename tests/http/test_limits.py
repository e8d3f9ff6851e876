"""Rate limits: one more than allowed is refused at both doors, for whoever it is, and for nobody else."""

import asyncio
import io
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol

import msgspec
import pytest
from quart import Response, request
from quart.datastructures import FileStorage
from quart.typing import TestClientProtocol as Browser
from redis.asyncio import Redis
from redis.exceptions import RedisError

from service.assembly import build_app
from service.config import Config
from service.forum.posts.operations import NewPost, publish
from service.http.application import Application
from service.http.passing import limits, windows
from service.http.passing.own_windows import OwnWindows
from service.http.passing.visitors import client_address
from service.http.passing.windows import Allowance, Rate
from tests.http.people import Place, bearer, place
from tests.http.web_browser import Person, signed_in
from tests.servers import DOMAIN
from tests.serving import held_by

ALLOWED = 2
WINDOW = 3600
ACTIONS = (
    "sign_in",
    "register",
    "publish",
    "vote",
    "upload",
    "create_community",
    "search",
    "site",
    "preview",
)


@pytest.fixture
async def app(config: Config) -> AsyncIterator[Application]:
    limits = msgspec.structs.replace(config.limits, **dict.fromkeys(ACTIONS, f"{ALLOWED}/{WINDOW}"))
    app = build_app(msgspec.structs.replace(config, limits=limits))
    async with app.test_app():
        yield app


@pytest.fixture
async def here(app: Application) -> Place:
    """A place with the post 1."""
    database = held_by(app).database
    made = await place(database)
    new = NewPost(community_id=made.community_id, title="The first post")
    assert (await database.write(publish, made.member, new, domain=DOMAIN)).post_id == 1
    return made


Act = Callable[[Browser, Place], Awaitable[Response]]


def api(method: str, path: str, body: Callable[[Place], dict[str, Any]] = lambda _: {}) -> Act:
    async def act(client: Browser, here: Place) -> Response:
        answer: Response = await client.open(
            "/api/alpha" + path,
            method=method,
            json=body(here) if method != "GET" else None,
            headers=bearer(here.token),
        )
        return answer

    return act


BY_APPS: dict[str, Act] = {
    "sign_in": api("POST", "/user/login", lambda _: {"username": "nobody", "password": "wrong password"}),
    "publish": api("POST", "/post", lambda here: {"title": "Once more", "community_id": here.community_id}),
    "publish (comment)": api("POST", "/comment", lambda _: {"post_id": 1, "body": "Once more"}),
    "vote": api("POST", "/post/like", lambda _: {"post_id": 1, "score": 1}),
    "vote (comment)": api("POST", "/comment/like", lambda _: {"comment_id": 1, "score": 1}),
    "create_community": api("POST", "/community", lambda _: {"name": "x", "title": "Again"}),
    "search": api("GET", "/search?q=cats&type_=Posts"),
    "site": api("GET", "/site"),
}


async def test_one_more_by_an_app_is_refused(app: Application, here: Place) -> None:
    client = app.test_client()
    other = await place(held_by(app).database, "ben")
    for what, act in BY_APPS.items():
        await held_by(app).redis.flushdb()
        for _ in range(ALLOWED):
            assert (await act(client, here)).status_code != 429, what
        answer = await act(client, here)
        assert answer.status_code == 429, what
        assert 0 < int(answer.headers["Retry-After"]) <= WINDOW
        assert await answer.get_json() == {
            "code": 429,
            "message": "You're doing that too often. Try again later.",
            "status": "Too Many Requests",
        }
        by_address = what == "sign_in"
        assert ((await act(client, other)).status_code == 429) == by_address, (
            "people apart, but not on their way in"
        )


BY_FORMS: dict[str, tuple[str, dict[str, str]]] = {
    "sign_in": ("/auth/login", {"user_name": "nobody", "password": "wrong password"}),
    "register": ("/auth/register", {"name": "x", "password": "a password", "password2": "a password"}),
    "publish": ("/community/place_of_ana/submit", {"kind": "text", "title": "Once more", "body": "x"}),
    "publish (comment)": ("/post/1/reply", {"body": "Once more"}),
    "vote": ("/post/1/vote/up", {}),
    "vote (comment)": ("/comment/1/vote/up", {}),
    "create_community": ("/community/add_local", {"name": "x", "title": "Again"}),
    "preview": ("/preview", {"body": "*a*"}),
    "change_password": ("/user/settings/password", {"old_password": "wrong", "password": "whatever else"}),
}


async def test_one_more_by_a_browser_is_refused(app: Application, here: Place) -> None:
    member, stranger = await signed_in(app, here.member), Person(app.test_client())
    for what, (path, fields) in BY_FORMS.items():
        await held_by(app).redis.flushdb()
        person = stranger if what in {"sign_in", "register"} else member
        for _ in range(ALLOWED):
            assert (await person.post(path, **fields)).status_code != 429, what
        answer = await person.post(path, **fields)
        assert answer.status_code == 429, what
        assert 0 < int(answer.headers["Retry-After"]) <= WINDOW
        assert "too often" in await answer.get_data(as_text=True)


async def test_one_more_upload_is_refused(app: Application, here: Place) -> None:
    client = app.test_client()

    async def upload() -> int:
        answer = await client.post(
            "/api/alpha/upload/image",
            headers=bearer(here.token),
            files={"file": FileStorage(io.BytesIO(b"no picture"), filename="x.png")},
        )
        return answer.status_code

    assert [await upload() for _ in range(ALLOWED + 1)] == [400, 400, 429]


async def test_one_more_search_is_refused(app: Application) -> None:
    client = app.test_client()
    statuses = [(await client.get("/search?q=cats")).status_code for _ in range(ALLOWED + 1)]
    assert statuses == [200, 200, 429]


async def test_many_at_once_are_counted_one_by_one(app: Application) -> None:
    client = app.test_client()
    answers = await asyncio.gather(*(client.get("/api/alpha/site") for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] * ALLOWED + [429] * (10 - ALLOWED)


# Who it is


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "found"),
    [
        ((), "198.51.100.7", "203.0.113.1", "198.51.100.7"),
        (("10.0.0.0/8",), "198.51.100.7", "203.0.113.1", "198.51.100.7"),
        (("10.0.0.0/8",), "10.0.0.2", "203.0.113.1", "203.0.113.1"),
        (("10.0.0.0/8",), "10.0.0.2", "1.2.3.4, 203.0.113.1", "203.0.113.1"),
        (("10.0.0.0/8",), "10.0.0.2", "1.2.3.4, 203.0.113.1, 10.0.0.9", "203.0.113.1"),
        (("10.0.0.0/8",), "10.0.0.2", "", "10.0.0.2"),
        (("10.0.0.0/8",), "10.0.0.2", "rubbish", "10.0.0.2"),
        (("10.0.0.0/8",), "10.0.0.2", "fe80::1%anything", "10.0.0.2"),
        (("10.0.0.0/8",), "::ffff:10.0.0.2", "203.0.113.1", "203.0.113.1"),
        (("2001:db8::/32",), "2001:db8::1", "2001:db9::1", "2001:db9::1"),
    ],
)
async def test_only_trusted_proxies_are_believed(
    config: Config, trusted: tuple[str, ...], peer: str, forwarded: str, found: str
) -> None:
    http = msgspec.structs.replace(config.http, trusted_proxies=trusted)
    app = build_app(msgspec.structs.replace(config, http=http))
    async with app.test_request_context("/", headers={"X-Forwarded-For": forwarded}):
        request.headers["Remote-Addr"] = peer
        request.headers.add("Remote-Addr", "8.8.8.8")  # what the client itself says
        request.remote_addr = request.headers["Remote-Addr"]
        assert client_address(request) == found


async def test_a_line_of_the_proxys_own_counts_more_than_the_clients(config: Config) -> None:
    http = msgspec.structs.replace(config.http, trusted_proxies=("127.0.0.0/8",))
    app = build_app(msgspec.structs.replace(config, http=http))
    async with app.test_request_context("/", headers={"X-Forwarded-For": "8.8.8.8"}):
        request.headers.add("X-Forwarded-For", "203.0.113.1")
        request.remote_addr = "127.0.0.1"
        assert client_address(request) == "203.0.113.1"


async def test_who_names_another_sender_and_is_not_believed_is_counted(
    app: Application, client: Browser
) -> None:
    def counted() -> float:
        (metric,) = app.shared.metrics.unnamed_proxies.collect()
        return metric.samples[0].value

    found = []
    for headers in ({}, {"X-Forwarded-For": "8.8.8.8"}):
        before = counted()
        await client.get("/robots.txt", headers=headers, scope_base={"client": ("198.51.100.7", 1)})
        found.append(counted() - before)
    assert found == [0, 1]


async def _status(client: Browser, address: str) -> int:
    answer = await client.get(
        "/api/alpha/site",
        headers={"X-Forwarded-For": address},
        scope_base={"client": ("127.0.0.1", 1)},
    )
    return answer.status_code


@pytest.fixture
async def behind(config: Config) -> AsyncIterator[Browser]:
    """A client behind a trusted proxy."""
    limits = msgspec.structs.replace(config.limits, site=f"1/{WINDOW}")
    http = msgspec.structs.replace(config.http, trusted_proxies=("127.0.0.0/8", "::1"))
    app = build_app(msgspec.structs.replace(config, limits=limits, http=http))
    async with app.test_app():
        yield app.test_client()


async def test_addresses_are_counted_apart_and_ipv6_by_household(behind: Browser) -> None:
    assert await _status(behind, "203.0.113.1") == 200
    assert await _status(behind, "203.0.113.1") == 429
    assert await _status(behind, "203.0.113.2") == 200
    assert await _status(behind, "2001:db8:1:2::1") == 200
    assert await _status(behind, "2001:db8:1:2:ffff::9") == 429
    assert await _status(behind, "2001:db8:1:3::1") == 200
    # The same IPv4 address, as a socket for both families shows it.
    assert await _status(behind, "::ffff:203.0.113.1") == 429
    # What stands before the proxy's own entry was written by the client.
    assert await _status(behind, "8.8.8.8, 203.0.113.1") == 429


async def test_a_session_of_ones_own_gives_no_further_tries(app: Application, here: Place) -> None:
    """What people do to get in is counted by address, whoever they are already."""
    stranger, member = Person(app.test_client()), await signed_in(app, here.member)
    sign_in = {"user_name": "nobody", "password": "wrong password"}
    for _ in range(ALLOWED):
        assert (await stranger.post("/auth/login", **sign_in)).status_code != 429
    assert (await member.post("/auth/login", **sign_in)).status_code == 429
    assert (await member.post("/user/settings/password", old_password="x", password="y")).status_code == 429


async def test_the_way_in_stays_limited_without_redis(
    app: Application, here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise RedisError("away")

    monkeypatch.setattr(limits, "take", away)
    client = app.test_client()
    for what, limited in (("sign_in", True), ("site", False)):
        seen = [(await BY_APPS[what](client, here)).status_code for _ in range(ALLOWED + 1)]
        assert (seen[-1] == 429) == limited, what
        assert 429 not in seen[:-1]


def test_own_windows_stay_few() -> None:
    windows, once = OwnWindows(), Rate(1, WINDOW)
    for number in range(windows.MOST + 500):
        assert windows.take(f"address:{number}", once).passed
    assert len(windows._calls) == windows.MOST
    assert not windows.take(f"address:{windows.MOST + 499}", once).passed


# How it counts, in Redis and without


class Counted(Protocol):
    """A place where calls are counted."""

    async def plant(self, *ages: float) -> None:
        """Let calls have passed so many seconds ago."""

    async def take(self) -> Allowance:
        """Count one now."""


RATE = Rate(2, 100)


class InRedis:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def plant(self, *ages: float) -> None:
        seconds, micros = await self._redis.time()
        now = seconds * 1_000_000 + micros
        await self._redis.delete("x")
        if ages:
            await self._redis.zadd("x", {str(n): now - age * 1_000_000 for n, age in enumerate(ages)})

    async def take(self) -> Allowance:
        return await windows.take(self._redis, "x", RATE)


class InProcess:
    def __init__(self) -> None:
        self._windows = OwnWindows()

    async def plant(self, *ages: float) -> None:
        self._windows._calls["x"] = deque(time.time() - age for age in ages)

    async def take(self) -> Allowance:
        return self._windows.take("x", RATE)


@pytest.mark.parametrize("where", ["redis", "process"])
async def test_a_window_slides_exactly(app: Application, where: str) -> None:
    counted: Counted = InRedis(held_by(app).redis) if where == "redis" else InProcess()
    for ages, passed, used, wait in (
        ((), True, 1, 0),
        ((90.0,), True, 2, 10),  # the next one passes once the first is forgotten
        ((90.0, 1.0), False, 2, 10),
        ((101.0, 99.0), True, 2, 1),
        ((101.0, 100.5), True, 1, 0),
        ((99.5, 99.5), False, 2, 1),  # a crowd at the end of one window is no room in the next
    ):
        await counted.plant(*ages)
        allowance = await counted.take()
        assert (allowance.passed, allowance.used) == (passed, used), ages
        assert wait <= allowance.retry_after <= wait + (wait > 1), ages


@pytest.mark.parametrize("where", ["redis", "process"])
async def test_refused_calls_push_nothing_away(app: Application, where: str) -> None:
    counted: Counted = InRedis(held_by(app).redis) if where == "redis" else InProcess()
    await counted.plant(60.0, 30.0)
    seen = [await counted.take() for _ in range(5)]
    assert not any(one.passed for one in seen)
    assert {one.used for one in seen} == {2}
    assert all(40 <= one.retry_after <= 41 for one in seen)


async def test_counts_survive_what_redis_forgets_of_scripts(app: Application) -> None:
    counted = InRedis(held_by(app).redis)
    await counted.plant()
    await held_by(app).redis.script_flush()
    assert [(await counted.take()).passed for _ in range(3)] == [True, True, False]
