"""Votes from elsewhere (scenarios 58 to 70)."""

import pytest

from tests.federation.hearing import HERE, Hearing
from tests.federation.signing import actor
from tests.forum import making


async def a_post(site: Hearing) -> tuple[int, str]:
    ana = await making.member(site.database, "ana")
    community_id = await making.community(site.database, ana)
    (post_id,) = await making.posts(site.database, ana, community_id, 1)
    url = f"{HERE}/post/{post_id}"
    await site.do("UPDATE post SET ap_id = :url", url=url)
    return post_id, url


@pytest.mark.scenario(58)
async def test_votes_come_directly_and_are_announced_once(site: Hearing) -> None:
    _, url = await a_post(site)
    there = await site.server()
    people = [actor(there, f"/u/p{at}") for at in range(3)]
    for who, kind in zip(people, ("Like", "Like", "Dislike"), strict=True):
        await site.hear(site.activity(kind, who, url), by=who)
    assert await site.rows("SELECT up_votes, down_votes, score FROM post") == [(2, 1, 1)]
    sent = await site.sent()
    assert [(one["type"], one["actor"], one["object"]["type"]) for one in sent] == [
        ("Announce", f"{HERE}/c/cats", "Like"),
        ("Announce", f"{HERE}/c/cats", "Like"),
        ("Announce", f"{HERE}/c/cats", "Dislike"),
    ]
    assert "@context" not in sent[0]["object"]
    await site.hear(site.activity("Like", people[0], url), by=people[0])  # once more, with another id
    assert len(await site.sent()) == 3


@pytest.mark.scenario(60)
async def test_a_vote_is_taken_back_by_its_id_if_its_server_shows_it(site: Hearing) -> None:
    _, url = await a_post(site)
    server = await site.server()
    ana, ben = actor(server), actor(server, "/u/ben")
    likes = [site.activity("Like", who, url) for who in (ana, ben)]
    for who, like in zip((ana, ben), likes, strict=True):
        await site.hear(like, by=who)
    ups = "SELECT up_votes FROM post"
    before = await site.value(ups)
    await site.hear(site.activity("Undo", ben, likes[0]["id"]), by=ben)  # it is not there
    assert await site.value(ups) == before
    shown = likes[1]
    server.has("/" + shown["id"].split("/", 3)[3], **shown)
    await site.hear(site.activity("Undo", ana, shown["id"]), by=ana)  # it is another one's
    assert await site.value(ups) == before
    await site.hear(site.activity("Undo", ben, shown["id"]), by=ben)
    assert await site.value(ups) == before - 1
    assert await site.value("SELECT count(*) FROM pieloop.received") == 0
