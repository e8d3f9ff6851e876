"""What is in the log reaches every server that it is for, in order, once, whatever becomes of servers and processes."""

import asyncio
import sys
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from service.federation.deliver import line
from service.federation.deliver.courier import Courier
from service.storage.transaction import Database
from tests.federation.sending import GROUP, KEY_IDS, MEMBER, Site, at_work, settle, site

DAY = 86_400.0


@pytest.fixture
async def here(database: Database) -> AsyncIterator[Site]:
    async with site(database) as made:
        yield made


@pytest.fixture
async def courier(here: Site) -> AsyncIterator[Courier]:
    async with at_work(here.courier()) as courier:
        yield courier


@pytest.mark.scenario(29, 116)
async def test_every_server_with_a_member_gets_an_announce_once_signed_by_the_community(
    here: Site, courier: Courier
) -> None:
    peers = [await here.server(number) for number in (11, 12, 13)]
    stranger = await here.server(14, member=False)
    await settle(courier)
    said = [await here.say(), await here.say()]

    await settle(courier)
    await settle(courier)

    for peer in peers:
        assert sorted(peer.ids) == sorted(said)
        assert {delivery.signed_by for delivery in peer.taken} == {KEY_IDS[GROUP]}
        assert all(delivery.path == "/inbox" for delivery in peer.taken)
        inner = peer.taken[0].activity["object"]
        assert "@context" not in inner
        assert inner["id"].startswith("https://pie.example/activities/like/")
    assert stranger.tried == []
    assert await here.rows("SELECT count(*) FROM pieloop.sent_activity") == [(2,)]
    assert await here.rows("SELECT DISTINCT cursor FROM pieloop.peer WHERE instance_id < 14") == [(2,)]


@pytest.mark.scenario(132)
async def test_what_is_about_one_thing_arrives_in_order_and_the_rest_at_once(
    here: Site, courier: Courier
) -> None:
    peer = await here.server(11)
    await settle(courier)
    await here.say_all([f"w{number}" for number in range(10)])  # the window opens
    await settle(courier)
    peer.taken.clear()
    peer.hold = asyncio.Event()

    first, second, third = await here.say_all(["p1", "p1/5", "p1/5/v3"])
    others = await here.say_all(["p2/v1", "p2/v2", "p3"])
    await courier.round()
    while peer.together < 4:
        await asyncio.sleep(0.001)
    assert {delivery.activity["id"] for delivery in peer.tried[-4:]} == {first, *others}
    peer.hold.set()
    await settle(courier)

    mine = [one for one in peer.ids if one in {first, second, third}]
    assert mine == [first, second, third]


@pytest.mark.scenario(132)
async def test_a_server_that_was_away_for_days_gets_everything_in_order_when_it_is_back(
    here: Site, courier: Courier
) -> None:
    peer = await here.server(11)
    await settle(courier)
    peer.answer = lambda _: (503, "down")
    said: list[str] = []
    tries = []
    for _ in range(5):
        said += await here.say_all(["p1", "p1", "p2"])
        before = len(peer.tried)
        for _ in range(6):
            here.clock.goes_on(DAY / 6)
            await settle(courier)
        tries.append(len(peer.tried) - before)
    assert tries[-1] == 1  # once a day
    assert await here.rows("SELECT dormant, failures > 5 FROM instance WHERE id = 11") == [(True, True)]

    peer.answer = lambda _: (202, "")
    here.clock.goes_on(DAY * 1.2)
    await settle(courier)

    assert sorted(peer.ids) == sorted(said)
    about_one = [one for one in said if said.index(one) % 3 < 2]
    assert [one for one in peer.ids if one in about_one] == about_one
    here.clock.goes_on(61)
    await settle(courier)
    assert await here.rows("SELECT dormant, failures FROM instance WHERE id = 11") == [(False, 0)]


async def test_a_sleeping_server_that_speaks_is_tried_again(here: Site, courier: Courier) -> None:
    peer = await here.server(11)
    await settle(courier)
    peer.answer = lambda _: (503, "down")
    await here.say()
    for _ in range(5):
        here.clock.goes_on(DAY)
        await settle(courier)
    assert courier.lines[11].record.state == "dormant"
    peer.answer = lambda _: (202, "")
    here.clock.goes_on(DAY / 2)
    await settle(courier)
    assert peer.taken == []

    spoken = (
        f"UPDATE instance SET last_seen = to_timestamp({here.clock.now}) AT TIME ZONE 'utc' WHERE id = 11"
    )
    await here.change(spoken)
    here.clock.goes_on(61)
    await settle(courier)
    assert len(peer.taken) == 1


async def test_a_server_that_was_away_for_hours_is_tried_when_it_speaks_unless_it_asked_for_time(
    here: Site, courier: Courier
) -> None:
    peer = await here.server(11)
    await settle(courier)
    down, busy = (503, "down"), (429, "slowly", {"Retry-After": "86400"})
    for hours, answer, taken in ((6, down, 1), (1, busy, 0)):
        peer.taken.clear()
        peer.answer = partial(_same, answer)
        await here.say()
        for _ in range(hours * 6):
            here.clock.goes_on(600)
            await settle(courier)
        tried = len(peer.tried)
        peer.answer = lambda _: (202, "")
        await here.change(
            f"UPDATE instance SET last_seen = to_timestamp({here.clock.now}) AT TIME ZONE 'utc' WHERE id = 11"
        )
        courier.lines[11].record.retry_at = here.clock.now + DAY
        here.clock.goes_on(661)
        await settle(courier)
        assert (len(peer.taken), len(peer.tried) - tried) == (taken, taken), answer


@pytest.mark.scenario(133)
async def test_an_activity_that_a_server_cannot_take_keeps_no_other_waiting(
    here: Site, courier: Courier
) -> None:
    peer = await here.server(11)
    await settle(courier)
    poison = await here.say("p1")
    peer.answer = lambda delivery: (500, "") if delivery.activity["id"] == poison else (202, "")
    others = await here.say_all(["p2", "p3"])
    for _ in range(6):
        await settle(courier)
        here.clock.goes_on(301)
    assert sorted(peer.ids) == sorted(others)
    aside = "SELECT activity_id, retry_at IS NULL FROM pieloop.undelivered"
    assert await here.rows(aside) == [(1, False)]
    assert await here.rows("SELECT cursor, done_above FROM pieloop.peer") == [(3, [])]

    for _ in range(8):
        here.clock.goes_on(DAY)
        await settle(courier)
    assert await here.rows(aside) == [(1, True)]  # given up, and waits for a human
    tried = len(peer.tried)
    here.clock.goes_on(DAY)
    await settle(courier)
    assert len(peer.tried) == tried


@pytest.mark.scenario(134)
async def test_a_server_that_hangs_slows_no_other(here: Site, courier: Courier) -> None:
    hangs, other = await here.server(11), await here.server(12)
    hangs.hold = asyncio.Event()
    await courier.round()
    await here.say_all([""] * 20)
    await courier.round()
    while len(other.taken) < 20 or not hangs.together:
        await asyncio.sleep(0.001)
    assert hangs.taken == []
    assert hangs.most_together == 1  # it has not shown yet that it takes more
    hangs.hold.set()
    await settle(courier)
    assert len(hangs.taken) == 20


@pytest.mark.scenario(135)
@pytest.mark.parametrize("status", [410, 418])
async def test_a_server_that_is_gone_gets_nothing_until_it_speaks(
    here: Site, courier: Courier, status: int
) -> None:
    peer = await here.server(11)
    await settle(courier)
    peer.answer = lambda _: (status, "")
    await here.say()
    await settle(courier)
    await here.say_all(["", ""])
    here.clock.goes_on(30 * DAY)
    await settle(courier)
    assert len(peer.tried) == 1
    assert await here.rows("SELECT gone_forever FROM instance WHERE id = 11") == [(True,)]

    peer.answer = lambda _: (202, "")
    await here.change(
        f"UPDATE instance SET last_seen = to_timestamp({here.clock.now}) AT TIME ZONE 'utc' WHERE id = 11"
    )
    here.clock.goes_on(61)
    await settle(courier)
    new = await here.say()
    await settle(courier)
    assert peer.ids == [new]


@pytest.mark.scenario(135)
@pytest.mark.parametrize("status", [404, 410])
async def test_a_follower_whose_inbox_is_gone_is_removed_and_its_server_kept(
    here: Site, courier: Courier, status: int
) -> None:
    peer = await here.server(11)
    personal = peer.url("/u/bo/inbox")
    await here.change(f"UPDATE \"user\" SET ap_inbox_url = '{personal}' WHERE id = 1100")
    await here.change(
        "INSERT INTO user_follower (local_user_id, remote_user_id, is_inward) VALUES (70, 1100, true)"
    )
    peer.answer = lambda delivery: (status, "") if delivery.path == "/u/bo/inbox" else (202, "")
    await here.say(community_id=None, inboxes=(personal,), signer=MEMBER)
    announced = await here.say()
    await settle(courier)
    assert peer.ids == [announced]
    assert await here.rows("SELECT 1 FROM user_follower") == []
    assert courier.lines[11].record.state == "awake"


@pytest.mark.scenario(10, 135)
async def test_where_a_server_has_no_inbox_for_all_each_members_own_is_used(
    here: Site, courier: Courier
) -> None:
    peer = await here.server(11, software="honk")
    await here.change(
        'INSERT INTO "user" (id, user_name, instance_id, deleted, verified, banned)'
        " VALUES (1101, 'mo', 11, false, true, false), (1102, 'jo', 11, false, true, false)"
    )
    for number in (1100, 1101, 1102):
        inbox = peer.url(f"/u/{number}/inbox")
        await here.change(f"UPDATE \"user\" SET ap_inbox_url = '{inbox}' WHERE id = {number}")
    await here.change("INSERT INTO community_member (user_id, community_id) VALUES (1101, 7)")
    await here.change("UPDATE community SET subscriptions_count = 5, total_subscriptions_count = 5")
    await settle(courier)
    await here.say()
    await settle(courier)
    assert sorted(delivery.path for delivery in peer.taken) == ["/u/1100/inbox", "/u/1101/inbox"]
    peer.answer = lambda delivery: (410, "") if delivery.path == "/u/1101/inbox" else (202, "")
    await here.say()
    await settle(courier)
    assert await here.rows("SELECT user_id FROM community_member") == [(1100,)]
    assert await here.rows("SELECT subscriptions_count, total_subscriptions_count FROM community") == [(4, 4)]
    assert courier.lines[11].record.state == "awake"
    await here.say()
    await settle(courier)
    assert [delivery.path for delivery in peer.taken[2:]] == ["/u/1100/inbox"] * 2


async def test_a_refusal_is_an_end_and_a_ban_by_the_server_is_remembered(
    here: Site, courier: Courier
) -> None:
    peer = await here.server(11)
    await settle(courier)
    peer.answer = lambda _: (400, '{"error": "person_is_banned_from_site"}')
    await here.say()
    await settle(courier)
    here.clock.goes_on(DAY)
    await settle(courier)
    assert len(peer.tried) == 1
    left = "round(extract(epoch FROM banned_until - timezone('utc', now())) / 3600)::int"
    assert await here.rows(f"SELECT user_id, instance_id, {left} FROM instance_ban") == [(MEMBER.id, 11, 24)]
    assert courier.carrier.counts == {("refused", "400"): 1}
    for before, after in (
        ("timezone('utc', now())", 24),
        ("NULL", None),
    ):  # it is said again, or was for good
        await here.change(f"UPDATE instance_ban SET banned_until = {before}")
        await here.say()
        await settle(courier)
        assert await here.rows(f"SELECT {left} FROM instance_ban") == [(after,)]


async def test_who_asks_to_wait_is_left_alone_as_long(here: Site, courier: Courier) -> None:
    peer = await here.server(11)
    await settle(courier)
    peer.answer = lambda _: (429, "", {"Retry-After": "3600"})
    await here.say()
    await settle(courier)
    for _ in range(3):
        here.clock.goes_on(1000)
        await settle(courier)
    assert len(peer.tried) == 1
    peer.answer = lambda _: (202, "")
    here.clock.goes_on(700)
    await settle(courier)
    assert len(peer.taken) == 1


@pytest.mark.scenario(157)
async def test_the_other_form_of_signature_is_tried_once_and_remembered(here: Site, courier: Courier) -> None:
    peer = await here.server(11)
    await settle(courier)
    peer.answer = lambda delivery: (202, "") if delivery.form == "rfc9421" else (401, "")
    await here.say_all(["p1", "p1"])
    await settle(courier)
    assert [delivery.form for delivery in peer.tried] == ["cavage", "rfc9421", "rfc9421"]
    assert await here.rows("SELECT speaks FROM pieloop.peer") == [("rfc9421",)]

    peer.answer = lambda _: (401, "")
    await here.say("p1")
    await settle(courier)
    assert [delivery.form for delivery in peer.tried[3:]] == ["rfc9421", "cavage"]
    assert courier.lines[11].record.failures == 1


@pytest.mark.scenario(144)
async def test_blocked_servers_get_nothing_and_begin_from_now_when_they_are_let_in_again(
    here: Site, courier: Courier
) -> None:
    peer = await here.server(11)
    here.blocked.add("127.0.0.11")
    await settle(courier)
    await here.say_all(["", ""], to_everybody=True)
    await settle(courier)
    here.blocked.clear()
    here.clock.goes_on(61)
    await settle(courier)
    assert peer.tried == []
    new = await here.say()
    await settle(courier)
    assert peer.ids == [new]


@pytest.mark.scenario(127)
async def test_a_farewell_reaches_everybody_who_was_ever_met_also_who_sleeps(
    here: Site, courier: Courier
) -> None:
    peers = [await here.server(number, member=False) for number in (11, 12)]
    await here.change("UPDATE instance SET dormant = true WHERE id = 12")
    await here.say(community_id=None, to_everybody=True, signer=MEMBER)
    await here.change('UPDATE "user" SET deleted = true WHERE id = 70')
    await settle(courier)
    assert [len(peer.taken) for peer in peers] == [1, 1]
    assert {delivery.signed_by for peer in peers for delivery in peer.taken} == {KEY_IDS[MEMBER]}


@pytest.mark.scenario(68)
async def test_votes_travel_together_to_who_understands_it_and_singly_to_others(
    here: Site, courier: Courier
) -> None:
    pie, lemmy = await here.server(11, software="PieFed"), await here.server(12)
    wait = 60.0
    await settle(courier)
    lanes = [f"p1/v{number}" for number in range(30)] + ["p1/v3"]
    said = await here.say_all(lanes)
    await settle(courier)
    assert len(lemmy.taken) == 31
    assert pie.tried == []

    here.clock.goes_on(wait + 10)
    await settle(courier)
    (together,) = pie.taken
    assert together.activity["id"] not in said
    assert [one["id"].rpartition("/")[2] for one in together.activity["object"]] == [
        one.rpartition("/")[2] for one in said
    ]
    await here.say_all([f"p2/v{number}" for number in range(120)])
    await settle(courier)
    here.clock.goes_on(wait + 10)
    await settle(courier)
    sizes = [len(delivery.activity["object"]) for delivery in pie.taken[1:]]
    assert sum(sizes) == 120
    assert max(sizes) == 100
    assert await here.rows("SELECT DISTINCT cursor, done_above FROM pieloop.peer") == [(151, [])]


@pytest.mark.scenario(119)
async def test_microblog_servers_get_ids_of_posts_and_no_votes(here: Site, courier: Courier) -> None:
    peer = await here.server(11, software="mastodon")
    await settle(courier)
    page = {"id": "https://pie.example/post/1", "type": "Page"}
    await here.say("p1", kind="Create", object=page)
    await here.say("p1/v1")
    await here.say("p1", kind="Update", object=page)
    await here.say("p1", kind="Update", object=page, author_id=None)
    await settle(courier)
    create, update = peer.taken
    assert create.activity["object"] == page["id"]
    assert (update.activity["type"], update.signed_by) == ("Update", KEY_IDS[MEMBER])
    assert update.activity["@context"]


@pytest.mark.scenario(140)
async def test_a_process_that_dies_leaves_everything_to_the_next_and_nothing_twice(here: Site) -> None:
    peers = [await here.server(number) for number in (11, 12)]
    async with at_work(here.courier()) as first:
        await first.round()
        await here.say_all(["", "", ""])
        await settle(first)
        await here.say_all(["", "", ""])
        # dies here: nothing is given back
        first.lines.clear()
        first.owner, dead = "nobody", first.owner
    await here.change("UPDATE pieloop.peer SET owned_until = now() - interval '1 hour'")
    await here.change("UPDATE pieloop.courier SET alive_until = now() - interval '1 hour'")
    async with at_work(here.courier()) as second:
        await settle(second)
        assert len(second.lines) == 2
    assert dead != second.owner
    for peer in peers:
        assert len(peer.ids) == len(set(peer.ids)) == 6


async def test_an_owner_that_was_held_up_finds_that_its_servers_are_anothers(here: Site) -> None:
    await here.server(11)
    async with at_work(here.courier()) as first:
        await first.round()
        await here.change("UPDATE pieloop.peer SET owner = 'another'")
        await here.say()
        await settle(first)
        assert first.lines == {}
    assert await here.rows("SELECT owner, cursor FROM pieloop.peer") == [("another", 0)]


async def test_two_processes_share_the_servers(here: Site) -> None:
    peers = [await here.server(number) for number in range(11, 17)]
    async with at_work(here.courier()) as first, at_work(here.courier()) as second:
        await settle(first)
        await settle(second)
        here.clock.goes_on(11)
        await settle(first)
        here.clock.goes_on(11)
        await settle(second)
        assert (len(first.lines), len(second.lines)) == (3, 3)
        said = await here.say_all(["", ""])
        await settle(first)
        await settle(second)
    for peer in peers:
        assert sorted(peer.ids) == sorted(said)
    assert await here.rows("SELECT count(*) FROM pieloop.courier") == [(0,)]


@pytest.mark.scenario(120)
async def test_a_vote_for_two_thousand_servers_is_one_row_and_their_lines_hold_its_number_alone(
    here: Site,
) -> None:
    await here.change(
        "INSERT INTO instance (id, domain, inbox, software) SELECT n, 'p' || n || '.example',"
        " 'https://p' || n || '.example/inbox', 'lemmy' FROM generate_series(100, 2099) n"
    )
    await here.change(
        "INSERT INTO \"user\" (id, user_name, instance_id) SELECT n, 'p' || n, n FROM generate_series(100, 2099) n"
    )
    await here.change(
        f"INSERT INTO community_member (user_id, community_id) SELECT n, {GROUP.id} FROM generate_series(100, 2099) n"
    )
    courier = here.courier()  # which sends nothing: nobody carries
    await courier.renew()
    for one in courier.lines.values():
        one.read([], courier.head)
        one.lagging = False
    first = await here.say()
    await courier.read()
    held, rows = _held_by(courier), len(courier.lines)
    assert rows == 2000
    assert await here.rows("SELECT count(*) FROM pieloop.sent_activity") == [(1,)]
    assert {one.waiting for one in courier.lines.values()} == {1}
    assert first
    for _ in range(20):
        await here.say()
    await courier.read()
    assert (_held_by(courier) - held) / 20 / rows < 40  # bytes an activity and server


async def test_a_line_that_is_too_long_is_read_again_from_the_log(
    here: Site, courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "MOST_WAITING", 20)
    monkeypatch.setattr(line, "NEAR", 8)
    peer = await here.server(11)
    await settle(courier)
    peer.answer = lambda _: (503, "")
    said = await here.say_all([f"p{number}" for number in range(100)])
    await settle(courier)
    assert courier.lines[11].waiting <= 20 + 8
    peer.answer = lambda _: (202, "")
    here.clock.goes_on(120)
    await settle(courier)
    assert sorted(peer.ids) == sorted(said)


def _held_by(courier: Courier) -> int:
    """How much memory lines and rows take, in bytes; a body is held once."""
    return sum(sys.getsizeof(one._waiting) for one in courier.lines.values()) + courier._library.bytes


def _same(answer: Any, _: Any) -> Any:
    return answer
