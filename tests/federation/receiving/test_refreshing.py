"""Actors of other servers that are at work here are asked anew, a few at a time."""

import pytest

from service.federation import refreshing
from tests.federation.hearing import Hearing, group
from tests.federation.signing import actor


async def test_those_at_work_are_asked_anew_the_oldest_first(
    site: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await site.server()
    people = {name: actor(server, f"/u/{name}") for name in ("ana", "ben", "eve", "joe")}
    trains = group(server)
    for one in (*people.values(), trains):
        await site.fetch_actor(one)
    await site.do("UPDATE \"user\" SET last_seen = timezone('utc', now()), ap_fetched_at = '2026-01-02'")
    await site.do("UPDATE \"user\" SET ap_fetched_at = '2026-01-01' WHERE user_name = 'ben'")
    await site.do("UPDATE \"user\" SET last_seen = '2026-01-01' WHERE user_name = 'eve'")
    await site.do("UPDATE \"user\" SET ap_fetched_at = timezone('utc', now()) WHERE user_name = 'joe'")
    await site.do("UPDATE community SET last_active = timezone('utc', now()), ap_fetched_at = NULL")
    server.server.asked.clear()
    actor(server, "/u/ben", name="Ben the Second")
    server.answers.pop("/c/trains")
    monkeypatch.setattr(refreshing, "MOST", 3)
    finder = site.drain._finder
    assert await refreshing.refresh_old(site.database, finder) == 3
    assert sorted(one.path for one in server.server.asked) == ["/c/trains", "/u/ana", "/u/ben"]
    assert await site.value("SELECT title FROM \"user\" WHERE user_name = 'ben'") == "Ben the Second"
    # Neither those who were asked, nor the one that cannot be had, are asked again soon.
    assert await refreshing.refresh_old(site.database, finder) == 0
