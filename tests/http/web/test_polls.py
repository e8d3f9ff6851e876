"""A poll and an event on the page of their post."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from service.forum.calendar import EventDetails
from service.forum.polls import NewPoll
from service.forum.posts import operations
from service.forum.posts.operations import NewPost
from service.http.application import Application
from service.storage.clock import utcnow
from service.storage.tables import Poll
from tests.http.people import place
from tests.http.web.visitor import Visitor
from tests.servers import DOMAIN
from tests.serving import held_by


async def test_a_member_votes_on_the_page(app: Application, founder: Visitor) -> None:
    database = held_by(app).database
    here = await place(database, "cleo")
    new = NewPost(
        community_id=here.community_id,
        title="Which flour?",
        poll=NewPoll(choices=("<b>Rye</b>", "Wheat")),
    )
    made = await database.write(operations.publish, here.member, new, domain=DOMAIN)
    page = await founder.get(f"/post/{made.post_id}")
    assert "<b>Rye</b>" not in page.html
    choice = page.named("choice")
    assert choice["type"] == "radio"
    path = f"/post/{made.post_id}/poll_vote"
    wrongs: tuple[dict[str, Any], ...] = ({}, {"choice": "x"}, {"choice": "99999999999"})
    for wrong in wrongs:
        assert (await founder.send(path, **wrong)).status == 422
    after = await founder.follow(await founder.send(path, choice=choice["value"]))
    assert "Your choice" in after.text
    assert not [tag for tag, found in after.tags if found.get("name") == "choice"]
    assert (await Visitor(app.test_client()).get(f"/post/{made.post_id}")).status == 200
    over = update(Poll).values(end_poll=utcnow() - timedelta(minutes=1))
    await database.write(lambda session: session.execute(over))
    assert "Closed" in (await founder.get(f"/post/{made.post_id}")).text


async def test_an_event_says_when(app: Application, founder: Visitor) -> None:
    database = held_by(app).database
    here = await place(database, "cleo")
    start = datetime(2030, 5, 1, 16)
    event = EventDetails(
        start=start, end=start + timedelta(hours=2), online_link="https://meet.example/bread"
    )
    new = NewPost(community_id=here.community_id, title="Baking night", event=event)
    made = await database.write(operations.publish, here.member, new, domain=DOMAIN)
    page = await founder.get(f"/post/{made.post_id}")
    assert "1 May 2030, 16:00 UTC" in page.text
    assert page.links("https://meet.example/bread")
