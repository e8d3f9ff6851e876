"""From pyfedi and back: what either had still to send is sent by the other, and what is too old is counted."""

import json
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from service.errors import StartupError
from service.federation.deliver.handover import Handed, hand_over
from service.federation.deliver.retention import forget_sent
from service.federation.deliver.takeover import take_over
from service.storage.tables import ActivityBatch, SendQueue
from service.storage.transaction import Database
from tests.federation.sending import GROUP, HERE, KEY_IDS, MEMBER, Site, at_work, settle, site
from tests.forum.making import DOMAIN, add


@pytest.fixture
async def here(database: Database) -> AsyncIterator[Site]:
    async with site(database) as made:
        yield made


def queued(destination: str, number: int, actor: str = KEY_IDS[MEMBER], **fields: object) -> SendQueue:
    activity = {
        "id": f"{HERE}/activities/like/{number}",
        "type": "Like",
        "actor": f"{HERE}/u/ana",
        "object": f"{HERE}/post/1",
    }
    values = {"destination_domain": "there", "private_key": "secret", "retries": 3}
    payload = json.dumps(activity | fields)
    return SendQueue(destination=destination, actor=actor, payload=payload, **values)


async def test_what_pyfedi_had_still_to_send_is_sent_and_its_copies_of_keys_are_gone(here: Site) -> None:
    one, two = await here.server(11, software="piefed"), await here.server(12)
    await add(
        here.database,
        queued(one.inbox, 1),
        queued(two.inbox, 1),
        queued(two.inbox, 2),
        queued(two.inbox, 3, actor="https://elsewhere.example/u/x#main-key"),
        SendQueue(destination=two.inbox, actor=KEY_IDS[MEMBER], payload="no JSON"),
        *(
            ActivityBatch(
                instance_id=11, community_id=GROUP.id, payload={"id": f"{HERE}/v/{number}", "type": "Like"}
            )
            for number in range(120)
        ),
    )
    async with at_work(here.courier()) as courier:
        await courier.renew_first()
        while await here.database.write(take_over, DOMAIN):
            pass
        await courier.renew()
        await settle(courier)

    singles = [delivery for delivery in one.taken if delivery.activity["type"] == "Like"]
    batches = [delivery for delivery in one.taken if delivery.activity["type"] == "Announce"]
    assert [delivery.activity["id"] for delivery in singles] == [f"{HERE}/activities/like/1"]
    assert sorted(len(delivery.activity["object"]) for delivery in batches) == [20, 100]
    assert {delivery.signed_by for delivery in batches} == {KEY_IDS[GROUP]}
    assert [delivery.activity["id"].rpartition("/")[2] for delivery in two.taken] == ["1", "2"]
    assert await here.rows("SELECT 1 FROM send_queue UNION ALL SELECT 1 FROM activity_batch") == []


async def test_what_servers_lack_is_handed_over_once_and_as_they_would_have_got_it(here: Site) -> None:
    there = {11: await here.server(11), 12: await here.server(12, software="mastodon")}
    async with at_work(here.courier()) as courier:
        await settle(courier)
        done = await here.say()
        await settle(courier)
        there[11].answer = lambda _: (503, "")
        lacking = [await here.say(), await here.say()]
        await settle(courier)
        with pytest.raises(StartupError, match="worker"):
            await hand_over(here.database, DOMAIN)
    created = await here.say("p1", kind="Create", object={"id": f"{HERE}/post/1", "type": "Page"})
    direct = await here.say(community_id=None, inboxes=(there[11].inbox,), signer=MEMBER)

    assert await hand_over(here.database, DOMAIN) == Handed(5, 2)

    rows = await here.rows("SELECT destination, actor, payload FROM send_queue ORDER BY id")
    handed = [(destination, actor, json.loads(payload)) for destination, actor, payload in rows]
    assert [(place, actor) for place, actor, _ in handed] == [
        *[(there[11].inbox, KEY_IDS[GROUP])] * 3,
        (there[11].inbox, KEY_IDS[MEMBER]),
        (there[12].inbox, KEY_IDS[GROUP]),
    ]
    assert [one["id"] for _, _, one in handed] == [*lacking, created, direct, created]
    assert handed[4][2]["object"] == f"{HERE}/post/1"
    assert done not in {one["id"] for _, _, one in handed}
    assert await hand_over(here.database, DOMAIN) == Handed(0, 0)


async def test_what_is_too_old_is_skipped_and_counted(here: Site) -> None:
    there = await here.server(11)
    async with at_work(here.courier()) as courier:
        await settle(courier)
        there.answer = lambda _: (503, "")
        old = await here.say_all(["", ""])
        await settle(courier)
        await here.change("UPDATE pieloop.sent_activity SET created_at = created_at - interval '15 days'")
        new = await here.say()
        while await here.database.write(forget_sent, 14):
            pass
        there.answer = lambda _: (202, "")
        here.clock.goes_on(100)
        await settle(courier)
    # What was in memory already goes out all the same.
    assert set(there.ids) <= {*old, new}
    assert new in there.ids
    assert await here.rows("SELECT skipped, cursor FROM pieloop.peer") == [(2, 3)]


async def test_rolled_back_it_is_as_before(here: Site) -> None:
    peer = await here.server(11)
    await add(here.database, queued(peer.inbox, 1))

    async def fail(session: AsyncSession) -> None:
        await take_over(session, DOMAIN)
        raise KeyError

    with pytest.raises(KeyError):
        await here.database.write(fail)
    assert await here.rows("SELECT count(*) FROM send_queue") == [(1,)]
    assert await here.rows("SELECT 1 FROM pieloop.sent_activity") == []
