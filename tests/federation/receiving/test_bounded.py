"""What one activity may cost is bounded, and one bad part of it keeps no other out."""

from typing import Any

from service.federation.intake.envelope import LANES
from tests.federation.hearing import Hearing, group, note, page
from tests.federation.receiving.test_content import joined
from tests.federation.signing import actor
from tests.outbound.servers import replies


async def test_of_several_in_one_those_that_can_be_done_are_done(site: Hearing) -> None:
    there = await joined(site)
    post = page(there.ana, there.group)
    await site.hear(site.announced(there.group, site.activity("Create", there.ana, post)), by=there.group)
    late = there.server.answers_with("/u/late", replies(b"", "503 Service Unavailable", "text/plain"))
    gone = there.server.id("/u/gone")
    new, comment = actor(there.server, "/u/new"), note(there.ben, post["id"], there.group)
    voters = (there.server.id("/u/none"), gone, new, there.ben)
    votes: list[dict[str, Any]] = [site.activity("Like", who, post["id"]) for who in voters]
    create = site.activity("Create", there.ben, comment)
    await site.hear(site.announced(there.group, [*votes, create]), by=there.group)
    assert await site.rows("SELECT up_votes, reply_count FROM post") == [(3, 1)]
    assert site.outcomes["Like", "done"] == 2
    # A server that is late is waited for a few times; then the others are counted without it.
    votes = [site.activity("Dislike", who, post["id"]) for who in (late, new)]
    await site.hear(site.announced(there.group, votes), by=there.group)
    assert await site.value("SELECT down_votes FROM post") == 0
    for _ in range(2):
        site.fetcher.forget(late)
        site.drain._held.forget(post["id"])
        await site.do("UPDATE pieloop.received SET available_at = timezone('utc', now())")
        await site.work()
    assert await site.value("SELECT down_votes FROM post") == 1
    assert await site.value("SELECT count(*) FROM pieloop.received") == 0


async def test_what_an_announcement_may_ask_for_is_bounded(site: Hearing) -> None:
    there = await joined(site)
    for thread in range(20):
        for depth in range(10):
            above = there.server.id(f"/comment/{thread}-{depth + 1}")
            written = note(there.ana, above, there.group, f"/comment/{thread}-{depth}")
            there.server.has(f"/comment/{thread}-{depth}", **written)
    votes = [
        site.activity("Like", there.server.id(f"/u/x{at}"), there.server.id(f"/comment/{at}-0"))
        for at in range(20)
    ]
    there.server.server.asked.clear()
    await site.hear(site.announced(there.group, votes), by=there.group)
    assert len(there.server.server.asked) <= 20 + 2 * 19
    assert await site.value("SELECT count(*) FROM pieloop.received") == 0


async def test_large_rows_are_taken_a_few_at_once(site: Hearing) -> None:
    await site.do(
        "INSERT INTO pieloop.received (key, lane, kind, host, body, received_at, available_at, attempts)"
        " SELECT decode(md5(n::text), 'hex'), 0, 'Like', 'a.example', convert_to(repeat('x', 1000000), 'UTF8'),"
        " timezone('utc', now()), timezone('utc', now()), 0 FROM generate_series(1, 12) n"
    )
    sizes = []
    while taken := await site.drain.step(range(LANES)):
        sizes.append(taken)
    assert sizes == [5, 5, 2]


async def test_a_community_that_nobody_follows_makes_us_fetch_nothing(site: Hearing) -> None:
    there = await joined(site)
    other = group(there.server, "ships")
    await site.fetch_actor(other)
    there.server.has("/post/9", **page(there.ana, other, "/post/9"))
    await site.hear(site.activity("Announce", other, there.server.id("/post/9")), by=other)
    assert there.server.asked("/post/9") == []
    assert await site.value("SELECT count(*) FROM post") == 0
