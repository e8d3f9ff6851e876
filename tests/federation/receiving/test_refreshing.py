"""Actors of other servers that are at work here are asked anew, a few at a time."""

from typing import Any
from urllib.parse import quote

import pytest

from service.federation import refreshing
from tests.federation.hearing import Hearing, group
from tests.federation.signing import actor
from tests.forum import making
from tests.http.web.visitor import Visitor


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


KNOWN = (
    'SELECT title, public_key, ap_inbox_url, user_name FROM "user" WHERE instance_id <> 1 UNION ALL'
    " SELECT title, public_key, ap_inbox_url, name FROM community ORDER BY 4"
)
# What a server may have in the place of an actor.
WRONG: dict[str, dict[str, Any]] = {
    "nothing": {},
    "another id": {"id": "https://elsewhere.example/u/ana"},
    "a note": {"type": "Note"},
    "no inbox": {"inbox": None},
    "no name": {"preferredUsername": "\0"},
    "an inbox elsewhere": {"inbox": "https://elsewhere.example/inbox"},
}


async def test_what_cannot_be_had_leaves_an_actor_as_it_was(site: Hearing) -> None:
    """Whether it is said to have changed, or somebody looks for it, or wants to join; nothing is left of the try."""
    server = await site.server()
    ana, trains = actor(server), group(server)
    for one in (ana, trains):
        await site.fetch_actor(one)
    before = await site.rows(KNOWN)
    for name, wrong in WRONG.items():
        for url, path, more in ((ana, "/u/ana", {}), (trains, "/c/trains", {"type": "Group"})):
            actor(server, path, **({"name": "Forged"} | more | wrong))
            if name == "nothing":
                server.answers.pop(path)
            site.fetcher.forget(url)
            asked = len(server.asked(path))
            await site.hear(site.activity("Update", url, url), by=url)
            assert len(server.asked(path)) > asked, (name, path)
            assert await site.rows(KNOWN) == before, (name, path)
    reader = await making.member(site.database, "reader")
    for name, wrong in WRONG.items():
        path = f"/c/{name.replace(' ', '')}"
        group(server, path.rpartition("/")[2], **wrong)
        if name == "nothing":
            server.answers.pop(path)
        visitor = await Visitor(site.app.test_client()).arrive(site.database, reader)
        found = await visitor.get("/search?q=" + quote(server.id(path)))
        assert "/community/" not in found.html.partition("<main")[2], name
        assert await site.rows(KNOWN) == before, name
    for table in ("community_member", "community_join_request"):
        assert await site.rows(f"SELECT 1 FROM {table}") == [], table
