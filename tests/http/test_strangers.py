"""What one stranger was answered, others get for a moment; nobody else does, and nothing personal gets in."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec
import pytest

from service.assembly import build_app
from service.config import Config
from service.http.application import Application
from service.http.passing.strangers import BESIDES, RECORDING, Strangers
from tests.http.people import Place, bearer, place
from tests.http.web_browser import sign_in
from tests.serving import held_by
from tests.statements import counted

LIST = "/api/alpha/post/list?limit=20"
SHARED = ("/", "/communities", "/c/place_of_ana", "/u/ana", LIST, "/api/alpha/site")


@pytest.fixture
async def app(config: Config) -> AsyncIterator[Application]:
    """An app that keeps what strangers get for a minute."""
    limits = msgspec.structs.replace(config.limits, enabled=False)
    http = msgspec.structs.replace(config.http, kept_for_strangers=60)
    app = build_app(msgspec.structs.replace(config, limits=limits, http=http))
    async with app.test_app():
        yield app


@pytest.fixture
async def here(app: Application) -> Place:
    return await place(held_by(app).database)


async def get(app: Application, path: str, headers: Mapping[str, str] | None = None) -> Any:
    return await app.test_client().get(path, headers=dict(headers or {}))


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("path", SHARED)
async def test_the_second_stranger_costs_no_statement(app: Application, path: str) -> None:
    first = await get(app, path)
    with counted(held_by(app).database) as sent:
        second = await get(app, path)
    assert (first.status_code, second.status_code, sent) == (200, 200, [])
    assert await first.get_data() == await second.get_data()
    assert second.headers["Cache-Control"] == "public, max-age=60"
    assert {"Authorization", "Cookie", "Accept-Language"} <= set(second.headers["Vary"].split(", "))
    unchanged = await get(app, path, {"If-None-Match": second.headers["ETag"]})
    assert (unchanged.status_code, await unchanged.get_data()) == (304, b"")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "pieloop_csrf=x"},
        {"Cookie": "pieloop_look=dark"},
        {"HX-Request": "true"},
        {"Range": "bytes=0-10"},
        {"Signature": 'keyId="https://peer.test/actor#main-key"'},
        {"Accept-Language": "de"},
        {"Save-Data": "on"},
        {"Accept": "application/activity+json"},
        {"Host": "elsewhere.test"},
        {"X-Forwarded-Proto": "https"},
    ],
)
async def test_who_says_more_is_asked_about(app: Application, headers: dict[str, str]) -> None:
    await get(app, "/c/place_of_ana")
    with counted(held_by(app).database) as sent:
        await get(app, "/c/place_of_ana", headers)
    assert sent


@pytest.mark.parametrize("path", SHARED)
async def test_nothing_personal_gets_in(app: Application, here: Place, path: str) -> None:
    by_app = path.startswith("/api/")
    own: Any = bearer(here.token) if by_app else {}
    person = app.test_client()
    if not by_app:
        await sign_in(person, held_by(app).database, here.member)
    seen_by_member = await person.get(path, headers=own)
    stranger = await get(app, path)
    again = await person.get(path, headers=own)
    assert seen_by_member.headers["Cache-Control"] == again.headers["Cache-Control"] == "no-store"
    assert "Sign in" in await stranger.get_data(as_text=True) or by_app
    assert await again.get_data() != await stranger.get_data() or path == LIST


async def test_what_is_written_here_is_seen_at_once(app: Application, here: Place) -> None:
    before = await (await get(app, LIST)).get_json()
    body = {"title": "A fine day", "community_id": here.community_id}
    made = await app.test_client().post("/api/alpha/post", json=body, headers=bearer(here.token))
    assert made.status_code == 200
    after = await (await get(app, LIST)).get_json()
    assert (len(before["posts"]), len(after["posts"])) == (0, 1)


@pytest.mark.usefixtures("here")
async def test_many_at_once_cost_what_one_costs(app: Application) -> None:
    with counted(held_by(app).database) as once:
        await get(app, LIST)
    app.shared.strangers.forget()
    with counted(held_by(app).database) as sent:
        answers = await asyncio.gather(*(get(app, LIST) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(sent) <= len(once)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("path", ["/c/nowhere", "/auth/login", "/post/4711", "/api/alpha/user/get_captcha"])
async def test_refusals_and_what_is_for_one_alone_are_not_kept(app: Application, path: str) -> None:
    await get(app, path)
    assert len(app.shared.strangers) == 0


SCOPE = {"method": "GET", "scheme": "http", "raw_path": b"/", "headers": []}


def answering(body: bytes, asked: list[int]) -> Any:
    async def ask(scope: Any, _: Any, send: Any) -> None:
        asked.append(1)
        scope[RECORDING].wanted = True
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    return ask


async def nothing(*_: Any) -> None:
    pass


async def test_what_is_kept_is_bounded() -> None:
    strangers, asked = Strangers(60, 1, most=10 * (BESIDES + 100)), list[int]()
    for number in range(50):
        scope = {**SCOPE, "query_string": b"%d" % number}
        await strangers.answer(scope, nothing, nothing, answering(bytes(100), asked))
    assert len(strangers) == 10
    await strangers.answer(
        {**SCOPE, "query_string": b"large"}, nothing, nothing, answering(bytes(11 * (BESIDES + 100)), asked)
    )
    assert len(strangers) == 0
    assert len(asked) == 51


async def test_what_changes_meanwhile_is_not_kept() -> None:
    strangers, asked = Strangers(60, 1), list[int]()
    ask = answering(b"old", asked)

    async def overtaken(scope: Any, receive: Any, send: Any) -> None:
        strangers.forget()
        await ask(scope, receive, send)

    await strangers.answer({**SCOPE, "query_string": b""}, nothing, nothing, overtaken)
    assert len(strangers) == 0


async def test_one_of_those_who_wait_makes_what_another_left() -> None:
    strangers, asked, fail = Strangers(60, 1), list[int](), asyncio.Event()
    scope = {**SCOPE, "query_string": b""}

    async def failing(*_: Any) -> None:
        await fail.wait()
        raise RuntimeError

    first = asyncio.create_task(strangers.answer(scope, nothing, nothing, failing))
    await asyncio.sleep(0)
    ask = answering(b"new", asked)
    others = [asyncio.create_task(strangers.answer(scope, nothing, nothing, ask)) for _ in range(10)]
    await asyncio.sleep(0)
    fail.set()
    with pytest.raises(RuntimeError):
        await first
    await asyncio.gather(*others)
    assert asked == [1]


async def test_who_waited_for_what_is_not_for_all_is_not_held_up_by_the_next() -> None:
    strangers, under_way, most = Strangers(60, 1), 0, 0
    scope = {**SCOPE, "query_string": b""}

    async def refusing(_: Any, __: Any, send: Any) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        for _step in range(5):
            await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": 404, "headers": []})
        under_way -= 1

    await asyncio.gather(*(strangers.answer(scope, nothing, nothing, refusing) for _ in range(10)))
    assert most == 9
