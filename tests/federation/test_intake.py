"""What is let in is proven and on the disk; what is not leaves no trace that could keep the real one out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from service.federation.errors import Malformed, NotTheirs, Refused, Unsigned
from service.federation.fetch import Fetcher, Later
from service.federation.intake import keyring
from service.federation.intake.door import Blocked, Door, Outcome
from service.federation.intake.envelope import Envelope, envelope_from, key_of
from service.federation.intake.keyring import Keyring, TooManyStrangers
from service.federation.intake.pace import Pace, TooFast
from service.federation.intake.writer import WAITING_AT_MOST, Writer, open_writer
from service.federation.read.content import content_from
from service.federation.signatures import cavage, messages
from service.storage.transaction import Busy, Database, Unavailable
from tests.federation.network import Peer, client, peer
from tests.federation.signing import actor, key, like, pem_of, signed
from tests.outbound.servers import Asked, replies


@pytest.fixture
async def there() -> AsyncIterator[Peer]:
    async with peer() as running:
        yield running


@asynccontextmanager
async def opened(database: Database, pace: Pace | None = None) -> AsyncIterator[Door]:
    async with client() as outbound, open_writer(database) as writer:
        fetcher = Fetcher(outbound, may_ask=lambda _: True)
        yield Door(Keyring(database, fetcher), writer, lambda host: host != "127.0.0.9", pace)


@pytest.fixture
async def door(database: Database) -> AsyncIterator[Door]:
    async with opened(database) as door:
        yield door


async def stored(database: Database) -> list[tuple[Any, ...]]:
    async with database.read() as db:
        found = await db.execute(text("SELECT key, kind, host, body FROM pieloop.received ORDER BY seq"))
        return [tuple(row) for row in found]


@pytest.mark.scenario(157)
@pytest.mark.parametrize("form", ["cavage", "rfc9421"])
async def test_a_signed_activity_is_on_the_disk_when_it_is_answered(
    door: Door, there: Peer, database: Database, form: str
) -> None:
    ana = actor(there)
    activity = like(ana)
    forms = {"cavage": cavage, "rfc9421": messages}
    received = signed(activity, key_id=f"{ana}#main-key", form=forms[form])
    assert await door.let_in(received) is Outcome.STORED
    assert await stored(database) == [(key_of(activity["id"]), "Like", "127.0.0.1", received.body)]


@pytest.mark.scenario(136)
async def test_ten_at_once_and_again_later_are_one(door: Door, there: Peer, database: Database) -> None:
    ana = actor(there)
    received = signed(like(ana), key_id=f"{ana}#main-key")
    outcomes = await asyncio.gather(*(door.let_in(received) for _ in range(10)))
    assert outcomes == [Outcome.STORED] * 10
    async with database.engine.begin() as db:
        await db.execute(text("DELETE FROM pieloop.received"))  # worked on
    assert await door.let_in(received) is Outcome.STORED
    assert await stored(database) == []


async def test_follows_come_at_a_pace_and_nothing_else_does(there: Peer, database: Database) -> None:
    """Each costs an answer. What a server did not use is saved up, but no more than once."""
    now = 0.0
    pace = Pace("2/60", lambda: now)
    ana = actor(there)
    async with opened(database, pace) as door:

        async def wait(number: int, kind: str = "Follow") -> int:
            """How long it is to wait, in seconds; 0 where it is let in."""
            try:
                await door.let_in(signed(like(ana, number, type=kind), key_id=f"{ana}#main-key"))
            except TooFast as refusal:
                return round(refusal.wait)
            return 0

        assert [await wait(number) for number in range(3)] == [0, 0, 30]
        assert await wait(3, "Like") == 0
        now = 30.0
        assert [await wait(number) for number in (4, 5)] == [0, 30]
        now = 3000.0
        assert [await wait(number) for number in (6, 7, 8)] == [0, 0, 30]
        pace.spend("other.example")


@pytest.mark.scenario(137)
async def test_a_forgery_does_not_keep_the_real_one_out(door: Door, there: Peer, database: Database) -> None:
    ana = actor(there)
    real = signed(like(ana), key_id=f"{ana}#main-key")
    unsigned = msgspec.structs.replace(real, headers={})
    forged = signed(like(ana), key_id=f"{ana}#main-key", private=key(1))
    for wrong in (unsigned, forged):
        with pytest.raises(Unsigned):
            await door.let_in(wrong)
    assert await stored(database) == []
    await door.let_in(real)
    assert len(await stored(database)) == 1


@pytest.mark.scenario(156)
async def test_proofs_inside_of_a_document_prove_nothing(door: Door, there: Peer, database: Database) -> None:
    ana, eve = actor(there), actor(there, "/u/eve", key(1))
    for who, private in ((ana, key()), (eve, key(1))):  # their keys are known from now on
        await door.let_in(signed(like(who, int(who == eve)), key_id=f"{who}#main-key", private=private))
    proofs: dict[str, Any] = {
        "signature": {
            "type": "RsaSignature2017",
            "creator": f"{ana}#main-key",
            "created": "2026-01-01T00:00:00Z",
            "signatureValue": "bm90aGluZw==",
        },
        "proof": {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-jcs-2022",
            "verificationMethod": f"{ana}#ed25519-key",
            "proofValue": "z2sLgrpk",
        },
    }
    proven = like(ana, 3, **proofs)
    passed_on = signed(proven, key_id=f"{eve}#main-key", private=key(1))
    for wrong in (passed_on, msgspec.structs.replace(passed_on, headers={})):
        with pytest.raises((NotTheirs, Unsigned)):
            await door.let_in(wrong)
    assert len(await stored(database)) == 2
    await door.let_in(signed(proven, key_id=f"{ana}#main-key"))
    assert len(await stored(database)) == 3
    thing = {"type": "Note", "id": there.id("/1"), "attributedTo": ana, "content": "Hello"}
    now = datetime(2026, 11, 26)
    assert content_from(thing | proofs, now) == content_from(thing, now)


@pytest.mark.scenario(162)
async def test_nobody_uses_up_the_ids_of_another_server(door: Door, there: Peer, database: Database) -> None:
    async with peer("127.0.0.2") as other:
        eve = actor(other, "/u/eve", key(1))
        ana = actor(there)
        real = like(ana)
        taken = like(eve, id=real["id"])
        await door.let_in(signed(taken, key_id=f"{eve}#main-key", private=key(1)))
        await door.let_in(signed(real, key_id=f"{ana}#main-key"))
        assert [row[2] for row in await stored(database)] == ["127.0.0.2", "127.0.0.1"]


async def test_a_key_speaks_for_its_owner_alone(door: Door, there: Peer, database: Database) -> None:
    ana = actor(there)
    ben = actor(there, "/u/ben", key(1))
    await door.let_in(signed(like(ana), key_id=f"{ana}#main-key"))  # the key is known from now on
    async with peer("127.0.0.2") as other:
        eve = actor(other, "/u/eve", key(2))
        for who in (ben, eve):
            with pytest.raises((NotTheirs, Unsigned)):
                await door.let_in(signed(like(who), key_id=f"{ana}#main-key"))
    assert len(await stored(database)) == 1


async def test_a_key_whose_owner_does_not_name_it_is_none(door: Door, there: Peer) -> None:
    ana = actor(there)
    stub = {"publicKey": {"id": there.id("/key"), "owner": ana, "publicKeyPem": pem_of(key(1))}}
    there.has("/key", type="Person", **stub)
    with pytest.raises(Unsigned):
        await door.let_in(signed(like(ana), key_id=there.id("/key"), private=key(1)))
    foreign = {
        "id": f"{ana}#main-key",
        "owner": "https://elsewhere.example/u/eve",
        "publicKeyPem": pem_of(key(1)),
    }
    eve = actor(there, "/u/eve", publicKey=foreign)
    with pytest.raises(Unsigned):
        await door.let_in(signed(like(eve), key_id=f"{eve}#main-key", private=key(1)))


async def test_a_key_with_a_document_of_its_own_is_believed_if_the_actor_names_it(
    door: Door, there: Peer, database: Database
) -> None:
    named = {"id": there.id("/u/gus/main-key"), "owner": there.id("/u/gus"), "publicKeyPem": pem_of(key())}
    gus = actor(there, "/u/gus", publicKey=named)
    there.has("/u/gus/main-key", id=gus, type="Person", publicKey=named)
    await door.let_in(signed(like(gus), key_id=named["id"]))
    # A server that shows its actors to nobody unknown is believed about its own keys.
    named = {"id": there.id("/u/kim/main-key"), "owner": there.id("/u/kim"), "publicKeyPem": pem_of(key())}
    there.has("/u/kim/main-key", type="Person", publicKey=named)
    there.answers_with("/u/kim", replies(b"", "401 Who", "text/plain"))
    await door.let_in(signed(like(there.id("/u/kim"), 2), key_id=named["id"]))
    assert len(await stored(database)) == 2


@pytest.mark.scenario(129)
async def test_a_changed_key_is_asked_for_once(door: Door, there: Peer, database: Database) -> None:
    ana = actor(there)
    await door.let_in(signed(like(ana, 1), key_id=f"{ana}#main-key"))
    actor(there, private=key(1))
    await door.let_in(signed(like(ana, 2), key_id=f"{ana}#main-key", private=key(1)))
    asked = len(there.asked("/u/ana"))
    for number in (3, 4):
        with pytest.raises(Unsigned):
            await door.let_in(signed(like(ana, number), key_id=f"{ana}#main-key"))  # the old key
    assert len(there.asked("/u/ana")) == asked
    assert len(await stored(database)) == 2


async def test_keys_of_actors_that_were_met_need_no_fetch(
    door: Door, there: Peer, database: Database
) -> None:
    ana = actor(there)
    statement = 'INSERT INTO "user" (user_name, ap_profile_id, public_key) VALUES (:name, :id, :key)'
    async with database.engine.begin() as db:
        await db.execute(text(statement), {"name": "ana", "id": ana.lower(), "key": pem_of(key())})
    await door.let_in(signed(like(ana), key_id=f"{ana}#main-key"))
    assert there.server.asked == []


async def test_a_changed_key_is_known_to_every_process(door: Door, there: Peer, database: Database) -> None:
    ana = actor(there, private=key(1))
    statement = (
        'INSERT INTO "user" (user_name, ap_id, ap_profile_id, public_key, instance_id)'
        " VALUES (:name, :name, :id, :key, 7)"
    )
    async with database.engine.begin() as db:
        await db.execute(text("INSERT INTO instance (id, domain) VALUES (7, '127.0.0.1')"))
        await db.execute(text(statement), {"name": "ana", "id": ana.lower(), "key": pem_of(key())})
        await db.execute(text(statement), {"name": "eve", "id": ana.lower() + "2", "key": pem_of(key())})
    await door.let_in(signed(like(ana), key_id=f"{ana}#main-key", private=key(1)))
    async with database.read() as db:
        keys = (
            await db.execute(text('SELECT public_key FROM "user" WHERE instance_id = 7 ORDER BY id'))
        ).all()
    assert keys == [(pem_of(key(1)),), (pem_of(key()),)]


async def test_good_byes_of_people_whom_nobody_met_cost_nothing(
    door: Door, there: Peer, database: Database
) -> None:
    ana = there.id("/u/ana")
    gone = {"id": f"{ana}#delete", "type": "Delete", "actor": ana, "object": ana}
    assert await door.let_in(signed(gone, key_id=f"{ana}#main-key")) is Outcome.NOT_OURS
    assert there.server.asked == []
    assert await stored(database) == []


async def test_whoever_may_not_talk_to_us_is_told_before_any_work(door: Door) -> None:
    eve = "http://127.0.0.9:1/u/eve"
    with pytest.raises(Blocked):
        await door.let_in(signed(like(eve), key_id=f"{eve}#main-key"))


async def test_so_many_unknown_actors_are_looked_up_at_once_and_no_more(
    there: Peer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "FETCHES_AT_ONCE", 2)
    asked, goes_on = asyncio.Semaphore(0), asyncio.Event()

    async def wait(_: Asked, writer: asyncio.StreamWriter) -> None:
        asked.release()
        await goes_on.wait()
        await replies(b"", "404 Not Found", "text/plain")(_, writer)

    strangers = [there.answers_with(f"/u/{number}", wait) for number in range(2)]
    eve = actor(there, "/u/eve")
    async with opened(database) as door:
        waiting = [
            asyncio.create_task(door.let_in(signed(like(one), key_id=f"{one}#main-key"))) for one in strangers
        ]
        for _ in waiting:
            await asked.acquire()
        with pytest.raises(TooManyStrangers):
            await door.let_in(signed(like(eve), key_id=f"{eve}#main-key"))
        goes_on.set()
        assert [type(one) for one in await asyncio.gather(*waiting, return_exceptions=True)] == [Unsigned] * 2
        assert await door.let_in(signed(like(eve), key_id=f"{eve}#main-key")) is Outcome.STORED


async def test_an_actor_is_waited_for_so_long(
    there: Peer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "PATIENCE", 0.05)

    async def never(_: Asked, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    ana = there.answers_with("/u/ana", never)
    async with opened(database) as door:
        with pytest.raises(Later):
            await door.let_in(signed(like(ana), key_id=f"{ana}#main-key"))


async def test_trouble_of_the_actors_server_is_for_later(door: Door, there: Peer) -> None:
    ana = there.answers_with("/u/ana", replies(b"", "503 Busy", "text/plain"))
    with pytest.raises(Later):
        await door.let_in(signed(like(ana), key_id=f"{ana}#main-key"))


@pytest.mark.scenario(139)
async def test_while_the_database_is_away_nothing_is_promised(
    door: Door, there: Peer, database: Database
) -> None:
    ana = actor(there)
    await door.let_in(signed(like(ana, 1), key_id=f"{ana}#main-key"))
    working, failing = database.write, asyncio.get_running_loop().create_future()
    failing.set_exception(Unavailable("away"))
    database.write = lambda *_, **__: failing  # type: ignore[assignment, method-assign]
    received = signed(like(ana, 2), key_id=f"{ana}#main-key")
    with pytest.raises(Unavailable):
        await door.let_in(received)
    database.write = working  # type: ignore[method-assign]
    assert await door.let_in(received) is Outcome.STORED
    assert len(await stored(database)) == 2


def envelope(number: int, **fields: Any) -> Envelope:
    values: dict[str, Any] = {"kind": "Like", "actor": "https://a.example/u", "host": "a.example"}
    return Envelope(key=key_of(str(number)), body=b"{}", lane=1, object_id=None, **(values | fields))


async def test_one_that_cannot_be_stored_keeps_out_no_other(database: Database) -> None:
    async with open_writer(database) as writer:
        bad = envelope(3, kind="L\0ke")
        results = await asyncio.gather(
            *(writer.store(one) for one in (envelope(1), envelope(2), bad, envelope(4))),
            return_exceptions=True,
        )
        assert [type(one) for one in results] == [type(None), type(None), Malformed, type(None)]
        assert len(await stored(database)) == 3


async def test_a_full_queue_is_said(database: Database) -> None:
    writer = Writer(database)  # it does not run
    waiting = [asyncio.create_task(writer.store(envelope(number))) for number in range(WAITING_AT_MOST)]
    await asyncio.sleep(0)
    assert writer.waiting == WAITING_AT_MOST
    with pytest.raises(Busy):
        await writer.store(envelope(-1))
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


def test_what_belongs_together_waits_in_one_lane() -> None:
    def lane(**fields: Any) -> int:
        return envelope_from(msgspec.json.encode({"actor": "https://a.example/u", **fields})).lane

    post = "https://b.example/post/1"
    made = lane(type="Like", object=post)
    undone = lane(type="Undo", object={"type": "Like", "actor": "https://a.example/u", "object": post})
    assert made == undone
    community = "https://b.example/c/trains"
    by_audience = lane(
        type="Create", audience=community, object={"type": "Note", "id": "https://a.example/1"}
    )
    inside = lane(type="Create", object={"type": "Note", "id": "https://a.example/2", "audience": community})
    announced = envelope_from(
        msgspec.json.encode({"type": "Announce", "actor": community, "object": "https://a.example/1"})
    ).lane
    assert by_audience == inside == announced
    assert made != announced


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"type": "Like"}',
        b'{"type": "Note", "actor": "https://a.example/u"}',
        b'{"type": "Like", "actor": 1}',
    ],
)
def test_what_is_no_activity_is_malformed(body: bytes) -> None:
    with pytest.raises(Refused):
        envelope_from(body)


def test_ids_of_any_length_and_alphabet_have_a_key() -> None:
    assert len(key_of("https://a.example/" + "字" * 1000)) == len(key_of("\ud800" * 5000)) == 16
