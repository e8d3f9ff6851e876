"""Live updates: what is told, from where it resumes, how many there may be, and that they end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Self

import msgspec
import pytest
from quart.typing import TestClientProtocol as Browser
from sqlalchemy import update

from service import tasks
from service.assembly import build_app
from service.config import Config
from service.forum.accounts import operations as accounts
from service.forum.accounts.tokens import hash_of
from service.forum.accounts.viewer import Viewer
from service.http.api import stream
from service.http.application import Application
from service.http.passing.streams import Streams
from service.storage.tables import User
from service.storage.transaction import Database
from tests.forum.making import member
from tests.http.api.app_client import App
from tests.http.people import bearer, token_of
from tests.serving import free_port, held_by, hypercorn
from tests.working import work_off

PATH = "/api/alpha/user/stream"
PATIENCE = 20  # seconds


class Stream:
    """An open stream, read event by event."""

    def __init__(self, connection: Any) -> None:
        self.connection, self._rest = connection, b""

    async def next(self) -> dict[str, Any]:
        """The next event that is no comment and no hint how to come back."""
        while True:
            event = await self._block()
            if event.startswith(b"event:"):
                lines = dict(line.split(": ", 1) for line in event.decode().split("\n"))
                return {
                    "event": lines["event"],
                    "id": int(lines["id"]),
                    "data": msgspec.json.decode(lines["data"]),
                }

    async def _block(self) -> bytes:
        async with asyncio.timeout(PATIENCE):
            while b"\n\n" not in self._rest:
                self._rest += await self.connection.receive()
        block, _, self._rest = self._rest.partition(b"\n\n")
        return block

    async def ends(self) -> None:
        """Wait for its end."""
        done, _ = await asyncio.wait([self.connection._task], timeout=PATIENCE)
        assert done


@asynccontextmanager
async def listening(client: Browser, headers: dict[str, str]) -> AsyncIterator[Stream]:
    """Open a stream."""
    connection: Any = client.request(PATH, headers=headers)
    async with connection:
        await connection.send_complete()
        yield Stream(connection)
        await connection.disconnect()


@pytest.fixture
def database(app: Application) -> Database:
    return held_by(app).database


@pytest.fixture
async def ana(database: Database) -> Viewer:
    return await member(database, "ana")


@pytest.fixture
async def ben(database: Database, client: Browser) -> App:
    return App(client, token_of(await member(database, "ben")))


async def test_what_happens_is_told_at_once(
    app: Application, client: Browser, ana: Viewer, ben: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT", 600.0)
    async with listening(client, bearer(token_of(ana))) as heard:
        first = await heard.next()
        assert (first["event"], first["id"], first["data"]["private_messages"]) == ("unread_count", 0, 0)
        await ben.post("/private_message", content="Tea?", recipient_id=ana.id)
        await work_off(held_by(app))
        told = await heard.next()
        assert told["event"] == "notification"
        assert (told["id"], told["data"]["author"]["user_name"]) == (told["data"]["notif_id"], "ben")
        counted = await heard.next()
        assert (counted["event"], counted["data"]["private_messages"]) == ("unread_count", 1)
    await nobody_listens(app)


async def test_a_lost_wake_up_costs_a_heartbeat(
    app: Application, client: Browser, ana: Viewer, ben: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT", 0.05)
    monkeypatch.setattr(app.shared.streams, "wake", lambda account_ids=None: None)
    async with listening(client, bearer(token_of(ana))) as heard:
        await heard.next()
        await ben.post("/private_message", content="Tea?", recipient_id=ana.id)
        await work_off(held_by(app))
        # The message counts as soon as it is there, and may be seen before the recipient was told of it.
        kinds = {(await heard.next())["event"] for _ in range(2)}
        assert kinds == {"notification", "unread_count"}


async def test_it_resumes_where_it_was_left(app: Application, client: Browser, ana: Viewer, ben: App) -> None:
    for number in range(3):
        await ben.post("/private_message", content=f"Tea number {number}?", recipient_id=ana.id)
    await work_off(held_by(app))
    token = bearer(token_of(ana))
    async with listening(client, token) as heard:
        first = await heard.next()
        assert (first["event"], first["data"]["private_messages"]) == ("unread_count", 3)
    newest = first["id"]
    async with listening(client, token | {"Last-Event-ID": str(newest - 1)}) as heard:
        assert [(event["event"], event["id"]) for event in (await heard.next(), await heard.next())] == [
            ("notification", newest),
            ("unread_count", newest),
        ]
    for nonsense in ("x", "-1", "9" * 30, "٣"):
        async with listening(client, token | {"Last-Event-ID": nonsense}) as heard:
            assert (await heard.next())["event"] == "unread_count"


async def test_a_browser_listens_with_its_cookie(app: Application, database: Database, ana: Viewer) -> None:
    client = app.test_client()
    await database.write(accounts.start_session, ana.id, hash_of("a-session"), checked_hash="scrypt:none")
    async with listening(client, {"Cookie": "pieloop_session=a-session"}) as heard:
        assert (await heard.next())["event"] == "unread_count"
    for headers in ({}, {"Cookie": "pieloop_session=another"}, bearer("rubbish")):
        assert (await client.get(PATH, headers=headers)).status_code == 400


async def test_who_is_banned_hears_no_more(
    app: Application, client: Browser, database: Database, ana: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT", 0.05)
    async with listening(client, bearer(token_of(ana))) as heard:
        await heard.next()
        await database.write(
            lambda session: session.execute(update(User).where(User.id == ana.id).values(banned=True))
        )
        await heard.ends()


async def test_waiting_holds_no_connection_and_no_place_of_the_gate(
    app: Application, client: Browser, ana: Viewer
) -> None:
    async with listening(client, bearer(token_of(ana))) as heard:
        await heard.next()
        state = held_by(app).database.pool_state()
        assert state is not None
        assert (state.lent, app.shared.gate.working, len(app.shared.streams)) == (0, 0, 1)


async def test_there_are_so_many_and_no_more(config: Config) -> None:
    http = msgspec.structs.replace(config.http, streams=2, streams_per_account=1)
    app = build_app(msgspec.structs.replace(config, http=http))
    async with app.test_app():
        database, client = held_by(app).database, app.test_client()
        tokens = [bearer(token_of(await member(database, name))) for name in ("ana", "ben", "cleo")]
        async with listening(client, tokens[0]) as first, listening(client, tokens[1]) as second:
            await first.next()
            await second.next()
            again = await client.get(PATH, headers=tokens[0])
            assert (again.status_code, again.headers["Retry-After"]) == (429, "60")
            assert (await client.get(PATH, headers=tokens[2])).status_code == 503
        await nobody_listens(app)
        async with listening(client, tokens[2]) as third:
            await third.next()


async def test_they_end_when_the_process_does(app: Application, client: Browser, ana: Viewer) -> None:
    async with listening(client, bearer(token_of(ana))) as heard:
        await heard.next()
        app.shared.streams.end()
        await heard.ends()
    assert (await client.get(PATH, headers=bearer(token_of(ana)))).status_code == 503


async def test_a_server_that_is_told_to_stop_does_not_wait_for_them(
    config: Config, database: Database, tmp_path: Any
) -> None:
    ana = await member(database, "ana")
    place, port = tmp_path, free_port()
    with hypercorn(config, place, port) as (server, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        token = bearer(token_of(ana))["Authorization"]
        writer.write(f"GET {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n".encode())
        async with asyncio.timeout(PATIENCE):
            await reader.readuntil(b"event: unread_count")
        code = await asyncio.to_thread(server.stop, PATIENCE)
        async with asyncio.timeout(PATIENCE):
            rest = await reader.read()
        assert (code, rest.endswith(b"0\r\n\r\n")) == (0, True), "the answer is whole"
        writer.close()


async def nobody_listens(app: Application) -> None:
    """Wait until all places are given back."""
    async with asyncio.timeout(PATIENCE):
        while len(app.shared.streams):
            await asyncio.sleep(0)


class DeafChannel:
    """A channel whose subscription loses a cancellation, as `asyncio.wait_for` of Python 3.11 does now and then."""

    def __init__(self) -> None:
        self.subscribing, self.silence = asyncio.Event(), asyncio.Event()

    def pubsub(self) -> Self:
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def subscribe(self, _: str) -> None:
        self.subscribing.set()
        with suppress(asyncio.CancelledError):
            await self.silence.wait()

    async def get_message(self, **_: object) -> None:
        await self.silence.wait()


async def test_a_process_that_stops_waits_for_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if the feeding was told to end at a moment when that is lost."""
    monkeypatch.setattr(tasks, "AGAIN_AFTER", None)  # it is not told again
    channel: Any = DeafChannel()
    async with asyncio.timeout(PATIENCE), Streams(1, 1).fed_by(channel):
        await channel.subscribing.wait()
