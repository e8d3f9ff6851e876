"""Feeds of communities that are followed from the other site."""

import pytest

from tests.federate.acting import becomes, community, fresh, keeper, member
from tests.federate.site import Site

MEMBER = (
    'SELECT count(*) FROM community_member m JOIN "user" u ON u.id = m.user_id '
    "JOIN community c ON c.id = m.community_id WHERE u.ap_profile_id = $1 AND c.ap_profile_id = $2"
)
ITEMS = (
    "SELECT count(*) FROM feed_item i JOIN feed f ON f.id = i.feed_id JOIN community c ON c.id = i.community_id "
    "WHERE f.ap_profile_id = $1 AND c.ap_profile_id = $2"
)


@pytest.mark.scenario(2, 112, 113, 114)
async def test_a_feed_is_followed_and_changes(one: Site, other: Site) -> None:
    first, second = await community(keeper(one), "bed"), await community(keeper(one), "pond")
    name = fresh("feed")
    made = await keeper(one).post(
        "/feed", name=name, title="The feed", public=True, communities=first.handle.lstrip("!")
    )
    feed, feed_id = made["feed"]["id"] if "feed" in made else made["id"], f"https://{one.name}/f/{name}"
    person = await member(other)
    answer = await person.get("/resolve_object", q=f"~{name}@{one.name}")
    there = answer["feed"]["id"] if "id" in answer["feed"] else answer["feed"]["feed"]["id"]
    await person.post("/feed/follow", feed_id=there, follow=True)
    await becomes(other, ITEMS, (feed_id, first.id), 1)
    await becomes(other, MEMBER, (person.id, first.id), 1)
    both = f"{first.handle}\n{second.handle}".replace("!", "")
    await keeper(one).put("/feed", feed_id=feed, communities=both)
    await becomes(other, ITEMS, (feed_id, second.id), 1)
    await keeper(one).put("/feed", feed_id=feed, communities=second.handle.lstrip("!"))
    await becomes(other, ITEMS, (feed_id, first.id), 0)
    await keeper(one).post("/feed/delete", feed_id=feed, deleted=True)
    await becomes(
        other, "SELECT count(*) FROM feed WHERE ap_profile_id = $1 AND banned IS NOT TRUE", (feed_id,), 0
    )
    await becomes(other, MEMBER, (person.id, second.id), 1)
