"""A server that others wrote the protocol of finds us, follows us and talks to us, with both kinds of signature."""

import pytest

from tests.federate.acting import becomes, comment, community, fresh, keeper, member, number, publish
from tests.federate.fedify import Fedify
from tests.federate.site import Site, eventually


@pytest.mark.scenario(1, 8, 14)
async def test_it_finds_our_actors(one: Site, peer: Fedify) -> None:
    here = await community(keeper(one))
    for url, kind in (
        (keeper(one).id, "Person"),
        (f"acct:{keeper(one).name}@{one.name}", "Person"),
        (here.id, "Group"),
        (here.handle.replace("!", "acct:"), "Group"),
        (f"https://{one.name}/actor", "Application"),
    ):
        found = (await peer.does("lookup", url=url))["found"]
        assert kind in str(found["type"] if "type" in found else found["@type"]), url


@pytest.mark.scenario(15, 29, 157)
async def test_it_follows_a_community_and_hears_what_is_published(one: Site, peer: Fedify) -> None:
    here = await community(keeper(one))
    name = fresh("u-ana")
    sent = await peer.does("follow", **{"from": name, "to": here.id})
    await peer.hears("Accept", sent["id"])
    await becomes(one, "SELECT subscriptions_count FROM community WHERE id = $1", (here.number,), 2)
    post = await publish(keeper(one), here, body="Some **bold** words.")
    await peer.hears("Announce", post)
    reply = await comment(keeper(one), post)
    await peer.hears("Announce", reply)


@pytest.mark.scenario(31, 46, 58, 75, 157)
async def test_its_people_write_vote_and_delete_here(one: Site, peer: Fedify) -> None:
    here = await community(keeper(one))
    name = fresh("u-ben")
    follow = await peer.does("follow", **{"from": name, "to": here.id})
    await peer.hears("Accept", follow["id"])
    page = await peer.does(
        "publish",
        **{"from": name, "to": here.id},
        title="From elsewhere",
        text="<p>Some <b>bold</b> words.</p>",
    )
    await number(one, page["object"])
    await peer.hears("Announce", page["object"])
    post = await publish(keeper(one), here)
    reply = await peer.does("reply", **{"from": name, "to": here.id}, below=post, text="<p>Indeed.</p>")
    await number(one, reply["object"])
    await peer.does("vote", **{"from": name, "to": here.id}, object=post, down=False)
    await becomes(one, "SELECT up_votes FROM post WHERE ap_id = $1", (post,), 2)
    await peer.does("remove", **{"from": name, "to": here.id}, object=page["object"])
    await becomes(one, "SELECT deleted FROM post WHERE ap_id = $1", (page["object"],), True)


@pytest.mark.scenario(18, 30, 157)
async def test_our_people_join_its_community_and_write_there(one: Site, peer: Fedify) -> None:
    person = await member(one)
    theirs = peer.actor(fresh("c-shed"))
    answer = await person.get("/resolve_object", q=theirs)
    there = answer["community"]["community"]["id"]
    await person.post("/community/follow", community_id=there, follow=True)

    async def is_in() -> bool:
        seen = await person.get("/community", id=there)
        return bool(seen["community_view"]["subscribed"] == "Subscribed")

    await eventually(is_in, f"{person.name} has joined {theirs}")
    made = await person.post("/post", community_id=there, title="Hello over there", body="Some *words*.")
    await peer.hears("Create", made["post_view"]["post"]["ap_id"])
