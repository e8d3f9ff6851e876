"""That a server has spoken is written down: who sends to it tries it again."""

from tests.federation.hearing import HERE, Hearing
from tests.federation.signing import actor


async def test_who_speaks_was_seen_now(site: Hearing) -> None:
    there = await site.server()
    who = actor(there)
    await site.fetch_actor(who)
    await site.do("UPDATE instance SET last_seen = '2020-01-01' WHERE domain = '127.0.0.2'")
    await site.hear(site.activity("Like", who, f"{HERE}/post/1"), by=who)
    seen = "SELECT last_seen > timezone('utc', now()) - interval '1 minute' FROM instance WHERE domain = '127.0.0.2'"
    assert await site.value(seen) is True
