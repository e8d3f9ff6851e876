"""Nothing is lost, doubled or out of order, whoever dies when (scenarios 61, 136 to 140)."""

import asyncio
import itertools
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest

from service.federation.intake.envelope import LANES
from service.federation.receive import queue
from service.federation.receive.lanes import SHARES, Shares
from service.storage.listen import connected
from service.storage.transaction import Database, Unavailable
from tests.federation.hearing import HERE, Hearing, page
from tests.federation.signing import actor
from tests.forum import making
from tests.outbound.servers import Asked, replies
from tests.serving import held_by


async def world(site: Hearing, people: int) -> tuple[str, str, list[str]]:
    """A community here, a post in it, and people elsewhere who are known."""
    await making.community(site.database, await making.member(site.database, "keeper"))
    server = await site.server()
    who = [actor(server, f"/u/p{at}") for at in range(people)]
    for one in who:
        await site.fetch_actor(one)
    post = page(who[0], f"{HERE}/c/cats")
    await site.hear(site.activity("Create", who[0], post), by=who[0])
    return f"{HERE}/c/cats", post["id"], who


@pytest.mark.scenario(140)
async def test_two_workers_at_the_same_rows_do_all_of_them_once(site: Hearing) -> None:
    cats, post, who = await world(site, 6)
    for one in who[1:]:
        assert await site.send(site.activity("Like", one, post), by=one) == 202
        answer = page(one, cats, f"/comment/{one[-1]}", type="Note", inReplyTo=post)
        assert await site.send(site.activity("Create", one, answer), by=one) == 202
    other = site.another_drain()
    first = asyncio.create_task(other.step(range(LANES)))
    await asyncio.sleep(0.01)
    first.cancel()  # killed in the middle
    await asyncio.gather(first, return_exceptions=True)
    await asyncio.gather(*(drain.step(range(LANES)) for drain in (site.drain, site.another_drain())))
    await site.work()
    assert await site.value("SELECT count(*) FROM pieloop.received") == 0
    assert await site.rows("SELECT up_votes, reply_count FROM post") == [(6, 5)]
    assert await site.value("SELECT count(*) FROM post_vote") == 6
    sent = [one["object"]["type"] for one in await site.sent()]
    assert (sent.count("Like"), sent.count("Create")) == (5, 6)


async def test_one_that_may_not_be_undoes_none_of_those_beside_it(site: Hearing) -> None:
    cats, post, who = await world(site, 5)
    await site.do("UPDATE site SET blocked_phrases = 'cheap pills'")
    for one in who[1:]:
        answer = page(one, cats, f"/comment/{one[-1]}", type="Note", inReplyTo=post)
        answer["source"]["content"] = "Cheap pills!" if one == who[3] else "Good."
        assert await site.send(site.activity("Create", one, answer), by=one) == 202
    await site.work()
    assert site.outcomes["Create", "done"] == 1 + 3
    assert site.outcomes["Create", "blocked_phrase"] == 1
    assert await site.rows("SELECT reply_count FROM post") == [(3,)]
    assert await site.value("SELECT count(*) FROM post_reply") == 3
    assert await site.value("SELECT count(*) FROM post_reply_vote") == 3
    assert [one["object"]["type"] for one in await site.sent()].count("Create") == 1 + 3


@pytest.mark.scenario(44)
async def test_what_waits_behind_a_fetch_that_ends_meanwhile_waits_no_longer(site: Hearing) -> None:
    """The fetch ends after the later row was found to wait for it, and before that is remembered."""
    await making.community(site.database, await making.member(site.database, "keeper"))
    server = await site.server()
    ana, eve, may_answer = actor(server, "/u/ana"), actor(server, "/u/eve"), asyncio.Event()
    await site.fetch_actor(eve)
    at_once = server.answers["/u/ana"]

    async def late(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await may_answer.wait()
        await at_once(asked, writer)

    assert await site.send(site.activity("Follow", ana, f"{HERE}/c/cats"), by=ana) == 202
    server.answers["/u/ana"] = late
    assert await site.drain.step(range(LANES)) == 1

    class Slow(Database):
        async def write(self, *work: Any) -> Any:  # type: ignore[override]
            result = await super().write(*work)
            may_answer.set()
            await site.drain.settle()
            return result

    assert await site.send(site.activity("Follow", eve, f"{HERE}/c/cats"), by=eve) == 202
    site.drain._database = Slow(site.database.engine)
    assert await site.drain.step(range(LANES)) == 1
    site.drain._database = site.database
    await asyncio.wait_for(site.work(), 5)
    assert await site.value("SELECT count(*) FROM community_member m JOIN \"user\" u ON u.id = m.user_id"
                            " WHERE u.instance_id <> 1") == 2  # fmt: skip


@pytest.mark.scenario(44, 138)
async def test_who_cannot_be_asked_for_keeps_nobody_else_waiting(site: Hearing) -> None:
    """Votes, follows and reports by somebody whose server is away, and then by somebody who is known."""
    cats, post, (_, eve) = await world(site, 2)
    server = await site.server()
    joe = actor(server, "/u/joe")
    for by in (joe, eve):
        vote = site.activity("Like", by, post)
        doings = [vote, site.activity("Follow", by, cats), site.activity("Flag", by, post, summary="spam")]
        if by == joe:
            doings.append(site.activity("Undo", joe, vote))
        for one in doings:
            assert await site.send(one, by=by) == 202
        server.answers["/u/joe"] = replies(b"", "503 Busy")
    await site.work()
    kinds = [kind for (kind,) in await site.rows("SELECT kind FROM pieloop.received ORDER BY seq")]
    assert kinds == ["Like", "Follow", "Flag", "Undo"]
    assert await site.value("SELECT up_votes FROM post") == 2
    assert await site.value("SELECT count(*) FROM community_member") == 2
    assert await site.value("SELECT count(*) FROM report") == 1


KINDS = ("Create", "Update", "Delete", "Undo")


@pytest.mark.parametrize("order", list(itertools.permutations(KINDS))[::5], ids="-".join)
@pytest.mark.scenario(138)
async def test_any_order_ends_without_trouble(site: Hearing, order: Sequence[str]) -> None:
    cats, _, who = await world(site, 1)
    thing = page(who[0], cats, "/post/2")
    delete = site.activity("Delete", who[0], thing["id"])
    activities: dict[str, Any] = {
        "Create": site.activity("Create", who[0], thing),
        "Update": site.activity("Update", who[0], thing | {"updated": "2026-02-01T00:00:00Z"}),
        "Delete": delete,
        "Undo": site.activity("Undo", who[0], delete),
    }
    await site.hear(*(activities[kind] for kind in order), by=who[0])
    assert await site.value("SELECT count(*) FROM pieloop.received") == 0
    rows = await site.rows("SELECT deleted FROM post WHERE ap_id = :id", id=thing["id"])
    if order.index("Delete") > order.index("Create") and order[-1] == "Delete":
        assert rows == [(True,)]
    if order[-1] == "Undo" and order[0] == "Create":
        assert rows == [(False,)]


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.scenario(61, 138)
async def test_what_is_taken_back_before_it_comes_has_no_effect(site: Hearing, at_once: bool) -> None:
    """By whichever way either comes; what has the same meaning and another id does."""
    _, post, (ana, eve, joe) = await world(site, 3)
    await site.do("INSERT INTO community_member (user_id, community_id, is_moderator, is_owner, is_banned)"
                  " SELECT id, 1, true, false, false FROM \"user\" WHERE ap_profile_id = :joe", joe=joe)  # fmt: skip
    cats = f"{HERE}/c/cats"
    later = [
        site.activity("Like", eve, post),
        site.activity("Dislike", eve, post),
        site.activity("Follow", eve, cats),
        site.activity("Follow", eve, f"{HERE}/u/keeper"),
        site.activity("Lock", joe, post, audience=cats),
        site.activity("Block", joe, ana, target=cats, audience=cats),
    ]
    before = await _effects(site)
    for one in later:
        by = one["actor"]
        undo, forged = site.activity("Undo", by, one), site.activity("Undo", ana, one)
        if at_once:
            for activity in (undo, one):
                await site.send(activity, by=by)
            await site.work()
        else:
            await site.hear(undo, one, by=by)
        assert await _effects(site) == before, one
        again = one | {"id": f"{one['id']}/again"}
        await site.hear(forged | {"object": again}, by=ana)
        await site.hear(again, by=by)
        assert await _effects(site) != before, (one, "it is another one, and nobody else took it back")
        await site.hear(site.activity("Undo", by, again), by=by)
        assert await _effects(site) == before, one


async def _effects(site: Hearing) -> list[Any]:
    statements = (
        "SELECT up_votes, down_votes, deleted, comments_enabled FROM post",
        "SELECT user_id, effect FROM post_vote ORDER BY user_id",
        "SELECT user_id, is_banned FROM community_member WHERE is_moderator IS NOT TRUE ORDER BY user_id",
        "SELECT user_id FROM community_ban",
        "SELECT local_user_id, is_accepted FROM user_follower",
    )
    return [await site.rows(statement) for statement in statements]


async def test_what_always_fails_is_given_up_counted_and_can_be_tried_again(site: Hearing) -> None:
    _, post, who = await world(site, 2)
    await site.send(site.activity("Like", who[1], post), by=who[1])
    working = site.drain._do

    async def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    site.drain._do = broken  # type: ignore[assignment, method-assign]
    for _ in range(queue.PARK_AFTER):
        await site.do("UPDATE pieloop.received SET available_at = timezone('utc', now())")
        await site.drain.step(range(LANES))
    async with site.database.read() as db:
        assert (await queue.backlog(db)).parked == 1
        (parked,) = await queue.parked(db, 10)
    assert (parked.kind, parked.host, parked.count) == ("Like", "127.0.0.2", 1)
    assert await site.drain.step(range(LANES)) == 0
    assert site.outcomes["Like", "parked"] == 1
    site.drain._do = working  # type: ignore[method-assign]
    assert await site.database.write(queue.retry) == 1
    await site.work()
    assert await site.value("SELECT up_votes FROM post") == 2


async def test_what_is_too_much_for_the_database_at_once_is_done_in_smaller_parts(site: Hearing) -> None:
    _, post, who = await world(site, 9)
    for one in who[1:]:
        assert await site.send(site.activity("Like", one, post), by=one) == 202
    working, sizes = site.drain._do, []

    async def slow(session: Any, items: Sequence[Any]) -> Any:
        sizes.append(len(items))
        if len(items) > 2:
            raise Unavailable("The database did not answer in time.")
        return await working(session, items)

    site.drain._do = slow  # type: ignore[method-assign]
    for _ in range(12):
        with suppress(Unavailable):
            await site.drain.step(range(LANES))
    assert sizes[:3] == [8, 4, 2]
    assert await site.value("SELECT up_votes FROM post") == 9
    assert not any(outcome == "failed" for _, outcome in site.outcomes)


async def test_workers_share_the_lanes_and_take_over(site: Hearing) -> None:
    config = held_by(site.app).config
    async with connected(config) as one:
        first = Shares(one)
        await first.balance()
        assert len(first.lanes) == LANES
        async with connected(config) as two:
            second = Shares(two)
            await second.balance()
            assert second.lanes == []
            for shares in (first, second):
                await shares.balance()
            assert len(first.lanes) == len(second.lanes) == LANES // 2
            assert set(first.lanes).isdisjoint(second.lanes)
        for _ in range(50):
            await first.balance()
            if len(first.lanes) == LANES:
                break
            await asyncio.sleep(0.02)
        assert len(first.lanes) == LANES
    assert SHARES <= LANES


async def test_what_was_seen_is_forgotten_after_its_time(site: Hearing) -> None:
    await site.do(
        "INSERT INTO pieloop.seen (key, day) SELECT decode(n::text, 'escape'), current_date - n"
        " FROM generate_series(28, 33) n"
    )
    past = "timezone('utc', now()) - interval '1 day'"
    await site.do(f"INSERT INTO pieloop.tombstone (key, until) VALUES ('a', {past}), ('b', 'infinity')")
    assert await site.database.write(queue.forget_seen, 30) == 4
    assert await site.value("SELECT count(*) FROM pieloop.seen") == 3
    assert await site.value("SELECT count(*) FROM pieloop.tombstone") == 1
    assert await site.database.write(queue.forget_seen, 30) == 0
