"""Posts, comments and votes that cross over, with the community on one site and people on both."""

import pytest

from tests.federate.acting import (
    becomes,
    comment,
    community,
    fresh,
    joined,
    keeper,
    member,
    number,
    publish,
    settled,
)
from tests.federate.site import Site

SCORES = "SELECT up_votes::text || '/' || down_votes FROM post WHERE ap_id = $1"
REPLY_SCORES = "SELECT up_votes::text || '/' || down_votes FROM post_reply WHERE ap_id = $1"
PATH = "SELECT array_length(path, 1) FROM post_reply WHERE ap_id = $1"


@pytest.mark.scenario(15, 18)
async def test_joining_is_accepted_and_counted(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    person = await member(other)
    there = await joined(person, here)
    await becomes(one, "SELECT subscriptions_count FROM community WHERE id = $1", (here.number,), 2)
    assert await one.value(
        'SELECT count(*) FROM community_member JOIN "user" u ON u.id = user_id '
        "WHERE community_id = $1 AND u.ap_profile_id = $2",
        here.number,
        person.id,
    )
    assert await other.value("SELECT count(*) FROM community_member WHERE community_id = $1", there.number)


@pytest.mark.scenario(16, 17)
async def test_leaving_ends_the_membership_and_the_deliveries(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    person = await member(other)
    there = await joined(person, here)
    await person.post("/community/follow", community_id=there.number, follow=False)
    await becomes(one, "SELECT subscriptions_count FROM community WHERE id = $1", (here.number,), 1)
    await settled(one, other)
    unheard = await publish(keeper(one), here)
    person = await member(other)
    there = await joined(person, here)
    heard = await publish(keeper(one), here)
    await number(other, heard)
    history = "SELECT from_bot IS NOT NULL FROM post WHERE ap_id = $1 AND created_at > now()"
    assert await other.value(history, unheard) is None


@pytest.mark.scenario(28, 29)
async def test_a_post_reaches_the_followers_site(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    await joined(await member(other), here)
    title = f"Größe, Ünïcode & <b>signs</b> {fresh('t')}"
    post = await publish(
        keeper(one), here, title, body="Some **bold** words.", url="https://example.org/a?b=1"
    )
    await number(other, post)
    rows = await other.rows(
        "SELECT p.title, p.body, p.url, p.nsfw, u.ap_profile_id, p.instance_id <> 1 AS remote "
        'FROM post p JOIN "user" u ON u.id = p.user_id WHERE p.ap_id = $1',
        post,
    )
    assert rows == [
        {
            "title": title,
            "body": "Some **bold** words.",
            "url": "https://example.org/a?b=1",
            "nsfw": False,
            "ap_profile_id": keeper(one).id,
            "remote": True,
        }
    ]


@pytest.mark.scenario(30, 31)
async def test_a_post_to_a_community_elsewhere_comes_back_as_an_echo(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    author = await member(other)
    there = await joined(author, here)
    post = await publish(author, there)
    await number(one, post)
    await settled(one, other)
    assert await other.value("SELECT count(*) FROM post WHERE ap_id = $1", post) == 1
    assert (
        await one.value(
            "SELECT count(*) FROM pieloop.sent_activity WHERE convert_from(body, 'utf8') LIKE '%Announce%' "
            "AND convert_from(body, 'utf8') LIKE '%' || $1 || '%'",
            post,
        )
        >= 1
    )


@pytest.mark.scenario(46)
async def test_replies_find_their_place_on_both_sites(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    person = await member(other)
    there = await joined(person, here)
    post = await publish(person, there)
    await number(one, post)
    below = ""
    for depth in range(1, 7):
        author = keeper(one) if depth % 2 else person
        below = await comment(author, post, below=below)
        for site in (one, other):
            await number(site, below)
            assert await site.value(PATH, below) == depth + 1
    for site in (one, other):
        await becomes(site, "SELECT reply_count FROM post WHERE ap_id = $1", (post,), 6)
    told = "SELECT count(*) FROM notification WHERE user_id = $1"
    me = await number(other, person.id)
    await settled(one, other)
    assert await other.value(told, me) == 3


@pytest.mark.scenario(58, 59, 60)
async def test_votes_count_once_and_are_replaced_and_taken_back(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    person = await member(other)
    there = await joined(person, here)
    posts = [await publish(keeper(one), here), await publish(person, there)]
    for post in posts:
        for site in (one, other):
            await number(site, post)
    first, second = posts
    for score, seen in ((1, "2/0"), (-1, "1/1"), (0, "1/0"), (-1, "1/1"), (1, "2/0")):
        await person.post("/post/like", post_id=await number(other, first), score=score)
        await keeper(one).post("/post/like", post_id=await number(one, second), score=score)
        for site in (one, other):
            for post in posts:
                await becomes(site, SCORES, (post,), seen)
    reply = await comment(person, first)
    await number(one, reply)
    for score, seen in ((-1, "1/1"), (1, "2/0"), (0, "1/0")):
        await keeper(one).post("/comment/like", comment_id=await number(one, reply), score=score)
        for site in (one, other):
            await becomes(site, REPLY_SCORES, (reply,), seen)


@pytest.mark.scenario(67)
async def test_a_private_vote_stays_at_home(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    person = await member(other)
    await joined(person, here)
    post = await publish(keeper(one), here)
    mine = await number(other, post)
    await person.put("/user/save_user_settings", federate_votes=False)
    await person.post("/post/like", post_id=mine, score=1)
    await becomes(other, SCORES, (post,), "2/0")
    await settled(other, one)
    assert await one.value(SCORES, post) == "1/0"


@pytest.mark.scenario(71, 75, 76, 79)
async def test_changes_deletions_and_restorations_arrive(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    person = await member(other)
    there = await joined(person, here)
    post = await publish(person, there, body="first")
    reply = await comment(keeper(one), post) if await number(one, post) else ""
    await number(other, reply)
    await person.put("/post", post_id=await number(other, post), title="Another title", body="second")
    await becomes(one, "SELECT title || body FROM post WHERE ap_id = $1", (post,), "Another titlesecond")
    await keeper(one).put("/comment", comment_id=await number(one, reply), body="changed")
    await becomes(other, "SELECT body FROM post_reply WHERE ap_id = $1", (reply,), "changed")
    for deleted in (True, False):
        await person.post("/post/delete", post_id=await number(other, post), deleted=deleted)
        await becomes(one, "SELECT deleted FROM post WHERE ap_id = $1", (post,), deleted)
        await keeper(one).post("/comment/delete", comment_id=await number(one, reply), deleted=deleted)
        await becomes(other, "SELECT deleted FROM post_reply WHERE ap_id = $1", (reply,), deleted)


@pytest.mark.scenario(106, 107, 108)
async def test_a_poll_crosses_over_and_is_voted_on(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    person = await member(other)
    await joined(person, here)
    poll = {
        "mode": "single",
        "choices": [{"choice_text": "tea", "sort_order": 1}, {"choice_text": "milk", "sort_order": 2}],
    }
    post = await publish(keeper(one), here, poll=poll)
    there = await number(other, post)
    choice = await other.value("SELECT id FROM poll_choice WHERE post_id = $1 AND choice_text = 'tea'", there)
    await person.post("/post/poll_vote", post_id=there, choice_id=[choice])
    votes = (
        "SELECT num_votes FROM poll_choice c JOIN post p ON p.id = c.post_id "
        "WHERE ap_id = $1 AND choice_text = 'tea'"
    )
    await becomes(one, votes, (post,), 1)


@pytest.mark.scenario(55)
async def test_a_mention_tells_a_person_on_the_other_site_once(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    person = await member(other)
    there = await joined(person, here)
    post = await publish(person, there)
    await number(one, post)
    reply = await comment(keeper(one), post, f"Ask @{person.name}@{other.name} about it.")
    await number(other, reply)
    await settled(one, other)
    me = await number(other, person.id)
    assert await other.value("SELECT count(*) FROM notification WHERE user_id = $1", me) == 1


@pytest.mark.scenario(39)
async def test_posts_of_one_link_are_cross_posts_wherever_they_come_from(one: Site, other: Site) -> None:
    here, elsewhere = await community(keeper(one)), await community(keeper(other))
    person = await member(other)
    await joined(person, here)
    link = f"https://example.org/{fresh('news')}"
    first = await publish(keeper(one), here, url=link)
    await number(other, first)
    second = await publish(keeper(other), elsewhere, url=link)
    crossed = "SELECT cross_posts::text FROM post WHERE ap_id = $1"
    await becomes(other, crossed, (second,), f"{{{await number(other, first)}}}")
    await becomes(other, crossed, (first,), f"{{{await number(other, second)}}}")


@pytest.mark.scenario(110)
async def test_an_event_crosses_over_with_its_details(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    await joined(await member(other), here)
    event = {
        "start": "2030-05-01T18:00:00Z",
        "end": "2030-05-01T20:00:00Z",
        "timezone": "Europe/Vienna",
        "max_attendees": 12,
        "online": True,
        "online_link": "https://example.org/room",
    }
    post = await publish(keeper(one), here, event=event)
    await number(other, post)
    details = (
        'SELECT e.start, e."end", e.timezone, e.online_link FROM event e JOIN post p ON p.id = e.post_id '
        "WHERE p.ap_id = $1"
    )
    assert await other.rows(details, post) == await one.rows(details, post)


@pytest.mark.scenario(57, 111)
async def test_an_answer_is_marked_on_both_sites(one: Site, other: Site) -> None:
    here = await community(keeper(one), question_answer=True)
    person = await member(other)
    there = await joined(person, here)
    post = await publish(person, there)
    await number(one, post)
    reply = await comment(keeper(one), post)
    marked = "SELECT answer FROM post_reply WHERE ap_id = $1"
    for answer in (True, False):
        await person.post(
            "/comment/mark_as_answer", comment_reply_id=await number(other, reply), answer=answer
        )
        await becomes(one, marked, (reply,), answer)
