"""The inbox: what is answered, to whom, and when it is promised that nothing gets lost."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from quart.typing import TestClientProtocol as Browser
from sqlalchemy import text

from service.assembly import build_app
from service.config import Config, FederationConfig
from service.federation.signatures.request import Received
from service.http.activitypub import inbox
from service.http.application import Application
from service.http.context import INTAKE
from service.storage.transaction import Unavailable
from tests.federation.network import CONFIG, Peer, peer
from tests.federation.signing import actor, key, like, signed
from tests.outbound.servers import replies
from tests.serving import held_by

INBOXES = (
    "/inbox",
    "/site_inbox",
    "/u/ana/inbox",
    "/c/trains/inbox",
    "/f/ana/trains/inbox",
    "/f/trains/inbox",
)


@pytest.fixture
def config(config: Config) -> Config:
    """Servers on this machine may be asked."""
    return msgspec.structs.replace(config, outbound=CONFIG)


@asynccontextmanager
async def running(config: Config, **federation: Any) -> AsyncIterator[Application]:
    app = build_app(msgspec.structs.replace(config, federation=FederationConfig(**federation)))
    async with app.test_app():
        yield app


@pytest.fixture
async def there() -> AsyncIterator[Peer]:
    async with peer() as running:
        yield running


async def send(client: Browser, received: Received, path: str = "/inbox", **headers: str) -> Any:
    sent = {"Content-Type": "application/activity+json"} | dict(received.headers) | headers
    return await client.post(path, data=received.body, headers=sent)


async def stored(app: Application) -> int:
    async with held_by(app).database.read() as db:
        found: int = (await db.execute(text("SELECT count(*) FROM pieloop.received"))).scalar_one()
        return found


async def test_every_inbox_takes_what_is_signed(client: Browser, app: Application, there: Peer) -> None:
    ana = actor(there)
    for number, path in enumerate(INBOXES):
        received = signed(like(ana, number), key_id=f"{ana}#main-key", path=path)
        answer = await send(client, received, path)
        assert answer.status_code == 202
        assert "Set-Cookie" not in answer.headers
    again = signed(like(ana, 0), key_id=f"{ana}#main-key")
    assert (await send(client, again)).status_code == 202
    assert await stored(app) == len(INBOXES)


Wrong = tuple[int, Callable[[str], Received]]
WRONG: dict[str, Wrong] = {
    "no signature": (401, lambda who: msgspec.structs.replace(right(who), headers={})),
    "another's key": (401, lambda who: signed(like(who), key_id=f"{who}#main-key", private=key(1))),
    "another body": (401, lambda who: msgspec.structs.replace(right(who), body=right(who, 2).body)),
    "another path": (401, lambda who: signed(like(who), key_id=f"{who}#main-key", path="/u/x/inbox")),
    "no JSON": (400, lambda who: signed(b"{", key_id=f"{who}#main-key")),
    "no activity": (400, lambda who: signed({"type": "Note"}, key_id=f"{who}#main-key")),
    "too large": (413, lambda who: signed(b" " * 1_100_000, key_id=f"{who}#main-key")),
    "one of ours": (
        403,
        lambda who: signed(like("https://pie.example/u/ana"), key_id=f"{who}#main-key"),
    ),
    "a kept-out server's": (403, lambda who: signed(like("https://a.bad.example/u/e"), key_id="https://a")),
}


def right(who: str, number: int = 1) -> Received:
    return signed(like(who, number), key_id=f"{who}#main-key")


async def test_what_is_wrong_is_said_in_a_line(client: Browser, app: Application, there: Peer) -> None:
    ana = actor(there)
    async with held_by(app).database.engine.begin() as db:
        await db.execute(text("INSERT INTO banned_instances (domain) VALUES ('bad.example')"))
    await app.extensions[INTAKE].door._admits.refresh(held_by(app).database)
    for name, (status, request) in WRONG.items():
        answer = await send(client, request(ana))
        assert (name, answer.status_code) == (name, status)
        assert answer.content_type.startswith("text/plain")
        assert (await answer.get_data(as_text=True)).rstrip().endswith("."), "a sentence"
    assert await stored(app) == 0


async def test_a_site_that_keeps_to_itself_asks_senders_to_come_back(config: Config, there: Peer) -> None:
    async with running(config, enabled=False) as app:
        answer = await send(app.test_client(), right(actor(there)))
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3600")
        assert await stored(app) == 0


async def test_when_too_many_come_at_once_the_last_come_back(
    client: Browser, app: Application, there: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "AT_ONCE", 0)
    answer = await send(client, right(actor(there)))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    monkeypatch.setattr(inbox, "AT_ONCE", 1)
    assert (await send(client, right(actor(there)))).status_code == 202


@pytest.mark.scenario(139)
async def test_our_own_trouble_is_never_the_senders_fault(
    client: Browser, app: Application, there: Peer
) -> None:
    ana = actor(there)
    assert (await send(client, right(ana))).status_code == 202
    database = held_by(app).database

    async def away(*_: Any, **__: Any) -> None:
        raise Unavailable("away")

    async def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    working = database.write
    door = app.extensions[INTAKE].door
    for trouble, where, name in ((away, database, "write"), (broken, door, "_prove")):
        whole = getattr(where, name)
        setattr(where, name, trouble)
        answer = await send(client, right(ana, 2))
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        setattr(where, name, whole)
    assert database.write == working
    there.answers_with("/u/ben", replies(b"", "503 Busy", "text/plain"))
    assert (await send(client, right(there.id("/u/ben")))).status_code == 503
    assert (await send(client, right(ana, 2))).status_code == 202
    assert await stored(app) == 2


@pytest.mark.scenario(27)
async def test_a_server_that_follows_too_fast_is_asked_to_slow_down(config: Config, there: Peer) -> None:
    async with running(config, follows="3/60") as app:
        ana, client, answers = actor(there), app.test_client(), []
        for number in range(5):
            follow = like(ana, number, type="Follow", object="https://pie.example/c/cats")
            answers.append(await send(client, signed(follow, key_id=f"{ana}#main-key")))
        assert [answer.status_code for answer in answers] == [202, 202, 202, 429, 429]
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 21
        assert await stored(app) == 3
        assert (await send(client, right(ana, 9))).status_code == 202


async def test_while_federation_is_off_everybody_is_asked_to_come_back(config: Config, there: Peer) -> None:
    async with running(config, enabled=False) as app:
        answer = await send(app.test_client(), right(actor(there)))
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert there.server.asked == []


async def test_only_inboxes_are_spared_the_token_of_forms(client: Browser) -> None:
    assert (await client.post("/auth/login", form={"user_name": "ana"})).status_code == 403


@pytest.mark.scenario(161)
async def test_what_no_column_for_json_could_hold_is_taken(
    client: Browser, app: Application, there: Peer
) -> None:
    """Never a 500, which would be sent again for ever."""
    ana = actor(there)
    origin = ana.rpartition("/u/")[0]
    bodies = (
        like(ana, 1, content="\0"),
        like(ana, id=f"{origin}/{'字' * 1000}"),
        like(ana, id=f"{origin}/{'x' * 5000}"),
    )
    for body in bodies:
        assert (await send(client, signed(body, key_id=f"{ana}#main-key"))).status_code == 202
    lone = msgspec.json.encode(like(ana, 3)).replace(b'"Like"', b'"Like","content":"\\ud800"')
    assert (await send(client, signed(lone, key_id=f"{ana}#main-key"))).status_code in {202, 400}
