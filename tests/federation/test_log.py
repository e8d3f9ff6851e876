"""The log of what is sent: one row an activity, in the order of the commits, and nothing twice."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.deliver import lanes
from service.federation.deliver.log import append
from service.federation.deliver.outgoing import Outgoing, Signer
from service.federation.intake.envelope import key_of
from service.storage.tables import Instance
from service.storage.transaction import Database
from tests.forum.making import add

GROUP = Signer("community", 7)


def outgoing(number: int = 1, **fields: Any) -> Outgoing:
    identity = f"https://here.example/activities/announce/{number}"
    known: dict[str, Any] = {
        "id": identity,
        "kind": "Announce/Like",
        "body": b"{}",
        "signer": GROUP,
        "lane": "p1",
    }
    return Outgoing(**(known | {"community_id": 7} | fields))


async def rows(database: Database, statement: str) -> list[tuple[Any, ...]]:
    async with database.read() as db:
        return [tuple(row) for row in await db.execute(text(statement))]


@pytest.mark.scenario(120)
async def test_an_activity_is_one_row_and_goes_to_inboxes_of_servers_known_and_new(
    database: Database,
) -> None:
    await add(database, Instance(id=5, domain="known.example", inbox="https://known.example/inbox"))
    inboxes = (
        "https://known.example/u/ana/inbox",
        "https://KNOWN.example/inbox",
        "https://new.example/inbox",
        "no address",
    )

    await database.write(append, [outgoing(body=b'{"a": "\\u0000"}', inboxes=inboxes)])

    sent = await rows(database, "SELECT key, kind, community_id, body FROM pieloop.sent_activity")
    assert sent == [(key_of(outgoing().id), "Announce/Like", 7, b'{"a": "\\u0000"}')]
    addressed = await rows(
        database, "SELECT domain, a.inbox FROM pieloop.addressed a JOIN instance i ON i.id = instance_id"
    )
    assert sorted(addressed) == sorted(
        [
            ("known.example", inboxes[0]),
            ("known.example", inboxes[1]),
            ("new.example", "https://new.example/inbox"),
        ]
    )
    peers = await rows(
        database, "SELECT cursor < (SELECT min(id) FROM pieloop.sent_activity) FROM pieloop.peer"
    )
    assert peers == [(True,), (True,)]  # nobody is met too late for what is said to them


async def test_what_is_appended_twice_is_there_once_and_counts_as_seen(database: Database) -> None:
    await database.write(append, [outgoing(1), outgoing(2)])
    await database.write(append, [outgoing(2), outgoing(3), outgoing(4, community_id=None)])

    keys = [(key_of(outgoing(number).id),) for number in (1, 2, 3)]
    assert await rows(database, "SELECT key FROM pieloop.sent_activity ORDER BY id") == keys
    assert sorted(await rows(database, "SELECT key FROM pieloop.seen")) == sorted(keys)


async def test_what_is_for_everybody_waits_for_those_who_were_not_met_before(database: Database) -> None:
    await add(
        database,
        Instance(id=5, domain="asleep.example", inbox="https://asleep.example/inbox", dormant=True),
        Instance(id=6, domain="gone.example", inbox="https://gone.example/inbox", gone_forever=True),
        Instance(id=7, domain="mute.example"),
    )
    await database.write(append, [outgoing(1)])
    assert await rows(database, "SELECT 1 FROM pieloop.peer") == []

    await database.write(append, [outgoing(2, community_id=None, to_everybody=True)])

    first = (await rows(database, "SELECT min(id) FROM pieloop.sent_activity"))[0][0]
    assert await rows(database, "SELECT instance_id, cursor FROM pieloop.peer") == [(5, first)]


async def test_ids_are_in_the_order_of_the_commits(database: Database) -> None:
    """A writer that has its id and has not committed keeps the next one from getting a later id."""
    appended, go_on = asyncio.Event(), asyncio.Event()

    async def slow(session: AsyncSession) -> None:
        await append(session, [outgoing(1)])
        appended.set()
        await go_on.wait()

    first = asyncio.create_task(database.write(slow))
    await appended.wait()
    second = asyncio.create_task(database.write(append, [outgoing(2)]))
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    while await rows(database, waiting) != [(1,)]:
        await asyncio.sleep(0)
    assert await rows(database, "SELECT 1 FROM pieloop.sent_activity") == []
    go_on.set()
    await asyncio.gather(first, second)

    keys = await rows(database, "SELECT key FROM pieloop.sent_activity ORDER BY id")
    assert keys == [(key_of(outgoing(1).id),), (key_of(outgoing(2).id),)]


def test_lanes_are_paths() -> None:
    comment = lanes.of_comment(12, [0, 5, 9])
    assert lanes.of_vote(comment, 7) == "p12/5/9/v7"
    assert lanes.with_those_above("p12/5/9/v7") == ["p12", "p12/5", "p12/5/9", "p12/5/9/v7"]
    assert lanes.of_member(3, 7) == "c3/u7"
