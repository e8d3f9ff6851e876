"""Posts that are published later, in the browser."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from service.http.application import Application
from service.storage.clock import utcnow
from service.storage.tables import Post
from tests.http.web.filling import form_of
from tests.http.web.visitor import Visitor
from tests.serving import held_by


async def statuses(app: Application) -> list[Any]:
    async with held_by(app).database.read() as db:
        return [tuple(row) for row in await db.execute(select(Post.title, Post.status).order_by(Post.id))]


async def test_a_post_waits_is_changed_and_comes_out(
    app: Application, founder: Visitor, reader: Visitor
) -> None:
    tomorrow = f"{utcnow() + timedelta(days=1):%Y-%m-%dT%H:%M}"
    path = await founder.publish("cats", "Later", body="Words", scheduled_for=tomorrow, repeat="weekly")
    assert path == "/scheduled_posts"
    page = await founder.get(path)
    assert "Later" in page.text
    assert "Every week" in page.text
    assert (await reader.get("/post/2")).status == 404
    assert "Later" not in (await reader.get("/c/cats")).text
    assert "Only you can see this post" in (await founder.get("/post/2")).text

    late = await founder.send("/post/2/schedule", scheduled_for="2020-01-01T10:00", repeat="none")
    assert (late.status, late.links("#f-")) == (422, ["#f-scheduled_for"])
    assert late.named("scheduled_for")["value"] == "2020-01-01T10:00"
    form = await form_of(founder, "/post/2/schedule", "/post/2/schedule")
    assert form.value("scheduled_for") == tomorrow
    assert (await form.send(founder, repeat="none")).location == "/scheduled_posts"
    assert (await founder.send("/post/2/edit", title="Sooner")).status == 303
    assert await statuses(app) == [("First cat", 1), ("Sooner", -2)]

    assert (await reader.send("/post/2/publish_now")).status == 404
    assert (await founder.send("/post/2/publish_now")).location == "/post/2"
    assert await statuses(app) == [("First cat", 1), ("Sooner", 1)]
    assert "Sooner" in (await reader.get("/c/cats")).text


async def test_what_waits_is_taken_back(app: Application, founder: Visitor) -> None:
    tomorrow = f"{utcnow() + timedelta(days=1):%Y-%m-%dT%H:%M}"
    await founder.publish("cats", "Never", scheduled_for=tomorrow)
    assert (await founder.send("/post/2/unschedule")).location == "/scheduled_posts"
    assert "Never" not in (await founder.get("/scheduled_posts")).html.split("<main")[1]


async def test_a_poll_is_not_repeated(founder: Visitor) -> None:
    tomorrow = f"{utcnow() + timedelta(days=1):%Y-%m-%dT%H:%M}"
    page = await founder.send(
        "/community/cats/submit",
        kind="poll",
        title="A poll",
        choices="yes\nno",
        scheduled_for=tomorrow,
        repeat="daily",
    )
    assert (page.status, page.links("#f-")) == (422, ["#f-repeat"])
