"""Requests that wait for other sites: few at once, few of one visitor, and nobody else waits for them."""

import asyncio
from collections import Counter

import msgspec
import pytest

from service.assembly import build_app
from service.config import Config
from service.forum.errors import TooMany
from service.http.passing.overload.gate import Gate
from service.http.passing.overload.outside import Outside
from tests.forum import making
from tests.http.people import bearer, token_of
from tests.outbound.servers import Asked, response, serve
from tests.serving import held_by
from tests.telemetry import counted

MEMBERS, EACH = 4, 20


async def test_pages_that_never_answer_hold_up_nobody(config: Config) -> None:
    app = build_app(
        msgspec.structs.replace(
            config,
            http=msgspec.structs.replace(
                config.http,
                in_work=2,
                waiting=200,
                waiting_per_address=200,
                outside=7,
                outside_per_visitor=2,
                request_deadline=60,
            ),
            outbound=msgspec.structs.replace(
                config.outbound, allowed_networks=("127.0.0.0/24",), deadline=60
            ),
            limits=msgspec.structs.replace(config.limits, enabled=False),
        )
    )
    enough = asyncio.Event()

    async def never(_: Asked, writer: asyncio.StreamWriter) -> None:
        await enough.wait()
        writer.write(response(b"<title>At last</title>"))

    app.shared.outside._patience = 0.2
    async with serve(never) as silent, app.test_app():
        database = held_by(app).database
        tokens = [token_of(await making.member(database, f"member{number}")) for number in range(MEMBERS)]

        async def ask(token: str) -> tuple[int, str | None]:
            answer = await app.test_client().get(
                "/api/alpha/post/site_metadata", query_string={"url": silent.url("/")}, headers=bearer(token)
            )
            return answer.status_code, answer.headers.get("Retry-After")

        asked = [asyncio.create_task(ask(token)) for token in tokens for _ in range(EACH)]
        async with asyncio.timeout(30):
            while sum(task.done() for task in asked) < MEMBERS * EACH - 7:
                await asyncio.sleep(0.01)
            assert await counted(app, "pieloop_http_outside") == 7
            assert app.shared.gate.working == 0
            for _ in range(5):
                assert (await app.test_client().get("/about")).status_code == 200
            enough.set()
            answers = Counter(await asyncio.gather(*asked))
        assert answers.pop((200, None)) == 7
        assert set(answers) <= {(429, "10"), (503, "5")}
        assert answers[429, "10"] > 0
        assert (len(app.shared.outside), app.shared.gate.working, app.shared.gate.waiting) == (0, 0, 0)


async def test_whoever_is_cancelled_outside_gives_no_place_back_twice() -> None:
    gate = Gate(1, 5, 1, 5)
    away, back = asyncio.Event(), asyncio.Event()

    async def go_out() -> None:
        async with gate.admit("192.0.2.1"), gate.left():
            away.set()
            await back.wait()

    outside = asyncio.create_task(go_out())
    await away.wait()
    async with gate.admit("192.0.2.1"):
        back.set()
        await asyncio.sleep(0)
        outside.cancel()  # while it waits for its place again
        await asyncio.wait([outside])
        assert gate.working == 1
    async with gate.admit("192.0.2.1"):
        assert gate.working == 1
    assert gate.working == 0


async def test_a_page_with_many_pictures_gets_them_in_turns() -> None:
    places = Outside(4, 2, patience=5)
    most = 0

    async def go_out(visitor: str) -> None:
        nonlocal most
        async with places.place(visitor):
            most = max(most, places._by_visitor[visitor])
            await asyncio.sleep(0)

    await asyncio.gather(*(go_out("ana") for _ in range(12)), go_out("ben"))
    assert (most, len(places), places._waiting.total()) == (2, 0, 0)


async def test_turns_and_patience_have_their_ends() -> None:
    places = Outside(2, 1, patience=0.01)
    async with places.place("ana"):
        with pytest.raises(TooMany):
            async with places.place("ana"):
                pass
        async with places.place("ben"):
            with pytest.raises(TooMany):
                async with places.place("eve"):
                    pass
    assert (len(places), places._waiting.total()) == (0, 0)
