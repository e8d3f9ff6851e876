"""What was there before somebody came, and what a community shows to the other site at all."""

import pytest

from tests.federate.acting import (
    becomes,
    comment,
    community,
    found,
    joined,
    keeper,
    known,
    member,
    number,
    publish,
    settled,
)
from tests.federate.site import Site

AT_HOME = "SELECT posted_at::text || coalesce(sticky, false) FROM post WHERE ap_id = $1"


@pytest.mark.scenario(150)
async def test_a_found_community_shows_its_history_and_tells_nobody(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    person = await member(other)
    posts = [await publish(keeper(one), here, body=f"Hello @{person.name}@{other.name}") for _ in range(4)]
    pinned = await number(one, posts[0])
    await keeper(one).post("/post/feature", post_id=pinned, featured=True, feature_type="Community")
    await found(person, here)
    for post in posts:
        await number(other, post)
    await settled(other)
    for post in posts:
        assert (await other.value(AT_HOME, post))[:16] == (await one.value(AT_HOME, post))[:16]
    assert await other.value("SELECT sticky FROM post WHERE ap_id = $1", posts[0])
    me = await number(other, person.id)
    assert await other.value("SELECT count(*) FROM notification WHERE user_id = $1", me) == 0
    await joined(person, here)
    await settled(one, other)
    assert await other.value("SELECT count(*) FROM post WHERE ap_id = ANY($1)", posts) == len(posts)


@pytest.mark.scenario(47, 62)
async def test_an_address_brings_a_comment_with_all_that_stands_above_it(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    post = await publish(keeper(one), here)
    reply = await comment(keeper(one), post)
    below = await comment(keeper(one), post, below=reply)
    person = await member(other)
    answer = await person.get("/resolve_object", q=below)
    assert answer["comment"]["comment"]["ap_id"] == below
    assert await other.value("SELECT array_length(path, 1) FROM post_reply WHERE ap_id = $1", below) == 3
    assert await known(other, post)


@pytest.mark.scenario(121)
async def test_a_local_community_is_unknown_outside(one: Site, other: Site) -> None:
    hidden = await community(keeper(one), local_only=True)
    post = await publish(keeper(one), hidden)
    person = await member(other)
    for question in (hidden.handle, hidden.id, post):
        with pytest.raises(AssertionError, match=": 4"):
            await person.get("/resolve_object", q=question)
    for url in (hidden.id, post, f"{hidden.id}/outbox"):
        await one.document(url, 404)


@pytest.mark.scenario(98)
async def test_a_deleted_community_is_closed_everywhere_and_opens_again(one: Site, other: Site) -> None:
    owner = await member(one)
    here = await community(owner)
    person = await member(other)
    there = await joined(person, here)
    for deleted in (True, False):
        await owner.post("/community/delete", community_id=here.number, deleted=deleted)
        await becomes(
            other, "SELECT coalesce(banned, false) FROM community WHERE id = $1", (there.number,), deleted
        )
