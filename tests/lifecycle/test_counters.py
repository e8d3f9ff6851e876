"""`pieloop doctor --counters`: each figure that has drifted is found and counted anew, while others write."""

import asyncio
from typing import Any

from sqlalchemy import text

from service.config import Config
from service.doctor.counters import look_at_counters
from service.forum.counters import COUNTERS, UNREAD
from service.http.application import Application
from tests.forum import making
from tests.http.api.app_client import App
from tests.http.people import app_of, token_of
from tests.serving import held_by
from tests.working import work_off


async def furnished(app: Application) -> tuple[App, dict[str, Any]]:
    """A member with a community, a post, a poll, answers and answers to those, votes, a feed, and something unread."""
    database = held_by(app).database
    ana, made = await app_of(app, app.test_client(), "ana")
    ben = App(app.test_client(), token_of(await making.member(database, "ben")))
    post = await ana.post("/post", title="A post", community_id=made.community_id, body="Words")
    post_id = post["post_view"]["post"]["id"]
    first = await ben.post("/comment", post_id=post_id, body="First")
    first_id = first["comment_view"]["comment"]["id"]
    await ben.post("/comment", post_id=post_id, body="Second", parent_id=first_id)
    gone = await ben.post("/comment", post_id=post_id, body="Gone", parent_id=first_id)
    await ben.post("/comment/delete", comment_id=gone["comment_view"]["comment"]["id"], deleted=True)
    await ben.post("/post/like", post_id=post_id, score=-1)
    await ana.post("/comment/like", comment_id=first_id, score=1)
    await ana.post("/feed", name="animals", title="Animals", public=True, communities="place_of_ana")
    choices = [{"choice_text": word, "sort_order": place} for place, word in enumerate("ab")]
    poll = {"mode": "single", "choices": choices}
    asked = await ana.post("/post", title="A poll", community_id=made.community_id, poll=poll)
    choices = asked["post_view"]["post"]["poll"]["choices"]
    await ben.post("/post/poll_vote", post_id=asked["post_view"]["post"]["id"], choice_id=[choices[0]["id"]])
    await work_off(held_by(app))
    await ana.post("/post", title="A link", community_id=made.community_id, url="https://example.org/a")
    await ana.put("/post", post_id=post_id, tags="cats, #Dogs")
    return ben, {"post_id": post_id, "community_id": made.community_id}


async def test_figures_that_drifted_are_found_and_counted_anew(app: Application, config: Config) -> None:
    database = held_by(app).database
    await furnished(app)
    well = await look_at_counters(config, repair=False)
    assert (well.well, well.words) == (True, "every counter is correct")
    right = await figures(database)

    async def drift(session: Any) -> None:
        for counter in COUNTERS:
            await session.execute(text(f"UPDATE {counter.table} SET {counter.column} = 77"))
        await session.execute(text('UPDATE "user" SET unread_notifications = 77'))

    await database.write(drift)
    found = await look_at_counters(config, repair=False)
    names = {counter.name.replace('"', "") for counter in COUNTERS} | {UNREAD}
    assert (found.well, {name for name in names if name not in found.words}) == (False, set())
    assert (await look_at_counters(config, repair=True)).words.startswith("recounted: ")
    assert await figures(database) == right
    assert (await look_at_counters(config, repair=False)).well


async def figures(database: Any) -> list[Any]:
    async with database.read() as db:
        return [
            [
                tuple(row)
                for row in await db.execute(text(f"SELECT id, {one.column} FROM {one.table} ORDER BY id"))
            ]
            for one in COUNTERS
        ]


async def test_whoever_writes_meanwhile_is_counted(app: Application, config: Config) -> None:
    ben, made = await furnished(app)
    database = held_by(app).database

    async def write_along() -> None:
        for number in range(8):
            await ben.post("/comment", post_id=made["post_id"], body=f"More {number}")

    async def count_along() -> None:
        for _ in range(4):
            await database.write(lambda session: session.execute(text("UPDATE post SET reply_count = 500")))
            await look_at_counters(config, repair=True)

    await asyncio.gather(write_along(), count_along())
    await look_at_counters(config, repair=True)
    async with database.read() as db:
        assert (
            await db.scalar(text("SELECT reply_count FROM post WHERE id = :id"), {"id": made["post_id"]})
            == 10
        )
